import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type BadCase, csv, goodRows, header, refused, trainIn, workplace } from "./harness.ts";

const rows = goodRows();

/** The good table with one data row changed; rows count from 0. */
function withRow(at: number, row: string, head = header): Record<string, string> {
  return { "rows.csv": csv(rows.with(at, row), head) };
}

/** The good table with every `ok` changed. */
function withLabels(label: (index: number, own: string) => string): Record<string, string> {
  return {
    "rows.csv": csv(rows.map((row, i) => row.replace(/[^,]*$/, (own) => label(i, own)))),
  };
}

/** The good table with one more column. */
function withColumn(
  name: string,
  cell: (index: number) => string | number,
): Record<string, string> {
  return {
    "rows.csv": csv(
      rows.map((row, i) => `${row},${cell(i)}`),
      `${header},${name}`,
    ),
  };
}

const files: BadCase[] = [
  {
    what: "a missing file",
    config: { data: "row.csv" },
    code: "DATA_NOT_FOUND",
    message: /^row\.csv: an existing file; there is none at .*row\.csv$/,
    hint: 'did you mean "rows.csv"?',
  },
  {
    what: "a missing folder",
    config: { data: "data/rows.csv" },
    code: "DATA_NOT_FOUND",
    message: /^data\/rows\.csv: an existing file; there is no folder .*data$/,
  },
  {
    what: "a row with a cell too few",
    files: withRow(30, "1,a,2"),
    code: "DATA_FORMAT",
    message: "rows.csv, line 32: 4 cells as in the header; got 3",
    hint: /must be quoted/,
  },
  {
    what: "a row with a cell too many",
    files: withRow(30, "1,a,2,yes,5"),
    code: "DATA_FORMAT",
    message: "rows.csv, line 32: 4 cells as in the header; got 5",
  },
  {
    what: "a quote that is not closed",
    files: withRow(30, '1,"a,2,yes'),
    code: "DATA_FORMAT",
    message:
      "rows.csv, line 32: a closing quote for the cell that starts there; the file ends first",
    hint: /written twice/,
  },
  {
    what: "text after a closing quote",
    files: withRow(30, '1,"a"b,2,yes'),
    code: "DATA_FORMAT",
    message:
      /^rows\.csv, line 32: "," or the end of the line after a closing quote; got other text$/,
  },
  {
    what: "the wrong delimiter",
    config: { data: '{ path: rows.csv, delimiter: ";" }' },
    code: "DATA_FORMAT",
    message:
      'rows.csv, line 1: columns cut by a semicolon; got the single column "x,kind,price,ok"',
    hint: /set delimiter to ","/,
  },
  {
    what: "an empty file",
    files: { "rows.csv": "" },
    code: "DATA_EMPTY",
    message: "rows.csv: a header line and rows; the file is empty",
  },
  {
    what: "a header without rows",
    files: { "rows.csv": `${header}\n` },
    code: "DATA_EMPTY",
    message: "rows.csv: rows below the header; there are none",
  },
  {
    what: "one row",
    files: { "rows.csv": csv(rows.slice(0, 1)) },
    code: "SPLIT_INVALID",
    message: 'split: at least 3 rows, one for each of "train", "validation", "test"; got 1',
  },
  {
    what: "as many rows as parts",
    files: { "rows.csv": csv(rows.slice(0, 3)) },
    code: "TASK_INVALID",
    message: 'task "price": two or more labelled training rows; got 1',
  },
  {
    what: "two columns of one name",
    files: { "rows.csv": csv(rows, "x,kind,price,x") },
    code: "DATA_SCHEMA",
    message: 'rows.csv, line 1: column names that differ; got "x" more than once',
  },
  {
    what: "JSON that breaks off",
    files: { "rows.json": '[{"x":1,"price":2},{"x":' },
    config: { data: "rows.json" },
    code: "DATA_FORMAT",
    message: /^rows\.json, line 1: well-formed JSON; it breaks near/,
  },
  {
    what: "a file that is no Parquet",
    files: { "rows.parquet": "PAR1 nothing" },
    config: { data: "rows.parquet" },
    code: "DATA_FORMAT",
    message: /^rows\.parquet: a whole Parquet file; /,
    hint: /damaged, cut off, or not Parquet/,
  },
];

