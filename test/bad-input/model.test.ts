import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load, type TrainedModel } from "../../src/index.ts";
import { type BadCase, csv, expectMessage, failureOf, trainIn, workplace } from "./harness.ts";

let dir: string;
let bytes: Buffer;
let model: TrainedModel<Record<string, { type: "regression" | "binary" | "multiclass" }>>;
beforeAll(async () => {
  dir = workplace();
  const rows = Array.from(
    { length: 60 },
    (_, i) =>
      `${(i * 7) % 31},${"abc"[i % 3]},${(i * 5) % 17}.5,${i % 2 ? "no" : "yes"},${"lmh"[i % 3]}`,
  );
  writeFileSync(join(dir, "grades.csv"), csv(rows, "x,kind,price,ok,grade"));
  await trainIn(dir, {
    data: "grades.csv",
    inputs: "{ x: number, kind: category }",
    tasks: "{ price: regression, ok: binary, size: { type: multiclass, column: grade } }",
  });
  bytes = readFileSync(join(dir, "out/model/model.onnx"));
  model = await load(join(dir, "out"));
});
afterAll(async () => {
  await model.dispose();
  rmSync(dir, { recursive: true });
});

/** A copy of the run folder, changed. */
function altered(change: (run: string) => void): string {
  const run = join(dir, "altered");
  rmSync(run, { recursive: true, force: true });
  cpSync(join(dir, "out"), run, { recursive: true });
  change(run);
  return run;
}

function flipped(at: number): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  damaged[at] ^= 8;
  return damaged;
}

interface DamagedCase extends Omit<BadCase, "files" | "config"> {
  readonly path: () => string;
}

const file = (content: () => Uint8Array) => () => {
  const path = join(dir, "alone.onnx");
  writeFileSync(path, content());
  return path;
};
const inRun =
  (content: () => Uint8Array | string, name = "model/model.onnx") =>
  () =>
    altered((run) => writeFileSync(join(run, name), content()));

const checksum = /altered\/model\/model\.onnx: SHA-256 [0-9a-f]{12}…; got [0-9a-f]{12}…$/;

const damaged: DamagedCase[] = [
  {
    what: "nothing there",
    path: () => join(dir, "none"),
    code: "IO",
    message: /none: a run folder or an \.onnx file; there is no such file or folder$/,
  },
  {
    what: "a folder that is no run",
    path: () => {
      mkdirSync(join(dir, "empty"), { recursive: true });
      return join(dir, "empty");
    },
    code: "MODEL_CORRUPT",
    message: /manifest\.json: the manifest of a trained model; there is no such file or folder$/,
    hint: "is this the folder of a finished run?",
  },
  {
    what: "a run without its manifest",
    path: () => altered((run) => rmSync(join(run, "model/manifest.json"))),
    code: "MODEL_CORRUPT",
    message: /manifest\.json: the manifest of a trained model; /,
  },
  {
    what: "a manifest cut short",
    path: inRun(() => '{ "format": 1, "fil', "model/manifest.json"),
    code: "MODEL_CORRUPT",
    message: /manifest\.json: the manifest of a trained model; /,
  },
  {
    what: "a manifest that leads outside",
    path: inRun(
      () => '{ "files": [{ "path": "../config.yaml", "bytes": 1, "sha256": "" }] }',
      "model/manifest.json",
    ),
    code: "MODEL_CORRUPT",
    message: /manifest\.json: paths inside the model folder; got "\.\.\/config\.yaml"$/,
  },
  {
    what: "a manifest that names no model",
    path: inRun(() => '{ "files": [] }', "model/manifest.json"),
    code: "MODEL_CORRUPT",
    message: /manifest\.json: an entry for model\.onnx; it has none$/,
  },
  {
    what: "a run without its model",
    path: () => altered((run) => rmSync(join(run, "model/model.onnx"))),
    code: "MODEL_CORRUPT",
    message: /model\.onnx: a file that the manifest names; there is no such file or folder$/,
  },
  {
    what: "a model of another run",
    path: inRun(() => Buffer.concat([bytes, Buffer.from([0x12, 0])])),
    code: "MODEL_CORRUPT",
    message: checksum,
    hint: /copy it again or train anew/,
  },
  { what: "an empty model", path: inRun(() => ""), code: "MODEL_CORRUPT", message: checksum },
  {
    what: "a model cut short",
    path: inRun(() => bytes.subarray(0, bytes.length / 2)),
    code: "MODEL_CORRUPT",
    message: checksum,
  },
  {
    what: "a flipped bit",
    path: inRun(() => flipped(bytes.length >> 1)),
    code: "MODEL_CORRUPT",
    message: checksum,
  },
  {
    what: "an empty file alone",
    path: file(() => new Uint8Array(0)),
    code: "MODEL_CORRUPT",
    message: /alone\.onnx: the bytes of an ONNX model; got 0 bytes that are not one$/,
  },
  {
    what: "a file alone, cut short",
    path: file(() => bytes.subarray(0, bytes.length - 200)),
    code: "MODEL_CORRUPT",
    message: /alone\.onnx: the bytes of an ONNX model; got \d+ bytes that are not one$/,
  },
  {
    what: "a file alone with a flipped bit among its weights",
    path: file(() => flipped(bytes.length - 400)),
    code: "MODEL_CORRUPT",
    message: /alone\.onnx: SHA-256 [0-9a-f]{12}…; got [0-9a-f]{12}…$/,
    hint: /copy it again or train anew/,
  },
  {
    what: "a file of text",
    path: file(() => Buffer.from("x,kind\n1,a\n")),
    code: "MODEL_CORRUPT",
    message: /alone\.onnx: the bytes of an ONNX model; got 11 bytes that are not one$/,
  },
];

