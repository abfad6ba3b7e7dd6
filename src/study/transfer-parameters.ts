import type { Modality } from "../modalities/modality.ts";
import type { LearnedInput, LearnedTask } from "../train/learn.ts";
import type { WarmStart, WarmValue } from "../train/parameters.ts";
import type { TransferSource } from "./transfer-source.ts";
import { type ContinuedTask, outputSources } from "./transfer-tasks.ts";
import type { NetworkTrace, ReadSegment } from "./weight-reads.ts";

/** An input of the new model, with the one of the trained model that it continues. */
export interface ContinuedInput {
  readonly item: LearnedInput;
  readonly from: LearnedInput | undefined;
}

/** What became of one parameter. */
export interface ParameterPlan {
  readonly name: string;
  /** Its name in the trained model, where it is another. */
  readonly from?: string;
  readonly shape: readonly number[];
  readonly how: "copied" | "partly copied" | "fresh" | "unused";
  /** Numbers that were copied, and all it has. */
  readonly copied: number;
  readonly size: number;
}

/**
 * Finds the values that the parameters of a new network start from: those of the same layers of the trained one,
 * row by row for tables and for weights whose inputs changed, column by column for heads whose classes changed.
 */
export function carryParameters(
  source: TransferSource & { readonly trace: NetworkTrace },
  trace: NetworkTrace,
  inputs: readonly ContinuedInput[],
  tasks: readonly ContinuedTask<LearnedTask>[],
): CarriedParameters {
  const finder = new Finder(source, trace, inputs, tasks);
  const warmStart = new Map<string, WarmValue>();
  const used = new Set<string>();
  const plan: ParameterPlan[] = [];
  for (const { name, shape } of trace.parameters.values()) {
    const found = finder.headOf(name) ? finder.head(name, shape) : finder.layer(name, shape);
    for (const old of found?.from ?? []) used.add(old);
    if (found && found.copied > 0) warmStart.set(name, found.value);
    plan.push(planOf(name, shape, found));
  }
  for (const [name, shape] of trace.buffers) {
    const old = finder.oldName(name);
    const known = old === undefined ? undefined : source.values.get(old);
    if (known && known.shape.join() === shape.join()) warmStart.set(name, known);
  }
  for (const { name, shape } of source.trace.parameters.values())
    if (!used.has(name)) plan.push(unusedPlan(name, shape));
  return { plan, warmStart };
}

/** What parameters start from, and what became of each. */
export interface CarriedParameters {
  readonly plan: readonly ParameterPlan[];
  readonly warmStart: WarmStart;
}

/** Values found for a parameter, how many numbers of it they give, and of which parameters they are. */
export interface FoundValues {
  readonly value: WarmValue;
  readonly copied: number;
  readonly from: readonly string[];
}

export function planOf(
  name: string,
  shape: readonly number[],
  found: FoundValues | undefined,
): ParameterPlan {
  const size = shape.reduce((a, b) => a * b, 1);
  const copied = found?.copied ?? 0;
  const from = found?.from ?? [];
  const others = copied > 0 && from.join() !== name;
  return {
    name,
    ...(others ? { from: from.length > 2 ? `${from.length} parameters` : from.join(", ") } : {}),
    shape,
    how: copied === 0 ? "fresh" : copied === size ? "copied" : "partly copied",
    copied,
    size,
  };
}

export function unusedPlan(name: string, shape: readonly number[]): ParameterPlan {
  return { name, shape, how: "unused", copied: 0, size: shape.reduce((a, b) => a * b, 1) };
}

/** Values `[rows, columns]` that are found one by one: means of old ones, or none. */
export function gather(
  shape: readonly number[],
  find: (row: number, column: number) => readonly number[],
): { readonly value: WarmValue; readonly copied: number } {
  const columns = shape.at(-1) ?? 1;
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(size);
  const taken = new Uint8Array(size);
  let copied = 0;
  for (let i = 0; i < size; i++) {
    const found = find(Math.floor(i / columns), i % columns);
    if (found.length === 0) continue;
    values[i] = found.length === 1 ? found[0] : found.reduce((a, b) => a + b, 0) / found.length;
    taken[i] = 1;
    copied++;
  }
  const value = { shape: [...shape], values };
  return { value: copied === size ? value : { ...value, taken }, copied };
}

/** Where the rows and the columns of a parameter come from; −1 for what starts anew. */
interface Maps {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/** The only row of a vector. */
const one = Int32Array.of(0);

function identity(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => i);
}

