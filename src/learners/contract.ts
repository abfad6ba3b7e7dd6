import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PolytaskError } from "../core/errors.ts";
import { allocateBatch, memoryRowStore, type RowArray, type RowStore } from "../data/rows.ts";
import type { Evaluation } from "../tasks/task.ts";
import { type TrainingConfig, trainingConfig } from "../train/config.ts";
import { allRows, evaluatePart } from "../train/evaluation.ts";
import { Linker } from "../train/link.ts";
import type { Part, Problem } from "../train/problem.ts";
import { baseline } from "./baseline/baseline.ts";
import { exportFitted, inputEntries, runExported } from "./emitted.ts";
import { type ExampleOptions, exampleProblem } from "./example.ts";
import type { Family, Fitted } from "./learner.ts";
import { badValues, optionLeaves, set, valueAt } from "./options.ts";

/** One thing every family must do; `run` rejects where it does not. */
export interface FamilyCheck {
  readonly name: CheckName;
  /** Why the family need not do it. */
  readonly exception?: string;
  run(): Promise<void>;
}

export interface CheckOptions {
  /** Options that fit the example in little time; the defaults otherwise. */
  readonly config?: object;
  readonly training?: object;
  readonly exceptions?: readonly CheckException[];
  /** Least scores on the training rows. */
  readonly floors?: Readonly<Record<"r2" | "rocAuc" | "accuracy", number>>;
  /** Largest difference of raw outputs, relative to their size, when tasks come in another order. */
  readonly taskOrderTolerance?: number;
}

export interface CheckException {
  readonly check: CheckName;
  readonly reason: string;
}

interface Bench {
  readonly family: Family;
  readonly config: unknown;
  readonly training: TrainingConfig;
  readonly options: CheckOptions;
}

const exportTolerance = 1e-4;

