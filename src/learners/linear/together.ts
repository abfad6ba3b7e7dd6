import { lbfgs } from "../../optim/lbfgs.ts";
import type { Objective } from "../../optim/objective.ts";
import { elasticNet, type Penalty } from "../../optim/prox.ts";
import { proximal } from "../../optim/proximal.ts";
import type { WeightLayout } from "../../regularizers/regularizer.ts";
import type { Design } from "./design.ts";
import type { TaskLosses } from "./loss.ts";
import type { SolveOptions, Strength, TaskSolution } from "./solve.ts";
import type { Tie } from "./tie.ts";

export interface Together {
  readonly strengths: readonly Strength[];
  /** What each task counts in the sum. */
  readonly shares: readonly number[];
  readonly tie: Tie;
  /** The matrix that is tied: the weights, or the weights and below them the intercepts. */
  readonly layout: WeightLayout;
  /** Value of the feature whose weights the intercepts are, to the solver. */
  readonly constant: number;
}

export interface TogetherSolution extends TaskSolution {
  /** ‖·‖₂ of each matrix of a decomposition. */
  readonly parts?: Readonly<Record<string, number>>;
}

/** What regularisers see of a design; the intercepts are the last row where they are tied too. */
export function layoutOf(design: Design, withIntercepts: boolean): WeightLayout {
  return {
    features: design.features + (withIntercepts ? 1 : 0),
    outputs: design.outputs,
    tasks: design.tasks.map(({ task, start, size }) => ({ name: task.name, start, size })),
  };
}

/**
 * Minimises the sum of all tasks' mean losses, their elastic nets and a penalty that ties tasks, on
 * the whole matrix at once. A decomposition W = P + Q is solved in P and Q.
 * @param x where to start, `[features + 1, outputs]`; becomes the solution.
 */
export async function solveTogether(
  design: Design,
  loss: TaskLosses,
  together: Together,
  x: Float64Array,
  options: SolveOptions,
): Promise<TogetherSolution> {
  const { strengths, shares, tie, layout, constant } = together;
  const tied = layout.features * layout.outputs;
  const { tolerance, maxIterations } = options;
  const objective = jointObjective(design, loss, together, options);
  const intercepts = x.subarray(design.features * design.outputs);
  scale(intercepts, 1 / constant);
  const lasso = lassoOf(design, strengths, shares);
  if (tie.parts === undefined || tie.parts.length === 1) {
    const [part] = tie.parts ?? [];
    const penalty: Penalty | undefined = part
      ? {
          value: (w) => part.value(w.subarray(0, tied)),
          prox: (w, step) => part.prox(w.subarray(0, tied), step),
        }
      : lasso;
    const found =
      penalty || options.solver === "proximal"
        ? await proximal(objective, penalty ?? elasticNet(0), x, { tolerance, maxIterations })
        : await lbfgs(objective, x, { tolerance, maxIterations, memory: 10 }).then((r) => ({
            ...r,
            residual: r.gradientNorm,
          }));
    x.set(found.x);
    scale(intercepts, constant);
    const { status, iterations, value, residual } = found;
    return { status, iterations, value, residual };
  }

  // The first part starts with all weights, the others at 0; what is not tied comes last.
  const { parts } = tie;
  const rest = x.length - tied;
  const start = new Float64Array(parts.length * tied + rest);
  start.set(x.subarray(0, tied));
  start.set(x.subarray(tied), parts.length * tied);
  const sum = new Float64Array(x.length);
  const slope = new Float64Array(x.length);
  const partOf = (stacked: Float64Array, p: number) => stacked.subarray(p * tied, (p + 1) * tied);
  const collect = (stacked: Float64Array, into: Float64Array) => {
    into.fill(0, 0, tied);
    for (let p = 0; p < parts.length; p++) {
      const part = partOf(stacked, p);
      for (let i = 0; i < tied; i++) into[i] += part[i];
    }
    into.set(stacked.subarray(parts.length * tied), tied);
  };
  const found = await proximal(
    async (stacked, gradient) => {
      collect(stacked, sum);
      const value = await objective(sum, slope);
      for (let p = 0; p < parts.length; p++) gradient.set(slope.subarray(0, tied), p * tied);
      gradient.set(slope.subarray(tied), parts.length * tied);
      return value;
    },
    {
      value: (stacked) => parts.reduce((total, p, i) => total + p.value(partOf(stacked, i)), 0),
      prox(stacked, step) {
        for (const [i, p] of parts.entries()) p.prox(partOf(stacked, i), step);
      },
    },
    start,
    { tolerance, maxIterations },
  );
  collect(found.x, x);
  scale(intercepts, constant);
  const { status, iterations, value, residual } = found;
  const norms = parts.map((p, i) => [p.name, Math.hypot(...partOf(found.x, i))]);
  return { status, iterations, value, residual, parts: Object.fromEntries(norms) };
}

function scale(x: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i] *= factor;
}

/** Σ shares·(mean loss + ½·l2·‖w‖²), and the regulariser where it is smooth. */
function jointObjective(
  design: Design,
  loss: TaskLosses,
  { strengths, shares, tie, layout, constant }: Together,
  options: SolveOptions,
): Objective {
  const { outputs } = design;
  const penalised = design.features * outputs;
  const tied = layout.features * outputs;
  const columns = new Float64Array(outputs);
  const l2 = new Float64Array(outputs);
  design.tasks.forEach(({ start, size }, t) => {
    columns.fill(shares[t], start, start + size);
    l2.fill(strengths[t].l2 * shares[t], start, start + size);
  });
  let pass = 0;
  const at = new Float64Array(penalised + outputs);
  return async (w, gradient) => {
    at.set(w);
    scale(at.subarray(penalised), constant);
    const losses = await loss.evaluate(at, gradient);
    let value = losses.reduce((sum, l, t) => sum + shares[t] * l, 0);
    for (let i = 0; i < w.length; i++) {
      const o = i % outputs;
      gradient[i] *= columns[o];
      if (i >= penalised) {
        gradient[i] = options.intercept ? gradient[i] * constant : 0;
        continue;
      }
      gradient[i] += l2[o] * w[i];
      value += 0.5 * l2[o] * w[i] * w[i];
    }
    if (tie.smooth) value += await tie.smooth(w.subarray(0, tied), gradient.subarray(0, tied));
    options.onPass?.(++pass, value / losses.length);
    return value;
  };
}

/** The tasks' own L1 penalties, which go with a smooth regulariser only. */
function lassoOf(
  design: Design,
  strengths: readonly Strength[],
  shares: readonly number[],
): Penalty | undefined {
  if (strengths.every((s) => s.l1 === 0)) return undefined;
  const { features, outputs } = design;
  const l1 = new Float64Array((features + 1) * outputs);
  design.tasks.forEach(({ start, size }, t) => {
    for (let f = 0; f < features; f++) {
      const at = f * outputs + start;
      l1.fill(strengths[t].l1 * shares[t], at, at + size);
    }
  });
  return elasticNet(1, 0, l1);
}
