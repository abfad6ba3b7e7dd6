import type { Tensor } from "../compiler/graph.ts";
import type { Builder, ParameterSpec } from "../nn/builder.ts";

/** A parameter that a layer asked for. */
export interface TracedParameter {
  readonly spec: ParameterSpec;
  readonly tensor: Tensor;
}

/** Runs `build` and lists the parameters that it asked for first, in order. */
export function traced<T>(
  builder: Builder,
  build: () => T,
): { readonly result: T; readonly parameters: readonly TracedParameter[] } {
  const before = builder.parameters.size;
  const result = build();
  const parameters = [...builder.parameters.values()]
    .slice(before)
    .map((spec) => ({ spec, tensor: builder.graph.input(spec.name, spec.shape) }));
  return { result, parameters };
}
