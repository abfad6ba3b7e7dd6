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
): Readonly<Record<string, Tensor>> {
  const names = inputs.map((input) => input.name);
  return Object.fromEntries(
    tasks.flatMap(({ name, kind, state, options }) => {
      const { objective } = kind;
      if (!objective) return [];
      const [first, second] = resolveSides(name, objective.sides(options), names).map((side) =>
        encodedSide(builder, side, names, encoded),
      );
      const build = () => objective.build(builder, [first, second], state, options);
      return [[name, builder.scope(`head.${name}`, build)] as const];
    }),
  );
}

function encodedSide(
  builder: Builder,
  side: Side,
  names: readonly string[],
  encoded: readonly Part[],
): EncodedSide {
  const places = side.inputs.map((name) => names.indexOf(name));
  const features = places.map((place) => encoded[place].features);
  return {
    features:
      features.length === 1 ? features[0] : builder.graph.apply("concat", features, { axis: 1 }),
    present: places.map((place) => encoded[place].present).reduce((a, b) => a.maximum(b)),
  };
}
