import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeAtomic } from "./atomic-file.ts";
import { type Checkpoint, CheckpointFolder, readCheckpoint } from "./checkpoint.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "polytask-checkpoint-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const checkpoint = (epoch: number): Checkpoint => ({
  facts: { epoch, text: "naïve ✓", none: null, list: [1, 2.5, "NaN"] },
  arrays: {
    weights: Float32Array.of(1, Number.NaN, -0, 1e-40, Number.POSITIVE_INFINITY),
    sums: Float64Array.of(0.1, 1e300, -0),
    ids: Int32Array.of(-2147483648, 7),
    bytes: Uint8Array.of(0, 255, 3),
    empty: new Float32Array(0),
  },
});
const names = () => readdirSync(dir).sort();
const never = (message: string) => {
  throw new Error(message);
};

describe("CheckpointFolder", () => {
  it("reads back every bit of what it saved", () => {
    const path = new CheckpointFolder(dir).save(12, checkpoint(3));
    const { facts, arrays } = readCheckpoint(path);
    expect(facts).toEqual(checkpoint(3).facts);
    for (const [name, array] of Object.entries(checkpoint(3).arrays)) {
      expect(arrays[name].constructor).toBe(array.constructor);
      const bits = (a: typeof array) => [...new Uint8Array(a.buffer, a.byteOffset, a.byteLength)];
      expect(bits(arrays[name])).toEqual(bits(array));
    }
  });

  it("keeps the newest two, in the order of steps", () => {
    const folder = new CheckpointFolder(dir);
    for (const step of [9, 10, 100, 2000]) folder.save(step, checkpoint(step));
    expect(names()).toEqual(["step-0000000100.ckpt", "step-0000002000.ckpt"]);
    expect(folder.newest(never)?.facts.epoch).toBe(2000);
  });

  it("drops those of a course given up", () => {
    const folder = new CheckpointFolder(dir);
    folder.save(10, checkpoint(1));
    folder.save(30, checkpoint(3));
    folder.save(20, checkpoint(2));
    expect(names()).toEqual(["step-0000000010.ckpt", "step-0000000020.ckpt"]);
    expect(folder.newest(never)?.facts.epoch).toBe(2);
  });

  it("sweeps half-written files and leaves others", () => {
    writeFileSync(join(dir, "step-0000000001.ckpt.tmp"), "half");
    writeFileSync(join(dir, "notes.txt"), "mine");
    const folder = new CheckpointFolder(dir);
    expect(names()).toEqual(["notes.txt"]);
    expect(folder.newest(never)).toBeUndefined();
  });

  it("notices damage anywhere, and uses the one before", () => {
    const folder = new CheckpointFolder(dir);
    folder.save(1, checkpoint(1));
    const path = folder.save(2, checkpoint(2));
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 7) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      const told: string[] = [];
      expect(folder.newest((message) => told.push(message))?.facts.epoch).toBe(1);
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(
        /step-0000000002\.ckpt: an intact checkpoint; .*the one before it is used/,
      );
    }
    for (const length of [0, 10, 60, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect(folder.newest(() => {})?.facts.epoch).toBe(1);
    }
  });

  it("refuses where all are damaged", () => {
    const folder = new CheckpointFolder(dir);
    writeFileSync(folder.save(1, checkpoint(1)), "x");
    expect(() => folder.newest(never)).toThrow(
      expect.objectContaining({
        code: "CHECKPOINT_CORRUPT",
        message: expect.stringMatching(/an intact checkpoint; it is not one, or is cut short$/),
      }),
    );
  });

  it("refuses a folder that is a file", () => {
    writeFileSync(join(dir, "file"), "");
    expect(() => new CheckpointFolder(join(dir, "file"))).toThrow(
      expect.objectContaining({
        code: "IO",
        message: expect.stringMatching(
          /file: a folder for checkpoints; there is a file of that name$/,
        ),
      }),
    );
  });
});

describe("writeAtomic", () => {
  it("writes all parts, over what was there", () => {
    const path = join(dir, "a.txt");
    writeFileSync(path, "a much longer content than the new one");
    writeAtomic(path, [Buffer.from("one "), Buffer.from(""), Buffer.from("two")]);
    expect(readFileSync(path, "utf8")).toBe("one two");
    expect(names()).toEqual(["a.txt"]);
  });

  it("leaves nothing where it cannot write", () => {
    const path = join(dir, "nowhere", "a.txt");
    expect(() => writeAtomic(path, [])).toThrow(
      `${path}: a file that can be written; there is no such file or folder`,
    );
    // A folder stands where the file should: the rename fails.
    expect(() => writeAtomic(dir, [Buffer.from("x")])).toThrow(
      expect.objectContaining({ code: "IO" }),
    );
    expect(names()).toEqual([]);
  });
});
