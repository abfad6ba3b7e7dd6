/** The WAV reader: RIFF, RIFX and RF64 files of PCM, floating-point, A-law and µ-law samples. */
import { checkLevels, type Recording } from "./recording.ts";

type Reader = (view: DataView, at: number, littleEndian: boolean) => number;

/** How samples of one format are read; `bytes` is what a sample takes. */
interface SampleFormat {
  readonly bytes: number;
  readonly read: Reader;
}

const integers: Readonly<Record<number, Reader>> = {
  // Eight bits are unsigned, all others signed.
  1: (view, at) => (view.getUint8(at) - 128) / 128,
  2: (view, at, little) => view.getInt16(at, little) / 32768,
  3: (view, at, little) => {
    const high = view.getInt8(little ? at + 2 : at);
    const middle = view.getUint8(at + 1);
    const low = view.getUint8(little ? at : at + 2);
    return (high * 65536 + middle * 256 + low) / 8388608;
  },
  4: (view, at, little) => view.getInt32(at, little) / 2147483648,
};

const floats: Readonly<Record<number, Reader>> = {
  4: (view, at, little) => view.getFloat32(at, little),
  8: (view, at, little) => view.getFloat64(at, little),
};

/** Samples of A-law and µ-law for each byte, full scale at ±1. @cite g711 */
const aLaw = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const level = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return (bits & 128 ? level : -level) / 32768;
});
const muLaw = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 255;
  const level = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 128 ? -level : level) / 32768;
});

const codecs: Readonly<Record<number, string>> = {
  2: "ADPCM",
  17: "ADPCM",
  49: "GSM",
  80: "MPEG",
  85: "MP3",
  255: "AAC",
};

const nativeLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

interface Header {
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes of one sample of all channels. */
  readonly block: number;
  readonly format: SampleFormat;
}

/** The size that programs write who do not know it yet: a stream. */
const unknownSize = 0xffffffff;

/**
 * Reads a WAV file, as many seconds of it as asked for.
 * @throws Error that says what is wrong with the file: not RIFF/WAVE, cut short, an unknown coding.
 */
export function decodeWav(bytes: Uint8Array, seconds = Number.POSITIVE_INFINITY): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = bytes.length >= 12 ? text(bytes, 0) : "";
  if (!["RIFF", "RIFX", "RF64"].includes(tag) || text(bytes, 8) !== "WAVE") {
    throw new Error("it does not begin with the header of a WAV file");
  }
  const little = tag !== "RIFX";
  let header: Header | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = text(bytes, at);
    const size = view.getUint32(at + 4, little);
    const start = at + 8;
    if (name === "fmt ") header = readHeader(view, start, size, little);
    if (name === "data") {
      if (header === undefined) throw new Error("its samples come before their format");
      return readSamples(view, start, size, header, seconds, little);
    }
    // Chunks begin at even places.
    at = start + size + (size & 1);
  }
  throw new Error(
    header === undefined ? "it has no chunk that says the format" : "it has no chunk of samples",
  );
}

function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function readHeader(view: DataView, at: number, size: number, little: boolean): Header {
  if (size < 16 || at + size > view.byteLength) throw new Error("its format chunk is cut short");
  const tag = view.getUint16(at, little);
  // Extensible headers name the coding by the first two bytes of an identifier.
  const coding = tag === 0xfffe && size >= 40 ? view.getUint16(at + 24, little) : tag;
  const channels = view.getUint16(at + 2, little);
  const sampleRate = view.getUint32(at + 4, little);
  const bits = view.getUint16(at + 14, little);
  if (channels === 0) throw new Error("it has no channels");
  const format = formatOf(coding, Math.ceil(bits / 8));
  if (format === undefined) {
    const codec = codecs[coding] ?? `coding ${coding}`;
    throw new Error(`its samples are ${codec} of ${bits} bits, which is not read`);
  }
  return { sampleRate, channels, block: format.bytes * channels, format };
}

function formatOf(coding: number, bytes: number): SampleFormat | undefined {
  const lawful = (table: Float32Array): SampleFormat => ({
    bytes: 1,
    read: (view, at) => table[view.getUint8(at)],
  });
  if (coding === 6 && bytes === 1) return lawful(aLaw);
  if (coding === 7 && bytes === 1) return lawful(muLaw);
  const read = coding === 1 ? integers[bytes] : coding === 3 ? floats[bytes] : undefined;
  return read && { bytes, read };
}

function readSamples(
  view: DataView,
  start: number,
  size: number,
  { sampleRate, channels, block, format }: Header,
  seconds: number,
  little: boolean,
): Recording {
  const rest = view.byteLength - start;
  const streamed = size === unknownSize || (size === 0 && rest > 0);
  if (!streamed && size > rest) {
    throw new Error(`it is cut short: ${rest} of the ${size} bytes of samples that it announces`);
  }
  const length = Math.floor((streamed ? rest : size) / block);
  const wanted = Math.min(length, Math.ceil(seconds * sampleRate));
  const separate = separator(view, start, block, format, little);
  const found = Array.from({ length: channels }, (_, c) => separate(c, new Float32Array(wanted)));
  // Whole numbers are always levels of sound.
  if (Object.values(floats).includes(format.read)) checkLevels(found);
  return { sampleRate, length, channels: found };
}

/** Fills a channel from samples that lie side by side. */
function separator(
  view: DataView,
  start: number,
  block: number,
  { bytes, read }: SampleFormat,
  little: boolean,
): (channel: number, out: Float32Array) => Float32Array {
  const place = view.byteOffset + start;
  if (read === integers[2] && little && nativeLittle && place % 2 === 0) {
    // The commonest format, read as the processor holds it.
    const values = new Int16Array(view.buffer, place, (view.byteLength - start) >> 1);
    return (channel, out) => {
      const step = block / 2;
      for (let i = 0, at = channel; i < out.length; i++, at += step) out[i] = values[at] / 32768;
      return out;
    };
  }
  return (channel, out) => {
    for (let i = 0, at = start + channel * bytes; i < out.length; i++, at += block)
      out[i] = read(view, at, little);
    return out;
  };
}
