import type { z } from "zod";
import type { Choice } from "../core/choice.ts";
import type { ModalityName, modalities } from "../modalities/modalities.ts";
import type { TaskKindName, taskKinds } from "../tasks/tasks.ts";

/** Options as they are written: any may be left out, and a choice may be its name alone. */
type Given<T> = { readonly [K in keyof T]?: T[K] extends Choice ? string | Choice : T[K] };

/** Options of a kind of input; what is left out has its default. */
export type InputOptions<K extends ModalityName> = Given<
  z.output<(typeof modalities)[K]["options"]>
> & {
  /** Column of the table; the input's name where absent. */
  readonly column?: string;
  /** Of a series: several columns, or a pattern of their names, in the place of `column`. */
  readonly columns?: string | readonly string[];
};

/** An input of some kind, as `inputs` of `train` takes it. */
export interface InputDeclaration<K extends ModalityName = ModalityName> {
  readonly type: K;
  readonly column?: string;
}

/** Options of a kind of task; what is left out has its default. */
export type TaskOptions<K extends TaskKindName> = Partial<
  z.output<(typeof taskKinds)[K]["options"]>
> & {
  /** Column of the table; the task's name where absent. */
  readonly column?: string;
  /** λ in the joint loss, between 0 and 1; 1 over the number of tasks where absent. */
  readonly weight?: number;
  /** Column whose values have rows, and a task, of their own. */
  readonly by?: string;
  /** Beside `by`: how much the values count against each other; 1 where absent. */
  readonly weights?: Readonly<Record<string, number>>;
};

/** A task of some kind, as `tasks` of `train` takes it. */
export interface TaskDeclaration<K extends TaskKindName = TaskKindName> {
  readonly type: K;
  readonly column?: string;
  readonly weight?: number;
}

/** What a model says of one row about a task of some kind. */
export type PredictionOf<T extends TaskDeclaration> = ReturnType<
  (typeof taskKinds)[T["type"]]["decode"]
>;

/** What a model says of one row: an object a task. */
export type Predictions<T extends Readonly<Record<string, TaskDeclaration>>> = {
  readonly [N in keyof T]: PredictionOf<T[N]>;
};

function input<K extends ModalityName>(type: K) {
  return (options?: InputOptions<K>): InputDeclaration<K> => ({ ...options, type });
}

function task<K extends TaskKindName>(type: K) {
  return (options?: TaskOptions<K>): TaskDeclaration<K> => ({ ...options, type });
}

/** Measurements and amounts. */
export const number = input("number");
/** A few distinct values: codes, names of kinds. */
export const category = input("category");
/** Yes or no. */
export const boolean = input("boolean");
/** Dates and times. */
export const datetime = input("datetime");
/** Places: latitude and longitude. */
export const geo = input("geo");
/** Any number of words or codes at once, in no order. */
export const set = input("set");
/** Lists of numbers, as many in every row. */
export const vector = input("vector");
/** Numbers in order of time, of any length, one or several a step. */
export const series = input("series");
/** Words in any language. */
export const text = input("text");
/** Pictures: paths or encoded bytes. */
export const image = input("image");
/** Sounds: paths or encoded bytes. */
export const audio = input("audio");

/** A number to predict. */
export const regression = task("regression");
/** One of two classes. */
export const binary = task("binary");
/** One of several classes. */
export const multiclass = task("multiclass");
/** Any number of labels at once. */
export const multilabel = task("multilabel");
/** One of several levels that have an order. */
export const ordinal = task("ordinal");
/** How many: 0, 1, 2, … */
export const count = task("count");
/** Vectors of two inputs that are alike where they belong together. */
export const contrastive = task("contrastive");
/** Vectors of two inputs that are as correlated as can be. */
export const cca = task("cca");
/** One input predicted from another. */
export const reconstruction = task("reconstruction");
