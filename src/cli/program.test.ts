import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../config/load.ts";
import { commands } from "./commands.ts";
import { polytask } from "./fixtures/recording.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "polytask-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("usage", () => {
  it("lists every command with a sentence", async () => {
    const { code, out } = await polytask(folder, "--help");
    expect(code).toBe(0);
    for (const { name, summary } of commands) {
      expect(out).toContain(`  ${name} `);
      expect(out.replace(/\s+/g, " ")).toContain(summary);
    }
  });

  it.each(commands.map(({ name }) => name))(
    "%s has help and names itself as the table does",
    async (name) => {
      const row = commands.find((one) => one.name === name);
      const command = await row?.load();
      expect(command?.name).toBe(name);
      const { code, out } = await polytask(folder, name, "--help");
      expect(code).toBe(0);
      expect(out).toContain(`Usage: polytask ${name}`);
      for (const option of command?.options ?? []) expect(out).toContain(option.flags);
    },
  );

  it("lists the options of the configuration in the help of train", async () => {
    const { out } = await polytask(folder, "train", "--help");
    expect(out).toContain("training.epochs: an integer from 1 to 100000; default 30");
  });

  it.each([
    [["trian"], "polytask: a known command; got trian", "did you mean train?"],
    [["hyperopt"], "polytask: a known command; got hyperopt", "polytask tune searches values"],
    [["train"], "polytask train: the argument CONFIG; got nothing", "polytask train --help"],
    [["train", "a", "b"], "polytask train: no more arguments than it takes; got 2", ""],
    [["train", "a.yaml", "--sed", "1"], "polytask train: a known option; got --sed", "--seed"],
    [
      ["train", "a.yaml", "--epochs", "3"],
      "a known option; got --epochs",
      "did you mean --training.epochs?",
    ],
    [["train", "a.yaml", "--seed", "many"], '--seed: a whole number of at least 0; got "many"', ""],
    [
      ["transfer", "run", "a.yaml", "--seed", "many", "--plan"],
      '--seed: a whole number of at least 0; got "many"',
      "",
    ],
    [["train", "a.yaml", "--out"], "polytask train: a value after --out; got nothing", ""],
    [["train", "a.yaml", "--set", "x"], '--set: an option as path=value; got "x"', ""],
    [["train", "a.yaml", "--training.epochs"], "--training.epochs: a value; got nothing", ""],
    [
      ["predict", "run", "rows.csv"],
      "polytask predict: --out FILE; got nothing",
      "predictions.csv",
    ],
    [["predict", "run", "rows.csv", "--out", "x.xlsx"], "--out: a file that ends in .csv", ""],
    [["export", "run", "--out", "x.pt"], "--out FILE that ends in .onnx", ""],
    [["list", "modalitis"], "modalities, tasks, families, options", "did you mean modalities?"],
  ])("%j is wrong usage", async (args, message, hint) => {
    const { code, out, err } = await polytask(folder, ...args);
    expect(code).toBe(64);
    expect(out).toBe("");
    expect(err).toMatch(/^error\[USAGE\] /);
    expect(err).toContain(message);
    if (hint !== "") expect(err).toContain(hint);
  });

  it("prints help and exits with 64 where no command is given", async () => {
    const { code, err } = await polytask(folder);
    expect(code).toBe(64);
    expect(err).toContain("Usage: polytask");
  });
});

describe("a configuration that is wrong", () => {
  it("prints each problem with its place and hint, and exits with 65", async () => {
    writeFileSync(
      join(folder, "bad.yaml"),
      "data: rows.csv\ntasks: { y: regresion }\ntraining:\n  epochs: 0\n",
    );
    const { code, out, err } = await polytask(folder, "train", "bad.yaml");
    expect(code).toBe(65);
    expect(out).toBe("");
    expect(err.split("\n")).toEqual([
      expect.stringMatching(
        /^error\[CONFIG_INVALID\] bad\.yaml:2:13: tasks\.y\.type: one of .*; got "regresion"$/,
      ),
      "hint: did you mean regression?",
      "error[CONFIG_INVALID] bad.yaml:4:11: training.epochs: an integer from 1 to 100000; got 0",
      "",
    ]);
  });

  it("says so where there is no file", async () => {
    const { code, err } = await polytask(folder, "train", "none.yaml");
    expect(code).toBe(65);
    expect(err).toContain("none.yaml: a configuration file; there is none");
  });

  it("does not write into a folder that holds files", async () => {
    writeFileSync(join(folder, "ok.yaml"), "data: rows.csv\ntasks: [y]\n");
    const { code, err } = await polytask(folder, "train", "ok.yaml", "--out", ".");
    expect(code).toBe(74);
    expect(err).toMatch(/^error\[IO\] .*: a new or empty folder for the run; it holds /);
  });
});