const cells: BadCase[] = [
  {
    what: "an infinite input",
    files: withRow(12, "inf,a,2,yes"),
    code: "DATA_VALUE",
    message: 'rows.csv, data row 13, column "x": a finite number; got Infinity',
    hint: /infinite/,
  },
  {
    what: "an infinite label",
    files: withRow(12, "1,a,-Infinity,yes"),
    code: "DATA_VALUE",
    message: 'rows.csv, data row 13, column "price": a finite number; got -Infinity',
  },
  {
    what: "a word among numbers, where bad cells are errors",
    files: withRow(40, "many,a,2,yes"),
    config: { badCells: "error" },
    code: "DATA_VALUE",
    message: 'rows.csv, data row 41, input x: a readable cell; a finite number; got "many"',
    hint: /badCells: missing/,
  },
  {
    what: "a picture that is not there, where bad cells are errors",
    files: withColumn("pic", (i) => `pic${i}.png`),
    config: { inputs: "{ pic: image }", badCells: "error" },
    code: "DATA_VALUE",
    message:
      /^rows\.csv, data row 1, input pic: a readable cell; a picture file; got "pic0\.png", which does not exist$/,
  },
  {
    what: "a column of numbers as pictures",
    config: { inputs: "{ x: image }" },
    code: "DATA_SCHEMA",
    message:
      "inputs.x: a column of string or bytes for type image; column x of rows.csv holds number",
  },
  {
    what: "a row weight below zero",
    files: withColumn("w", (i) => (i === 33 ? -1 : 1)),
    config: { weightColumn: "w" },
    code: "DATA_VALUE",
    message: "rows.csv, data row 34, column w: a row weight of 0 or more; got -1",
  },
  {
    what: "row weights that are words",
    config: { weightColumn: "kind", inputs: "[x]" },
    code: "DATA_SCHEMA",
    message: "rows.csv, column kind: numbers, as row weights; got string",
  },
  {
    what: "row weights that are all zero",
    files: withColumn("w", () => 0),
    config: { weightColumn: "w" },
    code: "DATA_VALUE",
    message:
      "rows.csv, column w: a row weight above 0 for task price; all its labelled training rows have 0",
  },
];

const columns: BadCase[] = [
  {
    what: "an input without its column",
    config: { inputs: "{ kinds: category }" },
    code: "DATA_SCHEMA",
    message: 'inputs.kinds: a column of rows.csv (x, kind, price, ok); got "kinds"',
    hint: "did you mean kind?",
  },
  {
    what: "a task without its column",
    config: { tasks: "{ prices: regression }" },
    code: "DATA_SCHEMA",
    message: 'tasks.prices: a column of rows.csv (x, kind, price, ok); got "prices"',
    hint: "did you mean price?",
  },
  {
    what: "row weights without their column",
    config: { weightColumn: "importance" },
    code: "DATA_SCHEMA",
    message: 'weightColumn: a column of rows.csv (x, kind, price, ok); got "importance"',
  },
  {
    what: "groups without their column",
    config: { split: "{ type: group, column: owner }" },
    code: "DATA_SCHEMA",
    message: 'split.column: a column of rows.csv (x, kind, price, ok); got "owner"',
  },
  {
    what: "strata without their column",
    config: { split: "{ type: stratified, columns: [kind, colour] }" },
    code: "DATA_SCHEMA",
    message: 'split.columns[1]: a column of rows.csv (x, kind, price, ok); got "colour"',
  },
  {
    what: "a split column with other words",
    config: { split: "{ type: column, column: kind }" },
    code: "SPLIT_INVALID",
    message: 'split by column "kind": train, validation or test in every row; row 1 has "a"',
  },
  {
    what: "a test file that is not there",
    config: { split: "{ type: files, test: later.csv }" },
    code: "DATA_NOT_FOUND",
    message: /^later\.csv: an existing file; there is none at/,
  },
  {
    what: "a test file with a column of another type",
    files: { "later.csv": csv(rows.slice(0, 9).map((row) => `n${row}`)) },
    config: { split: "{ type: files, test: later.csv }" },
    code: "DATA_SCHEMA",
    message: "later.csv, column x: number cells, as in rows.csv; got string",
  },
  {
    what: "a test file that lacks a column",
    files: { "later.csv": "x,price,ok\n1,2.5,yes\n2,3.5,no\n3,3.5,no\n" },
    config: { split: "{ type: files, test: later.csv }" },
    code: "DATA_SCHEMA",
    message: /later\.csv.*kind/,
  },
];

