/**
 * The contract of what a task builds that reads no labels: it compares inputs with each other. A row's
 * answer is then the row itself: what belongs to one input is to be found from the other.
 */
import type { Tensor } from "../compiler/graph.ts";
import { ConfigError, didYouMean, show } from "../core/errors.ts";
import type { Builder } from "../nn/builder.ts";
import type { Answers } from "./answers.ts";

/** One of the two things that such a task compares: an input, or several side by side. */
export interface Side {
  /** As the options name it; also the name of its output. */
  readonly name: string;
  /** Names of its inputs, in their order. */
  readonly inputs: readonly string[];
}

/** A side as the network gives it, before inputs are fused. */
export interface EncodedSide {
  /** `[B, D]`: the encoded inputs side by side, a learned vector where one is missing. */
  readonly features: Tensor;
  /** `[B, 1]`: 1 where one of its inputs is there. */
  readonly present: Tensor;
}

export interface Objective<Options = unknown, State = unknown> {
  /** The two sides as options name them; the second is what the first is to find. */
  sides(options: Options): readonly [string, string];
  /** The column of classes that it reads, if any. */
  column?(options: Options): string | undefined;
  /** Whether a row's loss looks at the other rows of its batch. */
  readonly comparesRows: boolean;
  /** For kinds whose labels may be the cells of the second side; such tasks have no vectors to compare. */
  readonly answers?: Answers<Options, State>;
  /**
   * Traces the raw outputs `[B, outputSize]`. What belongs to a side is computed from that side alone,
   * and is 0 in rows where it is missing. Names of parameters start at the caller's scope.
   * @throws ConfigError CONFIG_INVALID whose message starts with the option's path.
   */
  build(
    builder: Builder,
    sides: readonly [EncodedSide, EncodedSide],
    state: State,
    options: Options,
  ): Tensor;
}

/**
 * The inputs of two sides. A side is the name of an input, or several joined by `+`, in which `*` stands
 * for any characters.
 * @throws ConfigError CONFIG_INVALID for a name that is no input's, and for an input on both sides or
 *   twice on one.
 */
export function resolveSides(
  task: string,
  sides: readonly [string, string],
  inputs: readonly string[],
): readonly [Side, Side] {
  const [first, second] = sides.map((side) => ({
    name: side,
    inputs: inputsOf(task, side, inputs),
  }));
  const both = first.inputs.find((name) => second.inputs.includes(name));
  if (both !== undefined) {
    throw refused(task, "two sides without a common input", `${both} on both`, [
      "a row is found by its other side: name different inputs",
    ]);
  }
  return [first, second];
}

function inputsOf(task: string, side: string, inputs: readonly string[]): string[] {
  if (inputs.includes(side)) return [side];
  const found: string[] = [];
  for (const word of side.split("+").map((one) => one.trim())) {
    const matching = word.includes("*") ? inputs.filter(patternOf(word)) : [word];
    if (matching.length === 0 || matching.some((name) => !inputs.includes(name))) {
      const near = didYouMean(word, inputs);
      throw refused(
        task,
        `names of inputs (${inputs.slice(0, 12).join(", ")}${inputs.length > 12 ? ", …" : ""}), joined by "+", "*" for any characters`,
        show(word),
        near === undefined ? [] : [`did you mean ${near}?`],
      );
    }
    const twice = matching.find((name) => found.includes(name));
    if (twice !== undefined) throw refused(task, "each input once", `${twice} twice`);
    found.push(...matching);
  }
  return found;
}

function patternOf(word: string): (name: string) => boolean {
  const escaped = word.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${escaped.join(".*")}$`, "u");
  return (name) => pattern.test(name);
}

function refused(
  task: string,
  expected: string,
  came: string,
  [hint]: readonly string[] = [],
): ConfigError {
  return new ConfigError("CONFIG_INVALID", `tasks.${task}.inputs: ${expected}; got ${came}`, {
    hint,
    details: { path: ["tasks", task, "inputs"] },
  });
}
