import { stringify } from "yaml";
import { DataError } from "../core/errors.ts";
import { type Column, type Table, unknownColumn } from "../data/columns.ts";
import { fileFinder } from "../data/files.ts";
import { findLeakage } from "../data/leakage.ts";
import { type ColumnProfile, type ListProfile, profileColumn } from "../data/profile.ts";
import type { Source } from "../data/source.ts";
import type { Modality } from "../modalities/modality.ts";
import type { TaskKind } from "../tasks/task.ts";
import { isSmall, learnerLines, smallOptions } from "./draft-learner.ts";
import { modalities, taskKinds } from "./tables.ts";

export interface DraftOptions {
  /** Columns to predict. */
  readonly tasks: readonly string[];
  readonly name: string;
  /** The data as the file is to name it. */
  readonly data: string;
}

/** A line of the draft: an input or a task, or what was left out and why. */
interface Line {
  readonly name: string;
  readonly type: string;
  readonly note: string;
  readonly out: boolean;
}

/** Rows looked at. */
const sampleRows = 20_000;
/** A modality that fits worse than this is written, but commented out. */
const goodFit = 0.3;

/**
 * Writes a commented configuration for a table: every column as an input of the modality that fits it,
 * the named ones as tasks. Columns that would not help are there as comments with the reason.
 * @throws DataError DATA_SCHEMA for a task that is no column, TASK_INVALID for one that no kind fits.
 */
export async function draftConfig(source: Source, options: DraftOptions): Promise<string> {
  const rows = await source.rowCount();
  const table = await source.sample(sampleRows, 0);
  const fileExists = fileFinder(source.baseDir);
  const profiles = [...table.columns.values()].map((column) =>
    profileColumn(column, { fileExists }),
  );
  const targets = options.tasks.map((name) => {
    const profile = profiles.find((one) => one.name === name);
    if (profile) return profile;
    throw unknownColumn(source.origin, name, [...table.columns.keys()]);
  });
  const tasks = targets.map((profile) => taskLine(profile, source.origin));
  const inputs = profiles
    .filter(({ name }) => !options.tasks.includes(name) && name !== "__proto__")
    .map((profile) => inputLine(profile, table, options.tasks));
  const kept = inputs.flatMap(({ type, out }) =>
    out ? [] : [modalities[type as keyof typeof modalities] as Modality],
  );
  const small = isSmall(rows, kept);
  return [
    `# Made from ${options.data}: ${rows.toLocaleString("en")} rows, ${profiles.length} columns.`,
    "# Every option that is not written has a default: polytask list options.",
    `name: ${scalar(options.name)}`,
    `data: ${scalar(options.data)}`,
    "",
    "inputs:",
    ...section(small ? inputs.map(forFewRows) : inputs),
    ...(inputs.every(({ out }) => out) ? ["  # no column is left that could be one"] : []),
    "",
    "tasks: # rows without a label are masked, not dropped",
    ...section(tasks),
    "",
    ...learnerLines(rows, kept),
    "seed: 0",
    "",
  ].join("\n");
}

/** The line with what its kind of input needs where rows are few. */
function forFewRows(line: Line): Line {
  const options = smallOptions(modalities[line.type as keyof typeof modalities] as Modality);
  return options === undefined ? line : { ...line, type: `${line.type}, ${options}` };
}

function section(lines: readonly Line[]): string[] {
  const texts = lines.map(
    ({ name, type, out }) => `${out ? "# " : ""}${scalar(name)}: { type: ${type} }`,
  );
  const width = Math.min(48, Math.max(0, ...texts.map((text) => text.length)));
  return lines.map(({ note }, i) => `  ${texts[i].padEnd(width)} # ${note}`);
}

/** A text as a YAML value or key on one line. */
function scalar(text: string): string {
  const plain = stringify(text, { lineWidth: 0 }).trimEnd();
  return plain.includes("\n") ? JSON.stringify(text) : plain;
}

function taskLine(profile: ColumnProfile, origin: string): Line {
  const kinds = Object.values(taskKinds) as TaskKind[];
  const { row, score } = best(kinds, profile);
  if (profile.rows === profile.missing || score === 0) {
    throw new DataError(
      "TASK_INVALID",
      `${origin}: labels that can be learned in column ${JSON.stringify(profile.name)}; got ${describe(profile)}`,
      { hint: `kinds of tasks are ${Object.keys(taskKinds).join(", ")}` },
    );
  }
  return { name: profile.name, type: row.name, note: describe(profile), out: false };
}

function inputLine(profile: ColumnProfile, table: Table, tasks: readonly string[]): Line {
  const { row, score } = best(Object.values(modalities) as Modality[], profile);
  const reason = reasonAgainst(profile, score, table, tasks);
  return {
    name: profile.name,
    type: row.name,
    note: reason ?? describe(profile),
    out: reason !== undefined,
  };
}

/** Why a column would not help as an input; undefined where it may. */
function reasonAgainst(
  profile: ColumnProfile,
  score: number,
  table: Table,
  tasks: readonly string[],
): string | undefined {
  if (profile.missing === profile.rows) return "left out: every cell is missing";
  if (profile.distinct === 1 && !profile.bytes) {
    const lacks = profile.missing > 0 ? ", where there is one" : "";
    return `left out: every cell is ${short(profile.examples[0])}${lacks}`;
  }
  if (profile.number?.counter) return "left out: it counts the rows";
  if (score < goodFit) {
    return profile.distinctShare > 0.95
      ? "left out: every row has a value of its own, as identifiers do"
      : "left out: no modality fits it well";
  }
  for (const task of tasks) {
    const leak = findLeakage(
      table.columns.get(profile.name) as Column,
      table.columns.get(task) as Column,
    );
    if (leak) return `left out: it gives ${oneLine(task)} away (${leak.kind})`;
  }
  return undefined;
}

function best<T extends { recognise(profile: ColumnProfile): number }>(
  rows: readonly T[],
  profile: ColumnProfile,
): { row: T; score: number } {
  return rows
    .map((row) => ({ row, score: row.recognise(profile) }))
    .reduce((a, b) => (b.score > a.score ? b : a));
}

/** What a column holds, in a few words. */
function describe(profile: ColumnProfile): string {
  const { missing, rows, distinct, distinctCapped, number, text, bytes } = profile;
  const list = profile.list ?? profile.listText;
  const facts: string[] = [];
  if (number && profile.storage === "number" && missing < rows) {
    facts.push(`${shortNumber(number.min)} to ${shortNumber(number.max)}`);
  }
  if (bytes) facts.push(Object.keys(bytes.formats).join(", "));
  else if (list) facts.push(describeLists(list));
  else if (!number || distinct <= 20) {
    facts.push(`${distinctCapped ? "more than " : ""}${distinct} different values`);
  }
  if (text && profile.examples.length > 0 && distinct <= 10_000) {
    facts.push(`such as ${profile.examples.slice(0, 2).map(short).join(", ")}`);
  }
  if (missing > 0)
    facts.push(`${Math.max(0.1, Math.round((1000 * missing) / rows) / 10)} % missing`);
  return oneLine(facts.join("; "));
}

function describeLists({ elements, minLength, maxLength, distinctElements }: ListProfile): string {
  const length = minLength === maxLength ? minLength : `${minLength} to ${maxLength}`;
  if (elements === "list") return `lists of ${length} steps`;
  if (elements === "number") return `lists of ${length} numbers`;
  return `lists of ${distinctElements} different elements`;
}

function short(text: string): string {
  return JSON.stringify(text.length > 24 ? `${text.slice(0, 23)}…` : text);
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** A text that cannot end a comment. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
