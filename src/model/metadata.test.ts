import { describe, expect, it } from "vitest";
import { decodeMetadata, encodeMetadata, type ModelMetadata } from "./metadata.ts";

const metadata: ModelMetadata = {
  format: 1,
  version: "0.1.0",
  family: "neural",
  view: "network",
  inputs: [
    {
      name: "x",
      column: "the x",
      modality: "number",
      options: { bins: 0 },
      state: {
        mean: Number.NaN,
        range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
        deep: [{ a: Number.NaN }],
      },
    },
  ],
  tasks: [
    {
      name: "y",
      column: "y",
      kind: "regression",
      options: {},
      state: { "": "naïve ✓ 中文" },
      weight: 0.5,
    },
  ],
};

const failure = (text: string | undefined) => () => decodeMetadata(text, "model.onnx");

describe("metadata", () => {
  it("keeps NaN and infinities, and any text", () => {
    const text = encodeMetadata(metadata);
    expect(() => JSON.parse(text)).not.toThrow();
    expect(decodeMetadata(text, "model.onnx")).toEqual(metadata);
  });

  it("is refused where it is absent, damaged or of a later version", () => {
    expect(failure(undefined)).toThrow(
      'model.onnx: a model exported by polytask; it has no "polytask" metadata',
    );
    const text = encodeMetadata(metadata);
    for (const bad of [
      "",
      "{",
      "[]",
      text.slice(0, -9),
      text.replace('"format":1', '"format":2'),
    ]) {
      expect(failure(bad)).toThrow(
        "model.onnx: metadata of format 1; it is damaged or of a later version",
      );
    }
  });
});
