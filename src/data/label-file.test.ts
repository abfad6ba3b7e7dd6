import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { fileLabelWriter, type LabelWriter, memoryLabelWriter } from "./label-file.ts";

const folder = mkdtempSync(join(tmpdir(), "polytask-labels-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fields = [
  { name: "price", width: 1 },
  { name: "tags", width: 3 },
];

function written(writer: LabelWriter, rows: number) {
  const random = Random.from(1, "labels");
  for (let done = 0; done < rows; ) {
    const count = Math.min(rows - done, 1 + random.integer(9000));
    const labels = fields.map(({ width }) =>
      Float64Array.from({ length: count * width }, () =>
        random.uniform() < 0.2 ? Number.NaN : random.normal(),
      ),
    );
    writer.append(count, labels);
    done += count;
  }
  return writer.finish();
}

it.each([0, 7, 100_000])("a file gives back the labels of %i rows", (rows) => {
  const file = written(fileLabelWriter(fields, join(folder, `${rows}.labels`)), rows);
  const memory = written(memoryLabelWriter(fields), rows);
  expect(Object.keys(file.all)).toEqual(["price", "tags"]);
  for (const { name } of fields) {
    expect(file.all[name]).toEqual(memory.all[name]);
    const first = Math.floor(rows / 3);
    const count = Math.floor(rows / 2);
    expect(file.some(name, first, count)).toEqual(memory.some(name, first, count));
  }
});

it("removes what is given up, and names a file that is gone", () => {
  const path = join(folder, "gone.labels");
  fileLabelWriter(fields, path).discard();
  expect(existsSync(path)).toBe(false);
  const labels = written(fileLabelWriter(fields, path), 5);
  rmSync(path);
  expect(() => labels.all.price).toThrow(expect.objectContaining({ code: "IO" }));
});
