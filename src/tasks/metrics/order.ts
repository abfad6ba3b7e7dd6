import { newRoom, type Room } from "../../core/buffers.ts";

const buckets = 1 << 16;

/**
 * Indices that sort `values` ascending; equal values keep their order. NaN is not allowed.
 * @param room makes the arrays it works in, the result among them.
 */
export function argsort(values: Float64Array, room: Room = newRoom): Int32Array {
  return values.length < 4096 ? sortByComparison(values, room) : sortByDigits(values, room);
}

function sortByComparison(values: Float64Array, room: Room): Int32Array {
  return inOrder(values.length, room).sort((a, b) => values[a] - values[b] || a - b);
}

/** Radix sort on the bits of the numbers, 16 at a time; digits shared by all are skipped. */
function sortByDigits(values: Float64Array, room: Room): Int32Array {
  const n = values.length;
  const keys = orderedBits(values, room);
  let order = inOrder(n, room);
  let next = room.int32(n);
  const counts = room.int32(buckets);
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

function inOrder(n: number, room: Room): Int32Array {
  const order = room.int32(n);
  for (let i = 0; i < n; i++) order[i] = i;
  return order;
}

/** Four 16-bit digits a number, least first, whose unsigned order is the order of the numbers. */
function orderedBits(values: Float64Array, room: Room): Uint16Array {
  const copy = room.float64(values.length);
  // Adding 0 turns -0 into 0, which compares equal but has other bits.
  for (let i = 0; i < copy.length; i++) copy[i] = values[i] + 0;
  const words = new Uint32Array(copy.buffer, 0, 2 * copy.length);
  const digits = new Uint16Array(copy.buffer, 0, 4 * copy.length);
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