const checks = {
  "fits its example above a floor": async (bench) => {
    const problem = await exampleProblem(bench.family.can);
    const floors = bench.options.floors ?? { r2: 0.7, rocAuc: 0.85, accuracy: 0.7 };
    await withFit(bench, problem, async (fitted) => {
      const found = await scores(problem, fitted, problem.train);
      for (const { name } of problem.tasks) {
        for (const [metric, floor] of Object.entries(floors)) {
          const value = found[name].metrics[metric];
          if (value === undefined) continue;
          assert.ok(value >= floor, `${name}: ${metric} of ${floor} or more; got ${value}`);
          break;
        }
      }
    });
  },

  "beats the baseline on rows it has not seen": async (bench) => {
    const problem = await exampleProblem(bench.family.can);
    const validation = validationOf(problem);
    const naive = await baseline.fit(problem, {}, { training: bench.training });
    const below = await scores(problem, naive, validation);
    await withFit(bench, problem, async (fitted) => {
      const found = await scores(problem, fitted, validation);
      for (const { name, kind } of problem.tasks) {
        const sign = kind.direction(kind.primary) === "higher" ? 1 : -1;
        const [ours, theirs] = [found, below].map((s) => s[name].metrics[kind.primary]);
        assert.ok(
          sign * ours > sign * theirs,
          `${name}: ${kind.primary} better than the baseline's ${theirs}; got ${ours}`,
        );
      }
    });
  },

  "gives the same bytes for the same seed": async (bench) => {
    const problem = await exampleProblem(bench.family.can);
    const runs: { raw: Record<string, Float32Array>; bytes: Uint8Array }[] = [];
    for (let i = 0; i < 2; i++) {
      await withFit(bench, problem, async (fitted) => {
        const { store } = problem.train;
        const raw = await fitted.predict(store, allRows(store));
        runs.push({ raw, bytes: exportFitted(problem, fitted, bench.family.can.view) });
      });
    }
    assert.deepEqual(runs[1].raw, runs[0].raw);
    assert.ok(Buffer.compare(runs[0].bytes, runs[1].bytes) === 0, "equal ONNX bytes");
  },

  "leaves its inputs as they were": async (bench) => {
    const problem = await exampleProblem(bench.family.can);
    const parts = [problem.train, validationOf(problem)];
    const picture = () =>
      structuredClone([
        parts.map(({ store, truth }) => [readAll(store), truth]),
        problem.inputs.map((i) => [i.state, i.options]),
        problem.tasks.map((t) => [t.state, t.options]),
        bench.config,
        bench.training,
      ]);
    const before = picture();
    await withFit(bench, problem, async (fitted) => {
      await fitted.predict(problem.train.store, allRows(problem.train.store));
      exportFitted(problem, fitted, bench.family.can.view);
    });
    assert.deepEqual(picture(), before);
  },

  "predicts the same after saving and loading": async (bench) => {
    const problem = await exampleProblem(bench.family.can);
    const { store } = validationOf(problem);
    await withFit(bench, problem, async (fitted) => {
      const native = await fitted.predict(store, allRows(store));
      const folder = await mkdtemp(join(tmpdir(), "polytask-contract-"));
      try {
        const path = join(folder, "model.onnx");
        await writeFile(path, exportFitted(problem, fitted, bench.family.can.view));
        const loaded = await runExported(
          await readFile(path),
          problem,
          bench.family.can.view,
          store,
          allRows(store),
        );
        close(loaded, native, exportTolerance, "after loading");
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  },

  "exports the function it predicts with, for any number of rows": async (bench) => {
    const problem = await exampleProblem(bench.family.can, { missingCells: 0.2 });
    const { store } = problem.train;
    await withFit(bench, problem, async (fitted) => {
      const bytes = exportFitted(problem, fitted, bench.family.can.view);
      for (const rows of [Int32Array.of(3), Int32Array.of(5, 0, 5), allRows(store)]) {
        const native = await fitted.predict(store, rows);
        const exported = await runExported(bytes, problem, bench.family.can.view, store, rows);
        close(exported, native, exportTolerance, `for ${rows.length} rows`);
      }
    });
  },

  "predicts a row the same wherever it stands": async (bench) => {
    const problem = await exampleProblem(bench.family.can);
    const { store } = validationOf(problem);
    await withFit(bench, problem, async (fitted) => {
      const all = await fitted.predict(store, allRows(store));
      const backwards = await fitted.predict(store, allRows(store).reverse());
      close(reverseRows(backwards, store.rows), all, 1e-5, "in reverse order");
      for (const size of [1, 7]) {
        const pieces = allRows(store).subarray(0, 15);
        const parts: Record<string, number[]> = {};
        for (let at = 0; at < pieces.length; at += size) {
          const some = await fitted.predict(store, pieces.slice(at, at + size));
          for (const [task, raw] of Object.entries(some)) {
            parts[task] ??= [];
            parts[task].push(...raw);
          }
        }
        close(parts, firstRows(all, 15, store.rows), 1e-5, `in batches of ${size}`);
      }
    });
  },

  "predicts rows that carry no labels": async (bench) => {
    const problem = await exampleProblem(bench.family.can);
    const { store } = validationOf(problem);
    const bare = withoutLabels(problem, store);
    await withFit(bench, problem, async (fitted) => {
      const labelled = await fitted.predict(store, allRows(store));
      close(await fitted.predict(bare, allRows(bare)), labelled, 1e-6, "without labels");
    });
  },

  "does not depend on the order of the tasks": async (bench) => {
    const problem = await exampleProblem(bench.family.can);
    const reversed = await exampleProblem(bench.family.can, { reversed: true });
    const { store } = problem.train;
    await withFit(bench, problem, async (fitted) => {
      const raw = await fitted.predict(store, allRows(store));
      await withFit(bench, reversed, async (other) => {
        const again = await other.predict(reversed.train.store, allRows(store));
        close(again, raw, bench.options.taskOrderTolerance ?? 1e-4, "with the tasks reversed");
      });
    });
  },

  "learns from rows with missing labels": (bench) =>
    fitsAndPredicts(bench, { missingLabels: 0.2, seed: 2 }),

  "learns from rows with missing cells": (bench) =>
    fitsAndPredicts(bench, { missingCells: 0.2, seed: 3 }),

  "takes a task without validation labels": async (bench) => {
    const tasks = (await exampleProblem(bench.family.can)).tasks;
    await fitsAndPredicts(bench, { unlabelled: tasks[0].name });
  },

  "gives every option a default and a description": async ({ family }) => {
    for (const { path, base, description } of optionLeaves(family.config)) {
      const name = path.join(".");
      assert.ok(description, `option ${name}: a description; got none`);
      const parsed = family.config.safeParse(base);
      assert.ok(parsed.success, `options ${JSON.stringify(base)}: defaults for the rest`);
      assert.notEqual(valueAt(parsed.data, path), undefined, `option ${name}: a default; got none`);
    }
  },

  "names an option that is out of range": async ({ family }) => {
    for (const leaf of optionLeaves(family.config)) {
      for (const value of badValues(leaf)) {
        const name = leaf.path.join(".");
        const parsed = family.config.safeParse(set(leaf.base, leaf.path, value));
        assert.ok(
          !parsed.success,
          `option ${name}: an error for ${JSON.stringify(value)}; got none`,
        );
        const named = parsed.error.issues.some((issue) => issue.path.join(".").startsWith(name));
        assert.ok(named, `option ${name}: an error that names it; got ${parsed.error.message}`);
      }
    }
  },

  "stops when it is interrupted": async (bench) => {
    const problem = await exampleProblem(bench.family.can);
    const controller = new AbortController();
    const fit = bench.family.fit(problem, bench.config, {
      training: bench.training,
      signal: controller.signal,
      onEvent: () => controller.abort(),
    });
    await assert.rejects(
      fit.then((fitted) => fitted.dispose()),
      (error) => error instanceof PolytaskError && error.code === "INTERRUPTED",
      "an error INTERRUPTED",
    );
  },
} satisfies Record<string, (bench: Bench) => Promise<void>>;

export type CheckName = keyof typeof checks;

/**
 * What every family must do, as named checks on a small made-up problem; those that the family's `can`
 * rules out are left out. An exception's check is listed with its reason, and its `run` does nothing.
 */
export function* checkFamily(family: Family, options: CheckOptions = {}): Generator<FamilyCheck> {
  const bench: Bench = {
    family,
    config: family.config.parse(options.config ?? {}),
    training: trainingConfig.parse(options.training ?? {}),
    options,
  };
  for (const [name, check] of Object.entries(checks) as [
    CheckName,
    (b: Bench) => Promise<void>,
  ][]) {
    if (name === "stops when it is interrupted" && !family.can.resume) continue;
    const exception = options.exceptions?.find((e) => e.check === name)?.reason;
    yield exception === undefined
      ? { name, run: () => check(bench) }
      : { name, exception, run: async () => {} };
  }
}

async function withFit(
  { family, config, training }: Bench,
  problem: Problem,
  use: (fitted: Fitted) => Promise<void>,
): Promise<void> {
  const fitted = await family.fit(problem, config, { training });
  try {
    await use(fitted);
  } finally {
    fitted.dispose();
  }
}

async function fitsAndPredicts(bench: Bench, options: ExampleOptions): Promise<void> {
  const problem = await exampleProblem(bench.family.can, options);
  await withFit(bench, problem, async (fitted) => {
    const { store } = validationOf(problem);
    const raw = await fitted.predict(store, allRows(store));
    for (const { name, kind, state } of problem.tasks) {
      assert.equal(raw[name].length, store.rows * kind.outputSize(state), `${name}: all rows`);
      assert.ok(raw[name].every(Number.isFinite), `${name}: finite raw outputs`);
    }
  });
}

function validationOf(problem: Problem): Part {
  assert.ok(problem.validation);
  return problem.validation;
}

async function scores(
  problem: Problem,
  fitted: Fitted,
  part: Part,
): Promise<Record<string, Evaluation>> {
  const linker = await Linker.create(problem.tasks);
  try {
    return await evaluatePart(fitted, linker, problem.tasks, part);
  } finally {
    await linker.dispose();
  }
}

function readAll(store: RowStore): RowArray[] {
  const arrays = allocateBatch(store.layout, store.rows);
  store.gather(allRows(store), 0, store.rows, arrays);
  return arrays;
}

function withoutLabels(problem: Problem, store: RowStore): RowStore {
  const kept = inputEntries(problem, store);
  const arrays = readAll(store);
  return memoryRowStore(
    kept.map((i) => store.layout[i]),
    store.rows,
    kept.map((i) => arrays[i]),
  );
}

type RawOutputs = Readonly<Record<string, ArrayLike<number>>>;

function reverseRows(raw: Readonly<Record<string, Float32Array>>, rows: number): RawOutputs {
  return Object.fromEntries(
    Object.entries(raw).map(([task, values]) => {
      const width = values.length / rows;
      const out = new Float32Array(values.length);
      for (let row = 0; row < rows; row++) {
        out.set(values.subarray(row * width, (row + 1) * width), (rows - 1 - row) * width);
      }
      return [task, out];
    }),
  );
}

function firstRows(
  raw: Readonly<Record<string, Float32Array>>,
  count: number,
  rows: number,
): RawOutputs {
  return Object.fromEntries(
    Object.entries(raw).map(([task, v]) => [task, v.subarray(0, (v.length / rows) * count)]),
  );
}

/** Asserts that raw outputs agree, relative to the largest of each task (at least 1). */
function close(got: RawOutputs, expected: RawOutputs, tolerance: number, when: string): void {
  for (const [task, values] of Object.entries(expected)) {
    assert.equal(got[task]?.length, values.length, `${task} ${when}: ${values.length} numbers`);
    let scale = 1;
    let largest = 0;
    for (let i = 0; i < values.length; i++) {
      scale = Math.max(scale, Math.abs(values[i]));
      const difference = Math.abs(values[i] - got[task][i]);
      if (!(difference <= largest)) largest = difference;
    }
    assert.ok(
      largest <= tolerance * scale,
      `${task} ${when}: a difference of ${tolerance * scale} at most; got ${largest}`,
    );
  }
}
