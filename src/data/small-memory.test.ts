import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSource } from "./source.ts";

const folder = mkdtempSync(join(tmpdir(), "polytask-small-memory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a CSV file larger than its reader's usual buffer", () => {
  it("is read under the smallest memory limit", async () => {
    const rows = 500_000;
    const path = join(folder, "big.csv");
    const lines = Array.from(
      { length: rows },
      (_, i) => `${i},${i / 8},kind ${i % 50},text of row ${i % 1000}\n`,
    );
    const header = "id,size,kind,words and more words so that the file is larger\n";
    const tail = "x".repeat(45);
    writeFileSync(path, header + lines.map((line) => line.replace("\n", `${tail}\n`)).join(""));
    const source = await openSource(path, { memoryLimit: "48MB" });
    try {
      expect(await source.rowCount()).toBe(rows);
      let seen = 0;
      for await (const batch of source.batches({ columns: ["id"], batchRows: 50_000 }))
        seen += batch.rows;
      expect(seen).toBe(rows);
    } finally {
      source.close();
    }
  });
});
