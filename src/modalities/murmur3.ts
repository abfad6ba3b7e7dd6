/**
 * MurmurHash3 (x86, 32 bits) of a string's UTF-8 bytes, as an unsigned integer: Appleby's public-domain
 * function, also in the hashing vectorizers of other libraries. Lone surrogates count as U+FFFD.
 */
export function murmur3(text: string, seed = 0): number {
  let h = seed | 0;
  let k = 0;
  let bytes = 0;
  const push = (byte: number) => {
    k |= byte << ((bytes & 3) << 3);
    if ((++bytes & 3) === 0) {
      h = Math.imul(rotate(h ^ scramble(k), 13), 5) + 0xe6546b64;
      k = 0;
    }
  };
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i);
    if (c < 0x80) {
      push(c);
      continue;
    }
    if (c >= 0xd800 && c <= 0xdfff) {
      const next = text.charCodeAt(i + 1);
      if (c < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
        c = 0x10000 + ((c - 0xd800) << 10) + (next - 0xdc00);
        i++;
      } else c = 0xfffd;
    }
    if (c < 0x800) push(0xc0 | (c >> 6));
    else {
      if (c < 0x10000) push(0xe0 | (c >> 12));
      else {
        push(0xf0 | (c >> 18));
        push(0x80 | ((c >> 12) & 63));
      }
      push(0x80 | ((c >> 6) & 63));
    }
    push(0x80 | (c & 63));
  }
  if ((bytes & 3) !== 0) h ^= scramble(k);
  h ^= bytes;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(k: number): number {
  return Math.imul(rotate(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