describe("loading is refused for", () => {
  for (const one of damaged) {
    it(one.what, async () => expectMessage(await failureOf(() => load(one.path())), one));
  }
});

type Row = Readonly<Record<string, unknown>>;
interface RowsCase extends Omit<BadCase, "files" | "config"> {
  readonly rows: readonly Row[];
}

const good = { x: 3, kind: "a" };

const unpredictable: RowsCase[] = [
  {
    what: "a column that is missing",
    rows: [{ x: 1 }],
    code: "DATA_SCHEMA",
    message: "rows: input columns kind; the table has x",
  },
  {
    what: "a column of another name",
    rows: [{ x: 1, kinds: "a" }],
    code: "DATA_SCHEMA",
    message: "rows: input columns kind; the table has x, kinds",
    hint: "did you mean kinds for kind?",
  },
  {
    what: "words for numbers",
    rows: [good, { x: "many", kind: "a" }],
    code: "DATA_VALUE",
    message: /^rows, row 2, column "?x"?: /,
  },
  {
    what: "dates for numbers",
    rows: [{ x: new Date(0), kind: "a" }],
    code: "DATA_SCHEMA",
    message: "rows: column x as number or boolean or string (number); got datetime",
    hint: /convert the cells/,
  },
  {
    what: "an infinite number",
    rows: [good, { x: Number.POSITIVE_INFINITY, kind: "a" }],
    code: "DATA_VALUE",
    message: 'rows, row 2, column "x": a finite number; got Infinity',
  },
  {
    what: "an object in a cell",
    rows: [{ x: { value: 1 }, kind: "a" }],
    code: "DATA_VALUE",
    message: /^rows, row 1, column "x": .*; got \{"value":1\}$/,
  },
];

describe("prediction is refused for", () => {
  for (const one of unpredictable) {
    it(one.what, async () => expectMessage(await failureOf(() => model.predict(one.rows)), one));
  }

  it("a row far down a table, by its number", async () => {
    const rows = Array.from({ length: 2500 }, (_, i) => ({
      x: i === 2100 ? "many" : "1",
      kind: "a",
    }));
    const error = await failureOf(() => model.predict(rows));
    expect(error.message).toBe(
      'rows, row 2101, column x: a readable cell; a finite number; got "many"',
    );
  });
});

describe("prediction takes", () => {
  it("columns it does not know, and leaves them out", async () => {
    const [plain] = await model.predict([good]);
    const [more] = await model.predict([{ ...good, colour: "red", price: 7 }]);
    expect(more).toEqual(plain);
  });

  it("categories it never saw, as unknown", async () => {
    const [first, second] = await model.predict([
      { x: 3, kind: "never" },
      { x: 3, kind: "seen" },
    ]);
    expect(first).toEqual(second);
  });

  it("missing cells, and numbers written as text", async () => {
    const [missing] = await model.predict([{ x: null, kind: null }]);
    expect(Number.isFinite((missing.price as { value: number }).value)).toBe(true);
    const [text] = await model.predict([{ x: "3", kind: "a" }]);
    expect(text).toEqual((await model.predict([good]))[0]);
  });

  it("cells that cannot be read, where they are taken", async () => {
    const taken: unknown[] = [];
    const onBadCell = (cell: unknown) => taken.push(cell);
    const [read] = await model.predict([{ x: "many", kind: "a" }], { onBadCell });
    expect(taken).toEqual([{ column: "x", row: 0, message: 'a finite number; got "many"' }]);
    expect(read).toEqual((await model.predict([{ x: null, kind: "a" }]))[0]);
  });

  it("no rows", async () => {
    expect(await model.predict([])).toEqual([]);
  });
});

const unscorable: RowsCase[] = [
  {
    what: "no column of labels",
    rows: [good],
    code: "DATA_SCHEMA",
    message: "rows: a column of labels (price, ok, grade); got none of them",
  },
  {
    what: "no label",
    rows: [{ ...good, price: null, ok: null }],
    code: "DATA_EMPTY",
    message: "rows: rows with labels; got none in 1 row of price, ok",
  },
  {
    what: "a third class of two",
    rows: [
      { ...good, ok: "yes" },
      { ...good, ok: "perhaps" },
    ],
    code: "DATA_VALUE",
    message: /^task "ok", row 2: one of .*; got "perhaps"$/,
  },
  {
    what: "words for the labels of a regression",
    rows: [{ ...good, price: "cheap" }],
    code: "DATA_VALUE",
    message: 'task "price", row 1: a finite number; got "cheap"',
  },
];

describe("evaluation is refused for", () => {
  for (const one of unscorable) {
    it(one.what, async () => expectMessage(await failureOf(() => model.evaluate(one.rows)), one));
  }
});

describe("evaluation counts", () => {
  it("classes that were not learned as mistakes, and says how many", async () => {
    const rows = ["l", "m", "x", "y", null].map((grade) => ({ ...good, grade }));
    const { size } = await model.evaluate(rows);
    expect(size).toMatchObject({ rows: 4, unknown: 2 });
    expect(size.metrics.accuracy).toBeLessThanOrEqual(0.5);
  });

  it("the tasks that have labels", async () => {
    expect(Object.keys(await model.evaluate([{ ...good, price: 3 }]))).toEqual(["price"]);
  });
});
