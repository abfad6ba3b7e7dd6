import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { PolytaskError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/run/experiment.ts";
import { trainRun } from "../../src/run/train-run.ts";

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** What is wrong, and what must be said of it. */
export interface BadCase {
  /** "a missing file", "a ragged row", …. */
  readonly what: string;
  /** Files beside the good table; they replace those of the same name. */
  readonly files?: Files;
  /** Text of the configuration, or lines that replace the good one's keys. */
  readonly config?: string | Readonly<Record<string, string>>;
  readonly code: string;
  readonly message: string | RegExp;
  readonly hint?: string | RegExp;
}

/** A table that trains: a number, a category, a number to predict and a yes or no. */
export function goodRows(count = 60): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${(i * 7) % 31},${"abc"[i % 3]},${(i * 5) % 17}.5,${i % 2 === 0 ? "yes" : "no"}`,
  );
}

export const header = "x,kind,price,ok";

export function csv(rows: readonly string[], head = header): string {
  return `${[head, ...rows].join("\n")}\n`;
}

const goodKeys: Readonly<Record<string, string>> = {
  data: "rows.csv",
  inputs: "{ x: number, kind: category }",
  tasks: "{ price: regression, ok: binary }",
  learner: "{ type: neural, trunk: { sizes: [4] } }",
  training: "{ epochs: 1, threads: 1 }",
};

export function configText(config: BadCase["config"] = {}): string {
  if (typeof config === "string") return config;
  const lines = Object.entries({ ...goodKeys, ...config }).filter(([, value]) => value !== "");
  return lines.map(([key, value]) => `${key}: ${value}\n`).join("");
}

/** A folder with the files of a case and `config.yaml`. */
export function workplace(files: Files = {}, config?: BadCase["config"]): string {
  const dir = mkdtempSync(join(tmpdir(), "polytask-bad-"));
  const all = { "rows.csv": csv(goodRows()), ...files, "config.yaml": configText(config) };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}

export async function trainIn(
  dir: string,
  config?: BadCase["config"],
  onEvent?: (event: RunEvent) => void,
): Promise<void> {
  const parsed = parseConfig(configText(config), { file: "config.yaml" });
  await trainRun(parsed.config, { out: join(dir, "out"), baseDir: dir, onEvent });
}

export async function failureOf(work: () => unknown): Promise<PolytaskError> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PolytaskError)) throw error;
    return error;
  }
  throw new Error("nothing was refused");
}

/** The message is as expected, and nothing of the inside shows. */
export function expectMessage(error: PolytaskError, { code, message, hint }: BadCase): void {
  expect(error.code, error.message).toBe(code);
  if (typeof message === "string") expect(error.message).toBe(message);
  else expect(error.message).toMatch(message);
  if (typeof hint === "string") expect(error.hint).toBe(hint);
  else if (hint) expect(error.hint).toMatch(hint);
  const said = `${error.message}\n${error.hint}`;
  expect(said).not.toMatch(
    /\n\s+at |node:internal|\.ts:\d|read_csv|ONNXRuntime|\[object|undefined is/,
  );
  for (const line of error.message.split("\n")) expect(line.length).toBeLessThan(600);
}

/** Trains where it must be refused; nothing of a model may be left. */
export async function refused(bad: BadCase): Promise<void> {
  const dir = workplace(bad.files, bad.config);
  try {
    const error = await failureOf(() => trainIn(dir, bad.config));
    expectMessage(error, bad);
    const left = existsSync(join(dir, "out"))
      ? readdirSync(join(dir, "out"), { recursive: true }).map(String)
      : [];
    expect(left).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