describe("init", () => {
  it("drafts a configuration that is valid and says why columns are left out", async () => {
    const cities = ["Rome", "Oslo", "Paris"];
    const words = ["good", "bad", "old", "new", "red", "blue", "warm"];
    const lines = Array.from({ length: 200 }, (_, i) => {
      const note = [0, 1, 2, 3, 4, 5, 6].map((k) => words[(i * (k + 3) + k * k) % 7]).join(" ");
      const remark = `${words[(i * i) % 7]} and ${words[(i * 5) % 7]}, as sold on day ${i}`;
      return `${i + 1},${(i * 7919) % 83},${cities[(i * i) % 3]},"${note}","${remark}",7,${(i * 31) % 2 ? "yes" : "no"},${(i * 13) % 97}.5`;
    });
    writeFileSync(
      join(folder, "shop.csv"),
      `id,age,city,note,remark,same,sold,price\n${lines.join("\n")}\n`,
    );
    const { code, err } = await polytask(
      folder,
      "init",
      "shop.csv",
      "--task",
      "price",
      "--task",
      "sold",
    );
    expect(err).toBe("");
    expect(code).toBe(0);
    const text = readFileSync(join(folder, "config.yaml"), "utf8");
    expect(text).toMatch(/^ {2}# id: .*# left out: it counts the rows$/m);
    expect(text).toMatch(/^ {2}# same: .*# left out: every cell is "7"$/m);
    const { config } = parseConfig(text, { file: "config.yaml" });
    expect(Object.keys(config.inputs ?? {})).toEqual(["age", "city", "note", "remark"]);
    expect(config.inputs?.city.type).toBe("category");
    expect(config.inputs?.age.type).toBe("number");
    expect(config.tasks.price.type).toBe("regression");
    expect(config.tasks.sold.type).toBe("binary");
    // 200 rows with a text: a stack, no validation rows, and what linear models need of texts.
    expect(config.learner).toMatchObject({ type: "stacking", folds: 5 });
    expect(config.split).toMatchObject({ fractions: { validation: 0, test: 0.2 } });
    expect(config.inputs?.remark).toMatchObject({ type: "text", characterFeatures: true });
    for (const line of text.match(/(?<=^# )learner: .*$/gm) ?? []) {
      const other = text.replace(/^learner: .*$/m, line);
      expect(parseConfig(other, { file: "config.yaml" }).config.learner.type).not.toBe("stacking");
    }
    expect(text.match(/^# learner: /gm)).toHaveLength(2);

    const again = await polytask(folder, "init", "shop.csv", "--task", "price");
    expect(again.code).toBe(64);
    expect(again.err).toContain("--out: a new file; config.yaml exists");
    const wrong = await polytask(folder, "init", "shop.csv", "--task", "prise", "--out", "-");
    expect(wrong.code).toBe(65);
    expect(wrong.err).toContain('did you mean "price"?');
  });

  it("converts a configuration of Ludwig, with or without its data", async () => {
    writeFileSync(
      join(folder, "ludwig.yaml"),
      "input_features: [{ name: age, type: number, tied: x }]\noutput_features: [{ name: sold, type: binary }]\n",
    );
    const from = ["init", "--from", "ludwig.yaml", "--out", "made.yaml"];
    const made = await polytask(folder, ...from);
    expect(made.err).toBe("");
    expect(made.out).toBe(
      "made.yaml: look at data, and at what is left out at its end (1), then polytask train made.yaml\n",
    );
    const text = readFileSync(join(folder, "made.yaml"), "utf8");
    expect(parseConfig(text, { file: "made.yaml" }).config.tasks.sold.type).toBe("binary");
    const shown = await polytask(folder, "init", "rows.csv", "--from", "ludwig.yaml", "--out", "-");
    expect(shown.out).toContain("\ndata: rows.csv\n");
    const both = await polytask(
      folder,
      "init",
      "--from",
      "ludwig.yaml",
      "--task",
      "sold",
      "--out",
      "-",
    );
    expect([both.code, both.err]).toEqual([
      64,
      expect.stringContaining("--task or --from; got both"),
    ]);
    const nothing = await polytask(folder, "init", "--task", "sold", "--out", "-");
    expect(nothing.err).toContain("polytask init: the argument DATA; got nothing");
    const hint = await polytask(folder, "train", "ludwig.yaml");
    expect(hint.err).toContain("polytask init --from FILE");
  });
});

describe("list and schema", () => {
  it("print JSON", async () => {
    const options = JSON.parse((await polytask(folder, "list", "training", "--json")).out);
    expect(options.map((row: { path: string }) => row.path)).toContain("training.epochs");
    const schema = JSON.parse((await polytask(folder, "schema")).out);
    expect(schema.properties.training.properties.epochs).toMatchObject({ minimum: 1, default: 30 });
  });
});

it("runs as a program of its own, with errors on standard error", () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", main, "train", "none.yaml"],
    { encoding: "utf8" },
  );
  expect(status).toBe(65);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^error\[CONFIG_INVALID\] none\.yaml/);
});