function copy(
  known: WarmValue,
  shape: readonly number[],
  maps: Maps | undefined,
): { readonly value: WarmValue; readonly copied: number } | undefined {
  if (maps === undefined) return undefined;
  const { rows, columns } = maps;
  const [wide, oldWide] = [columns.length, known.shape.at(-1) ?? 1];
  const one = shape.length === 1;
  // Axes between the first and the last stay as they are.
  const middle = one ? 1 : shape.slice(1, -1).reduce((a, b) => a * b, 1);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(size);
  const taken = new Uint8Array(size);
  let copied = 0;
  for (let r = 0; r < rows.length; r++) {
    if (rows[r] < 0) continue;
    for (let m = 0; m < middle; m++) {
      const [to, from] = [(r * middle + m) * wide, (rows[r] * middle + m) * oldWide];
      for (let c = 0; c < wide; c++) {
        if (columns[c] < 0) continue;
        values[to + c] = known.values[from + columns[c]];
        taken[to + c] = 1;
        copied++;
      }
    }
  }
  const value = { shape: [...shape], values };
  return { value: copied === size ? value : { ...value, taken }, copied };
}

/** Finds parameters, rows and columns of the trained model. */
class Finder {
  private readonly source: TransferSource & { readonly trace: NetworkTrace };
  private readonly trace: NetworkTrace;
  private readonly inputs: ReadonlyMap<string, ContinuedInput>;
  private readonly tasks: ReadonlyMap<string, ContinuedTask<LearnedTask>>;

  constructor(
    source: TransferSource & { readonly trace: NetworkTrace },
    trace: NetworkTrace,
    inputs: readonly ContinuedInput[],
    tasks: readonly ContinuedTask<LearnedTask>[],
  ) {
    this.source = source;
    this.trace = trace;
    this.inputs = new Map(inputs.map((c) => [c.item.name, c]));
    this.tasks = new Map(tasks.map((c) => [c.item.name, c]));
  }

  /** The name that a parameter has in the trained model; undefined where its input or task is new. */
  oldName(name: string): string | undefined {
    const input = this.inputOf(name);
    if (input) {
      const { item, from } = input;
      return from && `encoder.${from.name}${name.slice("encoder.".length + item.name.length)}`;
    }
    let renamed = name;
    const single = [...this.tasks.values()].map(({ item, from }) => ({
      item,
      // The mean of several towers is none: what a task has before its head starts anew then.
      from: from.length === 1 ? from[0] : undefined,
    }));
    for (const { item, from } of [...single, ...this.inputs.values()]) {
      if (from?.name === item.name) continue;
      const at = placeOf(name, item.name);
      if (at < 0) continue;
      if (from === undefined) return undefined;
      renamed = name.slice(0, at) + from.name + name.slice(at + item.name.length);
    }
    return renamed;
  }

  /** The values of a parameter that is no head: those of the same layer. */
  layer(name: string, shape: readonly number[]): FoundValues | undefined {
    const old = this.oldName(name);
    const known = old === undefined ? undefined : this.source.values.get(old);
    if (old === undefined || known === undefined) return undefined;
    const found = copy(known, shape, this.maps(name, old, known.shape, shape));
    return found && { ...found, from: found.copied > 0 ? [old] : [] };
  }

  /** The tasks whose outputs the columns of a head are, one after another; undefined for what is no head. */
  headOf(
    name: string,
  ): { readonly tasks: readonly LearnedTask[]; readonly before: string } | undefined {
    const match = /^(.*\.)?head\.(.+)\.(weight|bias)$/.exec(name);
    if (match === null) return undefined;
    const [, before = "", label] = match;
    const all = [...this.tasks.values()].map(({ item }) => item);
    const own = all.filter((task) => task.name === label);
    const tasks = own.length > 0 ? own : all.filter((task) => task.group?.task === label);
    return tasks.length > 0 ? { tasks, before } : undefined;
  }

  /** Columns of a head are its tasks' outputs, each the mean of those that it continues. */
  head(name: string, shape: readonly number[]): FoundValues | undefined {
    const { tasks, before } = this.headOf(name) as NonNullable<ReturnType<Finder["headOf"]>>;
    const part = name.slice(name.lastIndexOf(".") + 1);
    const columns = tasks.flatMap(({ name: task, kind, state }) => {
      const continued = this.tasks.get(task) as ContinuedTask<LearnedTask>;
      const fresh = Array.from({ length: kind.outputSize(state) }, () => []);
      const averaged = continued.from.length > 1 && this.hasTower(task);
      return (averaged ? undefined : outputSources(continued)) ?? fresh;
    });
    // Heads of the parts of a model may have more outputs than the task itself.
    if (columns.length !== shape.at(-1)) return undefined;
    const from = new Set<string>();
    const places = columns.map((sources) =>
      sources.flatMap(({ task, output }) => {
        const old = this.oldColumn(before, part, task, output);
        const known = old && this.source.values.get(old.name);
        if (!known || known.shape.length !== shape.length) return [];
        const rows = shape.length === 1 ? one : this.rows(name, old.name, known.shape[0], shape[0]);
        return rows ? [{ ...old, known, rows }] : [];
      }),
    );
    const found = gather(shape, (row, column) =>
      places[column].flatMap(({ name: old, known, column: at, rows }) => {
        if (rows[row] < 0) return [];
        from.add(old);
        return [known.values[rows[row] * (known.shape.at(-1) ?? 1) + at]];
      }),
    );
    return { ...found, from: [...from] };
  }

