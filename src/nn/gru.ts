/** Gated recurrent units. */
import { affine, split, stack } from "../compiler/compose.ts";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder, Initializer } from "./builder.ts";
import { xavier, zeros } from "./initializers.ts";
import { orthogonal } from "./orthogonal.ts";
import type { Sequence } from "./sequence.ts";

/** So large that its sigmoid is exactly 1, in 32 bits and in 64. */
const certain = 1e4;

/** `hidden` columns a gate, each gate's filled by itself. */
function perGate(hidden: number, fill: Initializer): Initializer {
  return (out, shape, random) => {
    const gate = new Float32Array(shape[0] * hidden);
    for (let g = 0; g < 3; g++) {
      fill(gate, [shape[0], hidden], random);
      for (let row = 0; row < shape[0]; row++) {
        out.set(gate.subarray(row * hidden, (row + 1) * hidden), row * 3 * hidden + g * hidden);
      }
    }
  };
}

/**
 * The states of a gated recurrent unit after each step, `[B, T, hidden]`. A step with mask 0 leaves the
 * state as it is, so padding changes nothing on either side. Gates lie side by side: reset, keep, new, in
 * `name.input [D, 3·hidden]`, `name.state [hidden, 3·hidden]` and their biases. The reset gate acts after
 * the product with the state, as in cuDNN and PyTorch. @cite cho2014
 * @param reverse whether to begin at the end.
 */
export function gru(
  builder: Builder,
  name: string,
  { values, mask }: Sequence,
  hidden: number,
  reverse = false,
): Tensor {
  const [, steps, width] = values.shape;
  return builder.scope(name, () => {
    const gates = [hidden, hidden, hidden];
    const input = builder.parameter("input", [width, 3 * hidden], perGate(hidden, xavier));
    const state = builder.parameter("state", [hidden, 3 * hidden], perGate(hidden, orthogonal));
    const inputBias = builder.parameter("inputBias", [3 * hidden], zeros, { decay: false });
    const stateBias = builder.parameter("stateBias", [3 * hidden], zeros, { decay: false });
    // Steps first, so that one step's rows lie together; the inputs of all steps in one product.
    const from = affine(values.transpose([1, 0, 2]), input, inputBias);
    // Where a step is absent the keep gate is 1. Said once for all steps, this costs them nothing.
    const ofKeep = Float64Array.from({ length: 3 * hidden }, (_, i) =>
      i >= hidden && i < 2 * hidden ? certain : 0,
    );
    const absent = mask.neg().add(1).transpose([1, 0]).unsqueeze(2);
    const told = from.add(absent.mul(builder.graph.constant(ofKeep)));
    const states = new Array<Tensor>(steps);
    let h: Tensor | undefined;
    for (let i = 0; i < steps; i++) {
      const t = reverse ? steps - 1 - i : i;
      const given = split(told.slice(0, t, t + 1).squeeze(0), gates);
      const own = h ? split(affine(h, state, stateBias), gates) : split(stateBias, gates, 0);
      const r = given[0].add(own[0]).sigmoid();
      const z = given[1].add(own[1]).sigmoid();
      const n = given[2].add(r.mul(own[2])).tanh();
      h = h ? n.add(z.mul(h.sub(n))) : n.sub(z.mul(n));
      states[t] = h;
    }
    return stack(states, 1);
  });
}
