/** Decoders of compressed sound, from packages that are installed only where they are needed. */
import { PolytaskError } from "../../core/errors.ts";
import { checkLevels, type Recording } from "./recording.ts";

/** What the packages give for a whole file. */
interface Decoded {
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

type DecodeFile = (bytes: Uint8Array) => Promise<Decoded>;

interface Peer {
  readonly title: string;
  readonly package: string;
  readonly open: () => Promise<DecodeFile>;
}

/** What the packages' decoders have in common. */
interface PeerDecoder {
  readonly ready: Promise<unknown>;
  decodeFile(bytes: Uint8Array): Promise<Decoded>;
  reset(): Promise<unknown>;
}

/** Decodes whole files, and makes the decoder ready for the next, whatever came of one. */
async function wholeFile(decoder: PeerDecoder): Promise<DecodeFile> {
  await decoder.ready;
  return async (bytes) => {
    try {
      return await decoder.decodeFile(bytes);
    } finally {
      await decoder.reset();
    }
  };
}

export const peers = {
  mp3: {
    title: "MP3",
    package: "mpg123-decoder",
    async open() {
      const { MPEGDecoder } = await import("mpg123-decoder");
      const decoder = new MPEGDecoder();
      return wholeFile({
        ready: decoder.ready,
        decodeFile: async (bytes) => decoder.decode(bytes),
        reset: () => decoder.reset(),
      });
    },
  },
  flac: {
    title: "FLAC",
    package: "@wasm-audio-decoders/flac",
    async open() {
      const { FLACDecoder } = await import("@wasm-audio-decoders/flac");
      return wholeFile(new FLACDecoder());
    },
  },
  ogg: {
    title: "Ogg Vorbis",
    package: "@wasm-audio-decoders/ogg-vorbis",
    async open() {
      const { OggVorbisDecoder } = await import("@wasm-audio-decoders/ogg-vorbis");
      return wholeFile(new OggVorbisDecoder());
    },
  },
} as const satisfies Record<string, Peer>;

export type PeerName = keyof typeof peers;

const opened = new Map<PeerName, Promise<DecodeFile>>();

/**
 * Decodes a compressed file, one at a time for each format.
 * @throws PolytaskError UNSUPPORTED where the package is not installed; Error for a damaged file.
 */
export async function decodeByPeer(name: PeerName, bytes: Uint8Array): Promise<Recording> {
  let decoder = opened.get(name);
  if (decoder === undefined) {
    decoder = openPeer(peers[name]).then(oneAtATime);
    opened.set(name, decoder);
  }
  const { channelData, samplesDecoded, sampleRate, errors } = await (await decoder)(bytes);
  if (errors.length > 0) throw new Error(errors[0].message);
  if (samplesDecoded === 0) throw new Error("nothing in it could be decoded");
  // The memory of the samples belongs to the decoder, which is used again.
  const channels = channelData.map((samples) => samples.slice(0, samplesDecoded));
  checkLevels(channels);
  return { sampleRate, length: samplesDecoded, channels };
}

/** Loads a decoder. @throws PolytaskError UNSUPPORTED where its package is not installed. */
export async function openPeer(peer: Peer): Promise<DecodeFile> {
  try {
    return await peer.open();
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new PolytaskError(
      "UNSUPPORTED",
      `${peer.title} files: the package ${peer.package}, which reads them; it is not installed`,
      { hint: `npm install ${peer.package}`, cause },
    );
  }
}

/** A decoder keeps the state of its file, so a file waits for the one before. */
function oneAtATime(decode: DecodeFile): DecodeFile {
  let last: Promise<unknown> = Promise.resolve();
  return (bytes) => {
    const next = last.then(() => decode(bytes));
    last = next.catch(() => {});
    return next;
  };
}
