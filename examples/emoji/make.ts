/**
 * Makes `emoji.parquet` from the emoji data set: `npx tsx examples/emoji/make.ts [SOURCE]`, where
 * SOURCE holds `emoji.csv` and `img/` (default `../shared/data/emoji`). Same source, same bytes.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import sharp from "sharp";
import { Random } from "../../src/core/random.ts";

/** The columns to be predicted; each loses 20 % of its cells, chosen apart from the others. */
const tasks = ["category", "subcategory", "has_skin_tones", "added_in"] as const;
const blankedShare = 0.2;
const blankingSeed = 7;

/**
 * The blanking rule. For a task, draw a random order of all rows from the stream
 * (seed 7, "emoji", "blank", task name) and blank the cells of the first 20 % (rounded down).
 */
function blankedRows(task: string, rows: number): Set<number> {
  const order = Random.from(blankingSeed, "emoji", "blank", task).permutation(rows);
  return new Set(order.subarray(0, Math.floor(blankedShare * rows)));
}

/** The same pixels in fewer bytes; throws if a pixel differs. */
async function repack(png: Buffer): Promise<Buffer> {
  let best = png;
  for (const adaptiveFiltering of [false, true]) {
    const packed = await sharp(png).png({ compressionLevel: 9, adaptiveFiltering }).toBuffer();
    const [before, after] = await Promise.all([png, packed].map((x) => sharp(x).raw().toBuffer()));
    if (!before.equals(after)) throw new Error("emoji: repacking a picture changed its pixels");
    if (packed.length < best.length) best = packed;
  }
  return best;
}

const folder = fileURLToPath(new URL(".", import.meta.url));
const source = process.argv[2] ?? join(folder, "../../../shared/data/emoji");
const target = join(folder, "emoji.parquet");
const quoted = (path: string) => `'${path.replaceAll("'", "''")}'`;

const db = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
await db.run(`
  create table emoji as
  select row_number() over () - 1 as row, * from read_csv(${quoted(join(source, "emoji.csv"))}, types = {
    'image': 'VARCHAR', 'label': 'VARCHAR', 'tags': 'VARCHAR', 'short_names': 'VARCHAR',
    'category': 'VARCHAR', 'subcategory': 'VARCHAR', 'added_in': 'DOUBLE',
    'has_skin_tones': 'INTEGER', 'n_codepoints': 'INTEGER', 'ink': 'DOUBLE',
    'mean_r': 'INTEGER', 'mean_g': 'INTEGER', 'mean_b': 'INTEGER'}, header = true)`);
const files = (await db.runAndReadAll("select image from emoji order by row")).getRows();

await db.run("create table extra (row INTEGER, id VARCHAR, picture BLOB, blank BOOLEAN[])");
const blanked = tasks.map((task) => blankedRows(task, files.length));
const insert = await db.prepare(
  `insert into extra values ($1, $2, $3, [${tasks.map((_, k) => `$${k + 4}`).join(", ")}]::BOOLEAN[])`,
);
for (const [row, [file]] of files.entries()) {
  const name = String(file);
  insert.bindInteger(1, row);
  insert.bindVarchar(2, name.replace(/\.png$/, ""));
  insert.bindBlob(3, await repack(readFileSync(join(source, "img", name))));
  for (const [k, rows] of blanked.entries()) insert.bindBoolean(k + 4, rows.has(row));
  await insert.run();
}

const label = (task: (typeof tasks)[number], value: string) =>
  `case when not blank[${tasks.indexOf(task) + 1}] then ${value} end as ${task}`;
await db.run(`
  copy (
    select id, picture as image, label, tags,
      ${label("category", "category")},
      ${label("subcategory", "subcategory")},
      ${label("has_skin_tones", "has_skin_tones = 1")},
      ${label("added_in", "added_in")},
      n_codepoints, ink, mean_r, mean_g, mean_b
    from emoji join extra using (row) order by row
  ) to ${quoted(target)} (format parquet, compression zstd, compression_level 19)`);

const counts = await db.runAndReadAll(
  `select count(*), ${tasks.map((t) => `count(${t})`).join(", ")} from ${quoted(target)}`,
);
const [rows, ...labelled] = counts.getRows()[0].map(Number);
console.log(`${target}: ${rows} rows, ${statSync(target).size} bytes`);
for (const [k, task] of tasks.entries()) console.log(`  ${task}: ${labelled[k]} labels`);
