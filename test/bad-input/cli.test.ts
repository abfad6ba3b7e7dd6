import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { polytask } from "../../src/cli/fixtures/recording.ts";
import { configText, csv, goodRows, workplace } from "./harness.ts";

let dir: string;
beforeAll(async () => {
  dir = workplace();
  const { code, err } = await polytask(dir, "train", "config.yaml", "--out", "run");
  expect([code, err]).toEqual([0, expect.any(String)]);
  const write = (name: string, content: string) => writeFileSync(join(dir, name), content);
  write("typo.yaml", configText({ training: "{ epoch: 3 }" }));
  write("two.yaml", configText({ training: "{ epoch: 3 }", trainning: "{}" }));
  write("syntax.yaml", "tasks: [price\n");
  write("nodata.yaml", configText({ data: "row.csv" }));
  write("ragged.yaml", configText({ data: "ragged.csv" }));
  write("ragged.csv", csv(goodRows().with(9, "1,a,2")));
  write("oneclass.yaml", configText({ data: "oneclass.csv" }));
  write("oneclass.csv", csv(goodRows().map((row) => row.replace("no", "yes"))));
  write("few.csv", "x,price\n1,2.5\n");
  write("unlabelled.csv", "x,kind\n1,a\n");
  write("broken.onnx", "no model");
});
afterAll(() => rmSync(dir, { recursive: true }));

const models = new Set(["run", "broken.onnx"]);

interface CommandCase {
  readonly args: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}

const cases: CommandCase[] = [
  {
    args: ["trian", "config.yaml"],
    code: 64,
    says: /^error\[USAGE\] .*got trian\nhint: did you mean train\?/,
  },
  { args: ["train"], code: 64, says: /^error\[USAGE\] .*CONFIG; got nothing/ },
  {
    args: ["train", "config.yaml", "--out", "run"],
    code: 74,
    says: /^error\[IO\] .*run: a new or empty folder for the run; it holds .*\nhint: add --resume/,
  },
  {
    args: ["train", "config.yaml", "--seed", "many"],
    code: 64,
    says: /^error\[\w+\] --seed: .*got "many"/,
  },
  {
    args: ["train", "none.yaml"],
    code: 65,
    says: /^error\[CONFIG_INVALID\] none\.yaml: a configuration file; there is none/,
  },
  {
    args: ["train", "typo.yaml"],
    code: 65,
    says: /^error\[CONFIG_INVALID\] typo\.yaml:5:13: training\.epoch: a known option; got epoch\nhint: did you mean epochs\?/,
  },
  {
    args: ["train", "two.yaml"],
    code: 65,
    says: /^error\[CONFIG_INVALID\] .*\nhint: .*\nerror\[CONFIG_INVALID\] .*\nhint: /,
  },
  {
    args: ["train", "syntax.yaml"],
    code: 65,
    says: /^error\[CONFIG_SYNTAX\] syntax\.yaml:\d+:\d+: /,
  },
  {
    args: ["train", "nodata.yaml"],
    code: 65,
    says: /^error\[DATA_NOT_FOUND\] row\.csv: an existing file.*\nhint: did you mean "rows\.csv"\?/,
  },
  {
    args: ["train", "ragged.yaml"],
    code: 65,
    says: /^error\[DATA_FORMAT\] ragged\.csv, line 11: 4 cells as in the header; got 3\nhint: /,
  },
  {
    args: ["train", "oneclass.yaml"],
    code: 65,
    says: /^error\[TASK_INVALID\] task "ok": two or more classes/,
  },
  {
    args: ["predict", "run", "rows.csv"],
    code: 64,
    says: /^error\[USAGE\] .*--out FILE; got nothing/,
  },
  {
    args: ["predict", "nowhere", "rows.csv", "--out", "p.csv"],
    code: 74,
    says: /^error\[IO\] .*nowhere: a run folder or an \.onnx file; /,
  },
  {
    args: ["predict", "broken.onnx", "rows.csv", "--out", "p.csv"],
    code: 65,
    says: /^error\[MODEL_CORRUPT\] /,
  },
  {
    args: ["predict", "run", "few.csv", "--out", "p.csv"],
    code: 65,
    says: /^error\[DATA_SCHEMA\] few\.csv: input columns kind; the table has x, price/,
  },
  {
    args: ["predict", "run", "none.csv", "--out", "p.csv"],
    code: 65,
    says: /^error\[DATA_NOT_FOUND\] none\.csv: /,
  },
  {
    args: ["predict", "run", "rows.csv", "--out", "nowhere/p.csv"],
    code: 74,
    says: /^error\[IO\] /,
  },
  {
    args: ["predict", "run", "rows.csv", "--out", "p.docx"],
    code: 64,
    says: /^error\[\w+\] .*p?\.docx/,
  },
  {
    args: ["evaluate", "run", "unlabelled.csv"],
    code: 65,
    says: /^error\[DATA_SCHEMA\] unlabelled\.csv: a column of labels \(price, ok\); got none of them/,
  },
  {
    args: ["evaluate", "run", "unlabelled.csv", "--memory-limit", "64MB"],
    code: 65,
    says: /^error\[DATA_SCHEMA\] .*unlabelled\.csv: a column of labels \(price, ok\); got none of them/,
  },
  {
    args: ["evaluate", "run", "rows.csv", "--memory-limit", "lots"],
    code: 65,
    says: /^error\[CONFIG_INVALID\] memoryLimit: a size such as 512MB or 2GiB, above zero; got "lots"/,
  },
  {
    args: ["predict", "run", "rows.csv", "--out", "p.csv", "--memory-limit", "1MB"],
    code: 65,
    says: /^error\[CONFIG_INVALID\] memoryLimit: at least 48MB; got "1MB"/,
  },
  {
    args: ["export", "run", "--out", "nowhere/m.onnx"],
    code: 74,
    says: /^error\[IO\] .*m\.onnx: a file that can be written; there is no such file or folder/,
  },
  { args: ["report", "nowhere"], code: 74, says: /^error\[IO\] / },
  { args: ["inspect", "broken.onnx"], code: 65, says: /^error\[MODEL_CORRUPT\] / },
];

describe("the command line refuses", () => {
  for (const { args, code, says } of cases) {
    it(`polytask ${args.join(" ")}`, async () => {
      const before = readFileSync(join(dir, "run/run.json"), "utf8");
      // The program resolves models against its own working folder.
      const here = args.map((arg, i) => (i === 1 && models.has(arg) ? join(dir, arg) : arg));
      const result = await polytask(dir, ...here);
      expect(result.err.trim()).toMatch(says);
      expect(result.code).toBe(code);
      expect(result.out).toBe("");
      // Every line is an error, a hint, or the place in the text that an error speaks of.
      expect(result.err).not.toMatch(/\n\s+at |node:internal|\.ts:\d/);
      expect(readFileSync(join(dir, "run/run.json"), "utf8")).toBe(before);
    });
  }
});
