import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { scratchFolder } from "./scratch-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "polytask-scratch-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("scratchFolder", () => {
  it("keeps numbers in files that are gone once they are closed", () => {
    const scratch = scratchFolder(folder);
    const [a, b] = [scratch.open(), scratchFolder(folder).open()];
    a.append(Float64Array.of(1, 2.5, Number.NaN));
    a.append(Float64Array.of(-0, Number.MAX_VALUE));
    b.append(Float64Array.of(7));
    expect([a.length, b.length]).toEqual([5, 1]);
    const some = new Float64Array(3);
    a.read(2, some);
    expect([...some]).toEqual([Number.NaN, -0, Number.MAX_VALUE]);
    expect(() => a.read(4, some)).toThrow(
      expect.objectContaining({
        code: "IO",
        message: expect.stringContaining("3 numbers at 4; the file has 5"),
      }),
    );
    expect(readdirSync(folder)).toHaveLength(2);
    a.close();
    b.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("keeps rows until their store is closed", () => {
    const writer = scratchFolder(folder).rows([{ name: "p", dtype: "float32", width: 2 }]);
    writer.append(3, [Float32Array.of(1, 2, 3, 4, 5, 6)]);
    const store = writer.finish();
    const out = new Float32Array(4);
    store.gather([2, 0], 0, 2, [out]);
    expect([...out]).toEqual([5, 6, 1, 2]);
    store.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("names the folder that is not there", () => {
    expect(() => scratchFolder(join(folder, "none")).open()).toThrow(
      expect.objectContaining({ code: "IO", message: expect.stringContaining("scratch-") }),
    );
  });
});