  /** Where the trained model has an output: in a head of the task's own, or in one of all values together. */
  private oldColumn(before: string, part: string, task: LearnedTask, output: number) {
    const { values } = this.source;
    const own = `${before}head.${task.name}.${part}`;
    if (values.has(own)) return { name: own, column: output };
    if (task.group === undefined) return undefined;
    const members = this.source.tasks.filter((t) => t.group?.task === task.group?.task);
    const place = members.findIndex((t) => t.name === task.name);
    const size = task.kind.outputSize(task.state);
    return { name: `${before}head.${task.group.task}.${part}`, column: place * size + output };
  }

  /** Whether a task has layers of its own before its head. */
  private hasTower(task: string): boolean {
    const named = [...this.trace.parameters.keys()].filter((name) => placeOf(name, task) >= 0);
    return named.some((name) => !this.headOf(name));
  }

  private inputOf(name: string): ContinuedInput | undefined {
    if (!name.startsWith("encoder.")) return undefined;
    const found = [...this.inputs.values()].filter(({ item }) =>
      name.startsWith(`encoder.${item.name}.`),
    );
    return found.sort((a, b) => b.item.name.length - a.item.name.length)[0];
  }

  /** Where the parts of a parameter come from; undefined where the shapes say that it is another layer. */
  maps(
    name: string,
    old: string,
    from: readonly number[],
    to: readonly number[],
  ): Maps | undefined {
    if (from.length !== to.length) return undefined;
    if (from.slice(1, -1).join() !== to.slice(1, -1).join()) return undefined;
    const [before, after] = [from.at(-1) ?? 1, to.at(-1) ?? 1];
    if (before !== after) return undefined;
    const columns = identity(after);
    if (to.length === 1) return { rows: one, columns };
    const rows = this.rows(name, old, from[0], to[0]);
    return rows && { rows, columns };
  }

  private rows(name: string, old: string, from: number, to: number): Int32Array | undefined {
    const input = this.inputOf(name);
    if (input?.from) {
      const own = name.slice("encoder.".length + input.item.name.length + 1);
      const map = input.item.modality.carry?.rows?.(input.from.state, input.item.state)[own];
      if (map) return map.length === to ? map : undefined;
    }
    const now = this.trace.reads.get(name);
    const before = this.source.trace.reads.get(old);
    const whole = (list: readonly ReadSegment[] | undefined, size: number) =>
      list !== undefined && list.reduce((sum, s) => sum + s.width, 0) === size;
    if (now && before && whole(now, to) && whole(before, from)) return this.segments(before, now);
    return from === to ? identity(to) : undefined;
  }

  /** Rows of a weight by the features that they read: those of one input, or a mixture of several. */
  private segments(before: readonly ReadSegment[], now: readonly ReadSegment[]): Int32Array {
    const places = new Map<string, { start: number; width: number }[]>();
    let start = 0;
    const alone = before.length === 1 && now.length === 1;
    for (const { inputs, width } of before) {
      const key = alone ? mixture : keyOf(inputs);
      places.set(key, [...(places.get(key) ?? []), { start, width }]);
      start += width;
    }
    const seen = new Map<string, number>();
    const rows: number[] = [];
    for (const { inputs, width } of now) {
      const old = inputs.map((name) => this.inputs.get(name)?.from?.name);
      const key = alone ? mixture : keyOf(old);
      const count = seen.get(key) ?? 0;
      seen.set(key, count + 1);
      const isNew = inputs.length > 0 && old.every((name) => name === undefined);
      const place = isNew ? undefined : places.get(key)?.[count];
      const map = place && this.features(inputs, place.width, width);
      for (let i = 0; i < width; i++)
        rows.push(place && map && map[i] >= 0 ? place.start + map[i] : -1);
    }
    return Int32Array.from(rows);
  }

  /** Where the features of a piece come from within the old piece. */
  private features(inputs: readonly string[], from: number, to: number): Int32Array | undefined {
    const only = inputs.length === 1 ? this.inputs.get(inputs[0]) : undefined;
    if (only?.from) {
      const modality: Modality = only.item.modality;
      const map = modality.carry?.outputs?.(only.from.state, only.item.state);
      if (map && map.length === to) return map;
    }
    return from === to ? identity(to) : undefined;
  }
}

/** Stands for features that several inputs have made together, whichever they are. */
const mixture = "several inputs";

function keyOf(inputs: readonly (string | undefined)[]): string {
  return inputs.length === 1 ? `one input: ${inputs[0]}` : mixture;
}

/** Where a name stands as whole words between dots, less at the very start; −1 where it does not. */
function placeOf(name: string, part: string): number {
  const at = name.indexOf(`.${part}.`);
  return at < 0 ? -1 : at + 1;
}