const labels: BadCase[] = [
  {
    what: "a task without labels",
    files: withLabels(() => ""),
    code: "TASK_INVALID",
    message: /^task "ok": labels in the training rows; got none in \d+ rows$/,
  },
  {
    what: "a task with one class",
    files: withLabels(() => "yes"),
    code: "TASK_INVALID",
    message:
      /^task "ok": two or more classes among the training labels; got only "(true|yes)", in \d+/,
  },
  {
    what: "a binary task with three classes",
    files: withLabels((i, own) => (i % 3 ? own : "maybe")),
    code: "TASK_INVALID",
    message: 'task "ok": two classes; got 3: "maybe", "no", "yes"',
    hint: /multiclass/,
  },
  {
    what: "a constant target",
    files: { "rows.csv": csv(rows.map((row) => row.replace(/[^,]*,([^,]*)$/, "4,$1"))) },
    code: "TASK_INVALID",
    message: /^task "price": a target that varies; got 4 in all \d+ labelled rows$/,
  },
  {
    what: "a class for every row",
    files: withColumn("id", (i) => `id${i}`),
    config: { tasks: "{ id: multiclass }" },
    code: "TASK_INVALID",
    message: /^task "id": classes that repeat; got \d+ classes in \d+ labelled rows: /,
    hint: "is this an identifier or free text?",
  },
  {
    what: "a word as the label of a regression",
    files: withRow(12, "1,a,cheap,yes"),
    code: "TASK_INVALID",
    message: 'task "price", row 13: a finite number; got "cheap"',
  },
  {
    what: "a count below zero, far down a table split at random",
    files: {
      "rows.csv": csv(
        rows.map((row, i) => row.replace(/\.5,/, i === 47 ? "000," : ",")).with(47, "3,a,-2,no"),
      ),
    },
    config: { tasks: "{ price: count }" },
    code: "TASK_INVALID",
    message: 'task "price", row 48: a count (0, 1, 2, …); got -2',
  },
  {
    what: "a target too low for its transform",
    files: withRow(20, "1,a,-200,yes"),
    config: { tasks: "{ price: { type: regression, transform: log } }" },
    code: "TASK_INVALID",
    message: 'task "price", row 21: a number greater than −1, for the log transform; got -200',
  },
  {
    what: "a positive class that does not occur",
    config: { tasks: "{ ok: { type: binary, positive: si } }" },
    code: "TASK_INVALID",
    message: 'task "ok": a positive label among "false", "true"; got "si"',
  },
  {
    what: "a class weight for a class that does not occur",
    config: { tasks: "{ ok: { type: binary, classWeights: { yess: 2 } } }" },
    code: "CONFIG_INVALID",
    message: 'task "ok", classWeights: classes among "false", "true"; got "yess"',
  },
  {
    what: "labels in the test part alone",
    files: {
      "rows.csv": csv(
        rows.map((row, i) => (i < 50 ? `${row.replace(/[^,]*$/, "")},train` : `${row},test`)),
        `${header},part`,
      ),
    },
    config: { split: "{ type: column, column: part }" },
    code: "TASK_INVALID",
    message: /^task "ok": labels in the training rows; got none in \d+ rows$/,
    hint: /does the split leave labelled rows for training/,
  },
  {
    what: "a class in the test part that a binary task never saw",
    files: {
      "rows.csv": csv(
        rows.map(
          (row, i) =>
            `${i === 55 ? row.replace(/[^,]*$/, "perhaps") : row},${i < 50 ? "train" : "test"}`,
        ),
        `${header},part`,
      ),
    },
    config: { split: "{ type: column, column: part }" },
    code: "DATA_VALUE",
    message: 'task "ok", row 56: one of "no", "yes"; got "perhaps"',
  },
];

for (const [group, list] of Object.entries({ files, cells, columns, labels })) {
  describe(`training refuses ${group}:`, () => {
    for (const bad of list) it(bad.what, () => refused(bad));
  });
}

describe("training goes on, and says so, with", () => {
  const warningsOf = async (files: Record<string, string | Uint8Array>, inputs: string) => {
    const dir = workplace(files);
    const warnings: string[] = [];
    await trainIn(dir, { inputs }, (event) => {
      if (event.type === "warning") warnings.push(event.message);
    });
    return { dir, warnings };
  };

  it("a word among numbers", async () => {
    const { warnings } = await warningsOf(withRow(12, "many,a,2,yes"), "{ x: number }");
    expect(warnings).toEqual([
      'input x: 1 cell counts as missing; the first is data row 13: a finite number; got "many"',
    ]);
  });

  it("NaN, which is a missing cell", async () => {
    const { warnings } = await warningsOf(withRow(12, "NaN,a,NaN,yes"), "{ x: number }");
    expect(warnings).toEqual([]);
  });

  it("pictures cut short or not there", async () => {
    const picture = await sharp({
      create: { width: 16, height: 16, channels: 3, background: { r: 9, g: 99, b: 199 } },
    })
      .png()
      .toBuffer();
    const all: Record<string, string | Uint8Array> = {
      ...withColumn("pic", (i) => `pics/${i}.png`),
    };
    for (let i = 0; i < 58; i++) all[`pics/${i}.png`] = i === 5 ? picture.subarray(0, 40) : picture;
    const { dir, warnings } = await warningsOf(
      all,
      "{ pic: { type: image, size: 16 }, x: number }",
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^input pic: 3 cells count as missing; the first is data row \d+: /,
    );
    const report = readFileSync(join(dir, "out", "report.html"), "utf8");
    expect(report).toContain("3 cells could not be read");
  });
});
