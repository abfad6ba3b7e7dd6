import type { Modality } from "../modalities/modality.ts";
import type { LearnedInput, LearnedTask } from "../train/learn.ts";
import type { WarmStart, WarmValue } from "../train/parameters.ts";
import type { TransferSource } from "./transfer-source.ts";
import type { NetworkTrace, ReadSegment } from "./weight-reads.ts";

/** An input or a task of the new model, with the one of the trained model that it continues. */
export interface Continued<Item> {
  readonly item: Item;
  readonly from: Item | undefined;
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
  source: TransferSource,
  trace: NetworkTrace,
  inputs: readonly Continued<LearnedInput>[],
  tasks: readonly Continued<LearnedTask>[],
): { readonly plan: readonly ParameterPlan[]; readonly warmStart: WarmStart } {
  const finder = new Finder(source, trace, inputs, tasks);
  const warmStart = new Map<string, WarmValue>();
  const used = new Set<string>();
  const plan: ParameterPlan[] = [];
  for (const { name, shape } of trace.parameters.values()) {
    const size = shape.reduce((a, b) => a * b, 1);
    const old = finder.oldName(name);
    const known = old === undefined ? undefined : source.values.get(old);
    const found =
      old !== undefined && known && copy(known, shape, finder.maps(name, old, known.shape, shape));
    const copied = found ? found.copied : 0;
    if (found && copied > 0) {
      used.add(old);
      warmStart.set(name, found.value);
    }
    plan.push({
      name,
      ...(old !== name && copied > 0 ? { from: old } : {}),
      shape,
      how: copied === 0 ? "fresh" : copied === size ? "copied" : "partly copied",
      copied,
      size,
    });
  }
  for (const [name, shape] of trace.buffers) {
    const old = finder.oldName(name);
    const known = old === undefined ? undefined : source.values.get(old);
    if (known && known.shape.join() === shape.join()) warmStart.set(name, known);
  }
  for (const { name, shape } of source.trace.parameters.values()) {
    if (used.has(name)) continue;
    const size = shape.reduce((a, b) => a * b, 1);
    plan.push({ name, shape, how: "unused", copied: 0, size });
  }
  return { plan, warmStart };
}

/** Where the rows and the columns of a parameter come from; −1 for what starts anew. */
interface Maps {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

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
  private readonly source: TransferSource;
  private readonly trace: NetworkTrace;
  private readonly inputs: ReadonlyMap<string, Continued<LearnedInput>>;
  private readonly tasks: ReadonlyMap<string, Continued<LearnedTask>>;

  constructor(
    source: TransferSource,
    trace: NetworkTrace,
    inputs: readonly Continued<LearnedInput>[],
    tasks: readonly Continued<LearnedTask>[],
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
    for (const { item, from } of [...this.tasks.values(), ...this.inputs.values()]) {
      if (from?.name === item.name) continue;
      const at = placeOf(name, item.name);
      if (at < 0) continue;
      if (from === undefined) return undefined;
      renamed = name.slice(0, at) + from.name + name.slice(at + item.name.length);
    }
    return renamed;
  }

  private inputOf(name: string): Continued<LearnedInput> | undefined {
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
    const columns = this.columns(name, from, to);
    if (columns === undefined) return undefined;
    if (to.length === 1) return { rows: Int32Array.of(0), columns };
    const rows = this.rows(name, old, from[0], to[0]);
    return rows && { rows, columns };
  }

  /** Columns of a head are the task's outputs; all others stay as they are. */
  private columns(
    name: string,
    from: readonly number[],
    to: readonly number[],
  ): Int32Array | undefined {
    const task = [...this.tasks.values()].find(({ item }) =>
      new RegExp(`(^|\\.)head\\.${escaped(item.name)}\\.(weight|bias)$`).test(name),
    );
    const [before, after] = [from.at(-1) ?? 1, to.at(-1) ?? 1];
    if (task) {
      const { item, from: old } = task;
      const map = old && item.kind.carries?.(old.state, item.state);
      // Heads of the parts of a model may have more outputs than the task itself.
      if (map === undefined || map.length !== after) return undefined;
      return map;
    }
    return before === after ? identity(after) : undefined;
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

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
