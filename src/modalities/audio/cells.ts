/** The recordings of a column: files that cells name, or their bytes. */
import { show } from "../../core/errors.ts";
import type { Column } from "../../data/columns.ts";
import { mediaOfBytes } from "../../data/media.ts";
import { eachFile, type MediaWords } from "../media-cells.ts";
import type { EncodeContext } from "../modality.ts";
import { decodeByPeer } from "./peers.ts";
import { checkRecording, type Recording } from "./recording.ts";
import { decodeWav } from "./wav.ts";

/**
 * Decodes a file by what its first bytes say it is: WAV, MP3, FLAC, Ogg Vorbis.
 * @param seconds how much of it is wanted, from the start.
 * @throws Error that says what is wrong with the file; PolytaskError UNSUPPORTED where a package is not installed.
 */
export async function decodeRecording(
  bytes: Uint8Array,
  seconds = Number.POSITIVE_INFINITY,
): Promise<Recording> {
  return checkRecording(await decodeAs(mediaOfBytes(bytes).format, bytes, seconds));
}

async function decodeAs(format: string, bytes: Uint8Array, seconds: number): Promise<Recording> {
  switch (format) {
    case "wav":
      return decodeWav(bytes, seconds);
    case "mp3":
      return decodeByPeer("mp3", bytes);
    case "flac":
      return decodeFlac(bytes);
    case "ogg":
      return decodeOgg(bytes);
  }
  const found =
    bytes.length === 0
      ? "it is empty"
      : format === "unknown"
        ? `it begins with ${show(letters(bytes, 8))}`
        : `it is ${format.toUpperCase()}`;
  throw new Error(`${found}, where WAV, MP3, FLAC or Ogg Vorbis was expected`);
}

/** The first bytes as characters. */
function letters(bytes: Uint8Array, count: number): string {
  return String.fromCharCode(...bytes.subarray(0, count));
}

/** The header of a FLAC file counts its samples, in 36 bits; 0 where it does not know. */
async function decodeFlac(bytes: Uint8Array): Promise<Recording> {
  const recording = await decodeByPeer("flac", bytes);
  const [high, ...low] = bytes.subarray(21, 26);
  const announced = low.reduce((sum, byte) => sum * 256 + byte, high & 15);
  if (recording.length < announced)
    throw new Error(
      `it is cut short: ${recording.length} of the ${announced} samples it announces`,
    );
  return recording;
}

/** The first page of an Ogg file says what is in it. */
function decodeOgg(bytes: Uint8Array): Promise<Recording> {
  const page = letters(bytes, 64);
  if (page.includes("\x7fFLAC")) return decodeByPeer("flac", bytes);
  if (page.includes("OpusHead")) throw new Error("it is Opus, which is not read");
  return decodeByPeer("ogg", bytes);
}

const words: MediaWords = {
  file: "a sound file",
  content: "a recording",
  fault: (message) => message,
};

/**
 * Hands the recording of each cell to `visit`, in whichever order they are read, as `eachFile` does.
 * @param seconds how much of each is wanted, from the start.
 * @returns 1 for each row whose recording was visited.
 */
export function eachRecording(
  column: Column,
  context: EncodeContext,
  seconds: number,
  visit: (row: number, recording: Recording) => void,
): Promise<Uint8Array> {
  return eachFile(column, context, words, async (row, bytes) =>
    visit(row, await decodeRecording(bytes, seconds)),
  );
}
