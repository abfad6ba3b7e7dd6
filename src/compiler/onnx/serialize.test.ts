import { readdirSync, readFileSync } from "node:fs";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ModelProtoSchema } from "./generated/onnx_pb.ts";
import { serializeModel } from "./serialize.ts";

const folder = new URL("./fixtures/", import.meta.url);
const models = readdirSync(folder).filter((name) => name.endsWith(".onnx"));

test.each(models)("%s says the same after it is written again", (name) => {
  const bytes = new Uint8Array(readFileSync(new URL(name, folder)));
  const again = serializeModel(fromBinary(ModelProtoSchema, bytes));
  // The order of fields is free; the generic writer brings both into the onnx package's order.
  expect(toBinary(ModelProtoSchema, fromBinary(ModelProtoSchema, again))).toEqual(bytes);
});
