import { Random } from "../core/random.ts";
import type { Table } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { type ModalityName, modalities, modalityNamed } from "../modalities/modalities.ts";
import type { TaskKind } from "../tasks/task.ts";
import { type LabelKindName, labelKinds } from "../tasks/tasks.ts";
import { encodeRows } from "../train/encode.ts";
import { type InputSpec, learnStates, type TaskSpec } from "../train/learn.ts";
import type { Problem } from "../train/problem.ts";
import type { Capabilities } from "./learner.ts";

export interface ExampleOptions {
  readonly seed?: number;
  readonly rows?: number;
  /** Share of label cells blanked, for each task on its own, and of input cells. */
  readonly missingLabels?: number;
  readonly missingCells?: number;
  /** Tasks in another order. */
  readonly reversed?: boolean;
  /** A task that has no label among the validation rows. */
  readonly unlabelled?: string;
}

const columns: Readonly<Record<string, ModalityName>> = {
  size: "number",
  age: "number",
  colour: "category",
  used: "boolean",
  note: "text",
};

const targets: Readonly<Record<string, LabelKindName>> = {
  price: "regression",
  sold: "binary",
  buyer: "multiclass",
};

const colours = ["red", "green", "blue", "grey"];
const words = ["fine", "broken", "rare", "plain", "signed", "dusty", "shiny", "heavy"];
const buyers = ["museum", "shop", "school"];

/**
 * A table with a number, category, boolean and text column and three things to predict from them, whose
 * rules are linear in the columns' usual features.
 */
export function exampleTable(options: ExampleOptions = {}): Table {
  const { seed = 1, rows = 320, missingLabels = 0, missingCells = 0 } = options;
  const random = Random.from(seed, "example");
  const table: Record<string, unknown>[] = [];
  for (let i = 0; i < rows; i++) {
    const size = 10 + 3 * random.normal();
    const age = Math.exp(1 + 0.5 * random.normal());
    const colour = random.integer(colours.length);
    const used = random.uniform() < 0.4;
    const said = random.shuffle([0, 1, 2, 3, 4, 5, 6, 7]).slice(0, 3);
    const has = (word: number) => (said.includes(word) ? 1 : 0);
    const z = (size - 10) / 3;
    const price = 50 + 8 * z + 6 * (colour - 1.5) - 5 * has(1) + 7 * has(2) + 2 * random.normal();
    const interest = 2 * z - 3 * (used ? 1 : 0) + 3 * has(6) - 2 * has(1) + 0.3;
    const scores = [3 * has(2) + z, 2 * (colour - 1), 2 * (used ? 1 : 0) + 2 * has(3) - z];
    const noisy = scores.map((s) => s + 0.5 * random.normal());
    table.push({
      size,
      age,
      colour: colours[colour],
      used,
      note: said.map((w) => words[w]).join(" "),
      price,
      sold: interest + 0.5 * random.normal() > 0,
      buyer: buyers[noisy.indexOf(Math.max(...noisy))],
    });
  }
  blank(table, Object.keys(targets), missingLabels, Random.from(seed, "labels"));
  blank(table, Object.keys(columns), missingCells, Random.from(seed, "cells"));
  return tableFromRows(table, { origin: "example" });
}

/** Makes a share of some cells missing; each column has a stream of its own. */
function blank(
  table: Record<string, unknown>[],
  names: readonly string[],
  share: number,
  random: Random,
): void {
  for (const name of names) for (const row of table) if (random.uniform() < share) row[name] = null;
}

/** The example as a problem for a family: the inputs and tasks it can take, split 3 to 1. */
export async function exampleProblem(
  can: Capabilities,
  options: ExampleOptions = {},
): Promise<Problem> {
  const allowed = (list: readonly string[] | "all", name: string) =>
    list === "all" || list.includes(name);
  const table = exampleTable(options);
  const inputs: InputSpec[] = Object.entries(columns)
    .filter(([, modality]) => allowed(can.modalities, modality))
    .map(([name, modality]) => ({
      name,
      modality: modalityNamed(modality),
      options: modalities[modality].options.parse({}),
    }));
  const tasks: TaskSpec[] = Object.entries(targets)
    .filter(([, kind]) => allowed(can.tasks, kind))
    .map(([name, kind]) => ({
      name,
      kind: labelKinds[kind] as TaskKind,
      options: labelKinds[kind].options.parse({}),
      weight: 0.5,
    }));
  if (options.reversed) tasks.reverse();
  const all = Int32Array.from({ length: table.rows }, (_, i) => i);
  const training = all.filter((i) => i % 4 !== 3);
  const learned = await learnStates([table], inputs, tasks, { rows: training });
  const plan = { ...learned, view: can.view };
  const train = await encodeRows([table], plan, { rows: training });
  const held = all.filter((i) => i % 4 === 3);
  const unlabelled = options.unlabelled === undefined ? table : without(table, options.unlabelled);
  const validation = await encodeRows([unlabelled], plan, { rows: held });
  return { ...learned, train, validation, seed: options.seed ?? 1 };
}

/** The table with a column whose every cell is missing. */
function without(table: Table, name: string): Table {
  const rows = Array.from({ length: table.rows }, () => ({ [name]: null }));
  const storage = table.columns.get(name)?.storage ?? "string";
  const empty = tableFromRows(rows, { types: { [name]: storage } }).columns;
  return { ...table, columns: new Map([...table.columns, ...empty]) };
}
