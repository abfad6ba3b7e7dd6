/** The fits of one member of a stack: on all rows, and what it says of rows that it has not learned from. */
import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { Random } from "../../core/random.ts";
import type { RowStore } from "../../data/rows.ts";
import type { Problem, ProblemTask } from "../../train/problem.ts";
import { subsetPart } from "../../train/subset.ts";
import type { FitOptions, Fitted } from "../learner.ts";
import { entriesOf, type Member, memberProblem, memberStore, tasksOf } from "./members.ts";

type Raw = Record<string, Float32Array>;

/** Copies of a member, of which the mean counts. */
export class FittedMember {
  readonly parameters: number;
  private readonly member: Member;
  private readonly tasks: readonly ProblemTask[];
  private readonly copies: readonly Fitted[];

  constructor(member: Member, tasks: readonly ProblemTask[], copies: readonly Fitted[]) {
    this.member = member;
    this.tasks = tasksOf(member, tasks);
    this.copies = copies;
    this.parameters = copies.reduce((sum, c) => sum + c.parameters, 0);
  }

  /** Raw outputs a task of the member, for some rows of the stack's store. */
  async predict(store: RowStore, rows: Int32Array): Promise<Raw> {
    const own = memberStore(this.member, this.tasks, store);
    const each: Raw[] = [];
    for (const copy of this.copies) each.push(await copy.predict(own, rows));
    return Object.fromEntries(
      this.tasks.map(({ name }) => [name, meanOf(each.map((e) => e[name]))]),
    );
  }

  /** Emits the mean of its copies, of the stack's values. */
  emit(onnx: OnnxBuilder, values: Readonly<Record<string, string>>): Record<string, string> {
    const own = entriesOf(this.member, this.tasks, Object.keys(values));
    const given = Object.fromEntries(own.map(({ from, to }) => [to, values[from]]));
    const each = this.copies.map((copy) => copy.emit(onnx, given));
    if (each.length === 1) return each[0];
    return Object.fromEntries(
      this.tasks.map(({ name }) => [
        name,
        onnx.node(
          "Mean",
          each.map((raw) => raw[name]),
        )[0],
      ]),
    );
  }

  dispose(): void {
    for (const copy of this.copies) copy.dispose();
  }
}

function meanOf(each: readonly Float32Array[]): Float32Array {
  if (each.length === 1) return each[0];
  return each[0].map((_, i) => each.reduce((sum, one) => sum + one[i], 0) / each.length);
}

export interface MemberFits {
  readonly fitted: FittedMember;
  /** Raw outputs a task of all training rows, each by fits that have not seen the row. */
  readonly outOfFold: Raw;
}

/**
 * Fits a member on all training rows and, for each fold, on the others. What it chooses by cross-validation of
 * its own it chooses once, on all of them.
 */
export async function fitMember(
  member: Member,
  problem: Problem,
  folds: readonly Int32Array[],
  { training, threads, signal }: FitOptions,
  progress: () => void,
): Promise<MemberFits> {
  const options = { training, threads, signal };
  const whole = memberProblem(member, problem);
  const config = (await member.family.settle?.(whole, member.config, options)) ?? member.config;
  const learn = async (of: Problem): Promise<FittedMember> => {
    const copies: Fitted[] = [];
    try {
      for (let copy = 0; copy < member.copies; copy++) {
        const seed = seedOf(problem.seed, copy);
        copies.push(await member.family.fit({ ...of, seed }, config, options));
      }
    } catch (error) {
      for (const one of copies) one.dispose();
      throw error;
    }
    progress();
    return new FittedMember(member, problem.tasks, copies);
  };
  const outOfFold = Object.fromEntries(
    whole.tasks.map((t) => [
      t.name,
      new Float32Array(problem.train.store.rows * t.kind.outputSize(t.state)),
    ]),
  );
  for (const [f, held] of folds.entries()) {
    const learned = folds.flatMap((one, other) => (other === f ? [] : [...one]));
    const rows = Int32Array.from(learned).sort();
    const one = await learn({ ...whole, train: subsetPart(whole.train, rows) });
    try {
      scatter(await one.predict(problem.train.store, held), held, whole.tasks, outOfFold);
    } finally {
      one.dispose();
    }
  }
  return { fitted: await learn(whole), outOfFold };
}

/** The first copy has the seed of the run. */
function seedOf(seed: number, copy: number): number {
  return copy === 0 ? seed : Random.from(seed, "stacking", "copy", copy).integer(2 ** 31);
}

function scatter(
  raw: Readonly<Raw>,
  rows: Int32Array,
  tasks: readonly ProblemTask[],
  into: Readonly<Raw>,
): void {
  for (const { name, kind, state } of tasks) {
    const size = kind.outputSize(state);
    rows.forEach((row, i) => {
      into[name].set(raw[name].subarray(i * size, (i + 1) * size), row * size);
    });
  }
}
