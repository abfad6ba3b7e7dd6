const buckets = 1 << 16;

/** Indices that sort `values` ascending; equal values keep their order. NaN is not allowed. */
export function argsort(values: Float64Array): Int32Array {
  return values.length < 4096 ? sortByComparison(values) : sortByDigits(values);
}

function sortByComparison(values: Float64Array): Int32Array {
  return inOrder(values.length).sort((a, b) => values[a] - values[b] || a - b);
}

/** Radix sort on the bits of the numbers, 16 at a time; digits shared by all are skipped. */
function sortByDigits(values: Float64Array): Int32Array {
  const n = values.length;
  const keys = orderedBits(values);
  let order = inOrder(n);
  let next = new Int32Array(n);
  const counts = new Int32Array(buckets);
  for (let digit = 0; digit < 4; digit++) {
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[keys[4 * i + digit]]++;
    if (counts[keys[digit]] === n) continue;
    let start = 0;
    for (let b = 0; b < buckets; b++) {
      const size = counts[b];
      counts[b] = start;
      start += size;
    }
    for (let i = 0; i < n; i++) {
      const index = order[i];
      next[counts[keys[4 * index + digit]]++] = index;
    }
    [order, next] = [next, order];
  }
  return order;
}

function inOrder(n: number): Int32Array<ArrayBuffer> {
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  return order;
}

/** Four 16-bit digits a number, least first, whose unsigned order is the order of the numbers. */
function orderedBits(values: Float64Array): Uint16Array {
  const copy = new Float64Array(values.length);
  // Adding 0 turns -0 into 0, which compares equal but has other bits.
  for (let i = 0; i < copy.length; i++) copy[i] = values[i] + 0;
  const words = new Uint32Array(copy.buffer);
  const digits = new Uint16Array(copy.buffer);
  const high = littleEndian() ? 1 : 0;
  for (let i = 0; i < values.length; i++) {
    let low = words[2 * i + 1 - high];
    let top = words[2 * i + high];
    if (top >>> 31 === 1) {
      low = ~low;
      top = ~top;
    } else {
      top ^= 0x80000000;
    }
    // In the place of the number itself: both words have been read.
    digits[4 * i] = low;
    digits[4 * i + 1] = low >>> 16;
    digits[4 * i + 2] = top;
    digits[4 * i + 3] = top >>> 16;
  }
  return digits;
}

function littleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}
