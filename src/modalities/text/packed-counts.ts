/** Counts as base64 of little-endian int32, for states that are stored as JSON. */
export function packCounts(counts: Int32Array): string {
  const bytes = new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength);
  let binary = "";
  // In pieces: a function takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}

/** The counts back; fewer than `length` leave zeros. */
export function unpackCounts(packed: string, length: number): Int32Array {
  const counts = new Int32Array(length);
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  new Uint8Array(counts.buffer).set(bytes.subarray(0, 4 * length));
  return counts;
}
