import { CompileError, ShapeError } from "../../core/errors.ts";
import { sameShape, showShape, sizeOf } from "../../core/shape.ts";
import type { Tensor } from "../graph.ts";
import { int } from "../onnx/emitter.ts";
import type { OpRow, OpTable } from "../op.ts";
import { scanNames, traceScanBody } from "../scan-body.ts";

function join(parts: readonly Tensor[]): Tensor {
  return parts[0].graph.apply("concat", parts, { axis: 0 });
}

const row: OpRow<"scan"> = {
  summary: "States of a recurrence: s_t = body(s_{t−1}, x_t, c), for every t.",
  traits: [],
  infer: ([state, ...rest], { body, sequences }) => {
    const steps = rest[0]?.shape[0];
    for (const x of rest.slice(0, sequences)) {
      if (x.shape.length === 0 || x.shape[0] !== steps) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `scan: sequences of one length; got ${rest
            .slice(0, sequences)
            .map((t) => showShape(t.shape))
            .join(", ")}`,
        );
      }
    }
    if (sequences < 1 || !sameShape(body.output.shape, state.shape)) {
      throw new ShapeError(
        "SHAPE_MISMATCH",
        `scan: at least one sequence, and a state of shape ${showShape(body.output.shape)}; got ${showShape(state.shape)}`,
      );
    }
    return { shape: [steps, ...state.shape], dtype: state.dtype };
  },
  // The cotangent λ of the state runs backwards: (λ, ∂x_t, ∂c) = vjp of the body at step t. All three travel
  // in one flat state, so the backward pass is a scan too.
  vjp: (
    g,
    { inputs: [state, ...rest], output, params: { body, sequences, reverse }, differentiate },
  ) => {
    const xs = rest.slice(0, sequences);
    const cs = rest.slice(sequences);
    const steps = output.shape[0];
    const kept = reverse ? output.slice(0, 1, steps) : output.slice(0, 0, steps - 1);
    const first = state.unsqueeze(0);
    const before = reverse ? join([kept, first]) : join([first, kept]);
    const names = scanNames(sequences, cs.length);
    const widths = [state.size, ...xs.map((x) => x.size / steps), ...cs.map((c) => c.size)];
    const starts = widths.map((_, i) => widths.slice(0, i).reduce((a, b) => a + b, 0));
    const total = widths.reduce((a, b) => a + b, 0);
    const backward = (flat: Tensor, now: readonly Tensor[], same: readonly Tensor[]): Tensor => {
      const { graph } = flat;
      const [cotangent, previous, ...x] = now;
      const operands = [previous, ...x, ...same];
      const next = body.inline(Object.fromEntries(names.map((n, i) => [n, operands[i]])), graph);
      const lambda = flat.slice(0, 0, widths[0]).reshape(state.shape).add(cotangent);
      const parts = differentiate(next, lambda, operands).map((part, i) => {
        const own = part.reshape([widths[i]]);
        // Constants collect their cotangents over all steps.
        return i > sequences ? own.add(flat.slice(0, starts[i], starts[i] + widths[i])) : own;
      });
      return join(parts);
    };
    const sequencesBack = [g, before, ...xs];
    const zero = g.graph.zeros([total], g.dtype);
    const traced = traceScanBody(g.graph.fresh(), backward, zero, sequencesBack, cs);
    const states = g.graph.apply("scan", [zero, ...sequencesBack, ...cs], {
      body: traced,
      sequences: sequencesBack.length,
      reverse: !reverse,
    });
    const end = reverse ? steps - 1 : 0;
    const last = states.slice(0, end, end + 1).reshape([total]);
    const piece = (i: number) => last.slice(0, starts[i], starts[i] + widths[i]);
    return [
      piece(0).reshape(state.shape),
      ...xs.map((x, i) =>
        states.slice(1, starts[i + 1], starts[i + 1] + widths[i + 1]).reshape(x.shape),
      ),
      ...cs.map((c, i) => piece(i + 1 + sequences).reshape(c.shape)),
    ];
  },
  // ONNX's own Scan is slower than the same steps written out.
  onnx: (emit, inputs, node) => {
    const { body, sequences, reverse } = node.params;
    const [steps] = node.shape;
    const names = scanNames(sequences, inputs.length - 1 - sequences);
    const states = new Array<string>(steps);
    let [state] = inputs;
    for (let i = 0; i < steps; i++) {
      const t = reverse ? steps - 1 - i : i;
      const operands = inputs.map((value, k) => {
        if (k === 0) return state;
        if (k > sequences) return value;
        const [slice] = emit.node("Slice", [
          value,
          emit.int64([t]),
          emit.int64([t + 1]),
          emit.int64([0]),
        ]);
        return emit.node("Squeeze", [slice, emit.int64([0])])[0];
      });
      state = emit.inline(
        [body.output],
        Object.fromEntries(names.map((n, k) => [n, operands[k]])),
      )[0];
      states[t] = emit.node("Unsqueeze", [state, emit.int64([0])])[0];
    }
    return emit.node("Concat", states, { axis: int(0) })[0];
  },
  js: {
    kernel: () => {
      throw new CompileError("scan: a compiled body; got a call without one");
    },
    prepare: (node, compile) => {
      const { body, sequences, reverse } = node.params;
      const step = compile([body.output]);
      const names = scanNames(sequences, node.inputs.length - 1 - sequences);
      const [steps] = node.shape;
      const size = sizeOf(node.shape.slice(1));
      return (out, inputs) => {
        const feeds: Record<string, Float64Array> = {};
        inputs.forEach((value, k) => {
          feeds[names[k]] = value;
        });
        for (let i = 0; i < steps; i++) {
          const t = reverse ? steps - 1 - i : i;
          for (let k = 1; k <= sequences; k++) {
            const width = inputs[k].length / steps;
            feeds[names[k]] = inputs[k].subarray(t * width, (t + 1) * width);
          }
          const at = out.subarray(t * size, (t + 1) * size);
          at.set(step.run(feeds)[0]);
          feeds.state = at;
        }
      };
    },
  },
  // A body is traced in a graph, which this file must not make: src/compiler/scan.test.ts has the samples.
  samples: [],
};

/** Recurrences. */
export const scan: Pick<OpTable, "scan"> = { scan: row };
