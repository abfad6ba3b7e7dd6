import { createSession, type OnnxSession } from "../../compiler/onnx/session/session.ts";
import { DataError } from "../../core/errors.ts";
import { cacheFolder } from "./cache-folder.ts";
import { type EncoderFolder, readEncoderFolder } from "./encoder-folder.ts";
import { node } from "./node.ts";
import { packageEncoder } from "./packages.ts";
import { VectorCache } from "./vector-cache.ts";

/** Where an encoder comes from, as the configuration says it. */
export interface EncoderSource {
  readonly package: string;
  readonly path: string;
}

/** How often vectors of cells were found on disk, and how often the encoder ran. */
export interface EncoderCounts {
  found: number;
  computed: number;
}

/** An encoder that is in use, with what is costly to make of it. */
export interface OpenedEncoder extends EncoderFolder {
  readonly counts: EncoderCounts;
  /** Opened when first asked for. */
  session(): Promise<OnnxSession>;
  /** Vectors that some settings gave. */
  vectors(settings: string, size: number): VectorCache;
}

/** Encoders are the same wherever they are used, so one of each content is enough. */
const opened = new Map<string, OpenedEncoder>();

/**
 * Opens the encoder of a package or a folder.
 * @param baseDir what a relative path is relative to; the working directory by default.
 * @throws DataError DATA_SCHEMA unless exactly one of them is given; as `packageEncoder` and
 *   `readEncoderFolder`.
 */
export function openEncoder(source: EncoderSource, baseDir: string | undefined): OpenedEncoder {
  if ((source.package === "") === (source.path === "")) {
    throw new DataError(
      "DATA_SCHEMA",
      `encoder: either a package or a path; got ${source.path ? "both" : "neither"}`,
    );
  }
  const path = source.package
    ? packageEncoder(source.package)
    : node.path.isAbsolute(source.path)
      ? source.path
      : node.path.resolve(baseDir ?? ".", source.path);
  return remember(readEncoderFolder(path, source.package || source.path));
}

/**
 * The encoder of a content that is in use; opened again where it is not, as in another process.
 * @throws DataError DATA_SCHEMA where the folder now holds another one.
 */
export function encoderOf(source: EncoderSource, hash: string, baseDir?: string): OpenedEncoder {
  const known = opened.get(hash);
  if (known) return known;
  const found = openEncoder(source, baseDir);
  if (found.hash === hash) return found;
  throw new DataError(
    "DATA_SCHEMA",
    `encoder ${source.package || source.path}: the model that was learned with (sha-256 ${hash.slice(0, 12)}…); got another (${found.hash.slice(0, 12)}…)`,
  );
}

function remember(folder: EncoderFolder): OpenedEncoder {
  const known = opened.get(folder.hash);
  if (known) return known;
  let session: Promise<OnnxSession> | undefined;
  const caches = new Map<string, VectorCache>();
  const encoder: OpenedEncoder = {
    ...folder,
    counts: { found: 0, computed: 0 },
    session() {
      // One thread: results must not depend on the machine.
      session ??= createSession(folder.bytes, { threads: 1 });
      return session;
    },
    vectors(settings, size) {
      let cache = caches.get(settings);
      if (!cache) {
        cache = new VectorCache(
          node.path.join(cacheFolder(), "vectors", folder.hash, settings),
          size,
        );
        caches.set(settings, cache);
      }
      return cache;
    },
  };
  opened.set(folder.hash, encoder);
  return encoder;
}
