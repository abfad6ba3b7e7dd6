/** Counts as base64 of little-endian int32, for states that are stored as JSON. */
export function packCounts(counts: Int32Array): string {
  return Buffer.from(counts.buffer, counts.byteOffset, counts.byteLength).toString("base64");
}

export function unpackCounts(packed: string, length: number): Int32Array {
  const counts = new Int32Array(length);
  new Uint8Array(counts.buffer).set(Buffer.from(packed, "base64").subarray(0, 4 * length));
  return counts;
}
