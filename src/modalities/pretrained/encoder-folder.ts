import { type ImportedModel, importOnnx } from "../../compiler/onnx/import/import.ts";
import { DataError, show } from "../../core/errors.ts";
import { node } from "./node.ts";

/** An encoder in a folder: `model.onnx` and the files that say how its inputs are made. */
export interface EncoderFolder {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** sha-256 of the model and the files that say how its inputs are made, hexadecimal. */
  readonly hash: string;
  readonly model: ImportedModel;
  /** The content of the JSON files that are there, by name. */
  readonly files: Readonly<Record<string, Json | undefined>>;
  /** Where it came from and under which licence, as far as its files say. */
  readonly source: string;
  readonly licence: string;
}

export type Json = Readonly<Record<string, unknown>>;

const described = [
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "sentencepiece.json",
  "preprocessor_config.json",
  "licence.json",
] as const;

/**
 * Reads an encoder from a folder as they are exported for other tools: `model.onnx` or `onnx/model.onnx`,
 * `config.json`, and `tokenizer.json` or `preprocessor_config.json`.
 * @param name how messages call the folder.
 * @throws DataError DATA_NOT_FOUND without a model, DATA_FORMAT for a file that is no JSON; BackendError
 *   MODEL_CORRUPT where the model is none.
 */
export function readEncoderFolder(path: string, name: string): EncoderFolder {
  const places = ["model.onnx", node.path.join("onnx", "model.onnx")];
  const file = path.endsWith(".onnx")
    ? path
    : places.map((p) => node.path.join(path, p)).find(node.fs.existsSync);
  if (file === undefined || !node.fs.existsSync(file)) {
    throw new DataError(
      "DATA_NOT_FOUND",
      `encoder.path: a folder with model.onnx; got ${show(name)}, which has none`,
      { hint: `looked for ${places.map((p) => node.path.join(path, p)).join(" and ")}` },
    );
  }
  const folder = path.endsWith(".onnx") ? node.path.join(path, "..") : path;
  const bytes = node.fs.readFileSync(file);
  const hash = node.crypto.createHash("sha256").update(bytes);
  const files = Object.fromEntries(
    described.map((name) => [
      name,
      readJson(folder, name, (text) => hash.update(`${name}${text}`)),
    ]),
  );
  const { source, licence, credit } = files["licence.json"] ?? {};
  return {
    path,
    bytes,
    hash: hash.digest("hex"),
    model: importOnnx(bytes, `${name}/model.onnx`),
    files,
    source: String(source ?? name),
    licence:
      [licence ?? files["config.json"]?.license, credit].filter(Boolean).map(String).join("; ") ||
      "not stated",
  };
}

function readJson(folder: string, name: string, see: (text: string) => void): Json | undefined {
  const path = node.path.join(folder, name);
  if (!node.fs.existsSync(path)) return undefined;
  const text = node.fs.readFileSync(path, "utf8");
  see(text);
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new DataError("DATA_FORMAT", `${path}: a JSON file; got ${(cause as Error).message}`, {
      cause,
    });
  }
}
