import type { Column } from "./columns.ts";

/**
 * A 64-bit hash of the cells of each row, as two words; rows whose cells are equal have equal hashes.
 * Good for counting duplicates, not against someone who makes collisions on purpose.
 */
export interface RowHashes {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

export function hashRows(columns: readonly Column[], rows: number): RowHashes {
  const high = new Uint32Array(rows).fill(0x9e3779b9);
  const low = new Uint32Array(rows).fill(0x7f4a7c15);
  for (const column of columns) {
    const cellHash = cellHasher(column);
    for (let row = 0; row < rows; row++) {
      const [a, b] = cellHash(row);
      high[row] = mix(high[row], a);
      low[row] = mix(low[row] ^ 0x5bd1e995, b);
    }
  }
  return { high, low };
}

/** One word after another into a hash (the finaliser of MurmurHash3 between them). */
function mix(h: number, word: number): number {
  let x = Math.imul(h, 31) ^ word;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

type Words = readonly [number, number];
const missing: Words = [0x2545f491, 0x4f6cdd1d];

function cellHasher(column: Column): (row: number) => Words {
  switch (column.storage) {
    case "number":
    case "datetime": {
      const { values, valid } = column;
      const one = new Float64Array(1);
      const words = new Int32Array(one.buffer);
      return (row) => {
        if (valid[row] === 0) return missing;
        // Adding 0 makes −0 the same as 0.
        one[0] = values[row] + 0;
        return [mix(words[0], words[1]), mix(words[1], words[0])];
      };
    }
    case "boolean":
      return (row) => (column.valid[row] === 0 ? missing : [column.values[row] + 1, 7]);
    case "string": {
      const words = column.dictionary.map(hashText);
      return (row) => (column.codes[row] < 0 ? missing : words[column.codes[row]]);
    }
    case "list":
      return (row) => {
        const list = column.values[row];
        return list === null ? missing : hashText(JSON.stringify(list));
      };
    case "bytes":
      return (row) => {
        const bytes = column.values[row];
        return bytes === null ? missing : hashBytes(bytes);
      };
  }
}

function hashText(text: string): Words {
  let a = 0x811c9dc5;
  let b = text.length;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b, 0x5bd1e995) + c;
  }
  return [mix(a, b), mix(b, a)];
}

function hashBytes(bytes: Uint8Array): Words {
  let a = 0x811c9dc5;
  let b = bytes.length;
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i], 0x01000193);
    b = Math.imul(b, 0x5bd1e995) + bytes[i];
  }
  return [mix(a, b), mix(b, a)];
}

/** Rows grouped by hash: the group number of each row, in order of first row. */
export function groupByHash(hashes: RowHashes): { groupOf: Int32Array; groups: number } {
  const groupOf = new Int32Array(hashes.high.length);
  const known = new Map<number, Map<number, number>>();
  let groups = 0;
  for (let row = 0; row < groupOf.length; row++) {
    let byLow = known.get(hashes.high[row]);
    if (byLow === undefined) {
      byLow = new Map();
      known.set(hashes.high[row], byLow);
    }
    let group = byLow.get(hashes.low[row]);
    if (group === undefined) {
      group = groups++;
      byLow.set(hashes.low[row], group);
    }
    groupOf[row] = group;
  }
  return { groupOf, groups };
}
