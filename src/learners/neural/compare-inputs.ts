import type { Tensor } from "../../compiler/graph.ts";
import type { Part } from "../../fusion/fusion.ts";
import type { Builder } from "../../nn/builder.ts";
import { type EncodedSide, resolveSides, type Side } from "../../tasks/objective.ts";
import type { ProblemInput, ProblemTask } from "../../train/problem.ts";

/**
 * The raw outputs of the tasks that compare inputs, from the inputs as they are encoded, before fusion:
 * the encoders are theirs as well as the other tasks'.
 */
export function compareInputs(
  builder: Builder,
  tasks: readonly ProblemTask[],
  inputs: readonly ProblemInput[],
  encoded: readonly Part[],
  fed: Readonly<Record<string, Tensor>>,
): Readonly<Record<string, Tensor>> {
  const names = inputs.map((input) => input.name);
  return Object.fromEntries(
    tasks.flatMap(({ name, kind, state, options }) => {
      const { objective } = kind;
      if (!objective) return [];
      const [first, second] = resolveSides(name, objective.sides(options), names).map((side) =>
        encodedSide(builder, side, inputs, encoded, fed),
      );
      const build = () => objective.build(builder, [first, second], state, options);
      return [[name, builder.scope(`head.${name}`, build)] as const];
    }),
  );
}

function encodedSide(
  builder: Builder,
  side: Side,
  inputs: readonly ProblemInput[],
  encoded: readonly Part[],
  fed: Readonly<Record<string, Tensor>>,
): EncodedSide {
  const places = side.inputs.map((name) => inputs.findIndex((input) => input.name === name));
  const beside = (tensors: readonly Tensor[]) =>
    tensors.length === 1 ? tensors[0] : builder.graph.apply("concat", tensors, { axis: 1 });
  const cells = places.flatMap((place) => cellsOf(inputs[place], fed) ?? []);
  return {
    features: beside(places.map((place) => encoded[place].features)),
    present: places.map((place) => encoded[place].present).reduce((a, b) => a.maximum(b)),
    cells: cells.length === places.length ? beside(cells) : undefined,
  };
}

/** What an input's cells hold, where its modality says so. */
function cellsOf(
  { name, modality, state }: ProblemInput,
  fed: Readonly<Record<string, Tensor>>,
): Tensor | undefined {
  const feeds = modality.network.feeds(state).map((f) => [f.name, fed[`${name}.${f.name}`]]);
  return modality.network.cells?.(Object.fromEntries(feeds), state);
}
