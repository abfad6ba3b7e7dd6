import { describe, expect, it } from "vitest";
import { parseConfig, resolveConfig } from "./load.ts";

const base = { inputs: { photo: "image", age: "number" }, tasks: { price: "regression" } };
const resolve =
  (training: object, more: object = {}) =>
  () =>
    resolveConfig({ ...base, training, ...more });

describe("rates of groups", () => {
  it("are taken by group, by input and by the beginning of a parameter's name", () => {
    const learningRates = { encoders: 0.5, "encoder.photo": 0.1, "sharing.trunk.0": 0 };
    const freeze = { "encoder.photo.block.0": 3, heads: "always" };
    expect(resolve({ learningRates, freeze })().training).toMatchObject({ learningRates, freeze });
  });

  it("are refused for inputs that are not there, and by families without steps", () => {
    expect(resolve({ learningRates: { "encoder.phto": 0.1 } })).toThrow(
      'training.learningRates."encoder.phto": encoder. and one of the inputs photo, age; got "encoder.phto"',
    );
    expect(resolve({ freeze: { heads: 2 } }, { learner: "linear" })).toThrow(
      "training.freeze: none for the family linear, which is not trained in steps",
    );
  });

  it("are named with their place in the file", () => {
    const text = `data: a.csv
inputs: { photo: image }
tasks: { price: regression }
training:
  learningRates:
    encoder.photos: 0.1
`;
    expect(() => parseConfig(text, { file: "c.yaml" })).toThrow(/^c\.yaml:6:5: /);
    const wrong = text.replace("encoder.photos: 0.1", "encoder.photo: -1");
    expect(() => parseConfig(wrong, { file: "c.yaml" })).toThrow(/^c\.yaml:6:20: .*0 to 1000/);
  });
});
