import { z } from "zod";
import {
  infinityNorm,
  isFiniteVector,
  nonFiniteError,
  type Objective,
  type SolverStatus,
} from "./objective.ts";
import type { Penalty, Prox } from "./prox.ts";

export const proximalConfig = z.strictObject({
  type: z.literal("proximal"),
  tolerance: z
    .number()
    .min(0)
    .default(1e-6)
    .describe(
      "Stops when the largest component of the generalised gradient is below this times max(1, largest |x|)",
    ),
  step: z
    .number()
    .positive()
    .default(1)
    .describe("First step size; it is halved until the quadratic model bounds the objective"),
  valuePrecision: z
    .number()
    .min(0)
    .lt(1)
    .default(1e-10)
    .describe("Relative change of values below which gradients judge a step; 1e-4 suits float32"),
  maxIterations: z.number().int().min(0).default(5000).describe("Most iterations"),
  maxEvaluations: z
    .number()
    .int()
    .min(1)
    .default(50_000)
    .describe("Most evaluations of the smooth part"),
});

export type ProximalConfig = z.output<typeof proximalConfig>;

/** Everything that continues a run bit for bit. */
export interface ProximalState {
  x: Float64Array;
  /** The point before `x`, from which the momentum is taken. */
  previous: Float64Array;
  /** The smooth part at `x`. */
  value: number;
  momentum: number;
  step: number;
  iteration: number;
  evaluations: number;
}

export interface ProximalProgress {
  readonly iteration: number;
  readonly evaluations: number;
  /** The smooth part, and the penalty where it can be computed. */
  readonly value: number;
  /** The largest component of the generalised gradient. */
  readonly residual: number;
  /** The current point; valid during the call. */
  readonly x: Float64Array;
  /** A copy of the state, for a checkpoint. */
  snapshot(): ProximalState;
}

export interface ProximalOptions extends Partial<Omit<ProximalConfig, "type">> {
  /** Called after each iteration; the run ends when it returns `"stop"`. */
  readonly onIteration?: (progress: ProximalProgress) => unknown;
  /** A snapshot to continue from; the starting point is then ignored. */
  readonly state?: ProximalState;
}

export interface ProximalResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly residual: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly status: SolverStatus;
  readonly state: ProximalState;
}

/**
 * Minimises a smooth function plus a penalty by accelerated proximal gradient steps (FISTA) with
 * backtracking and a restart of the momentum whenever it points uphill.
 * @param penalty a penalty, or only its proximal map, the reported values being then the smooth part.
 * @param start the starting point, left as it is.
 * @throws BackendError NON_FINITE when the objective is not finite at the start, or however short the
 * step.
 * @cite beck2009 odonoghue2015 becker2011
 */
export async function proximal(
  objective: Objective,
  penalty: Penalty | Prox,
  start: Float64Array,
  options: ProximalOptions = {},
): Promise<ProximalResult> {
  const { onIteration, state: resumed, ...given } = options;
  const config = proximalConfig.parse({ type: "proximal", ...given });
  const whole: Penalty =
    typeof penalty === "function" ? { value: () => 0, prox: penalty } : penalty;
  const state = resumed ? copy(resumed) : begin(start, config.step);
  const { status, residual } = await iterate(objective, whole, state, config, onIteration);
  return {
    x: state.x,
    value: state.value + whole.value(state.x),
    residual,
    iterations: state.iteration,
    evaluations: state.evaluations,
    status,
    state,
  };
}

function begin(start: Float64Array, step: number): ProximalState {
  const x = Float64Array.from(start);
  const previous = x.slice();
  return { x, previous, value: Number.NaN, momentum: 1, step, iteration: 0, evaluations: 0 };
}

async function iterate(
  objective: Objective,
  penalty: Penalty,
  state: ProximalState,
  config: ProximalConfig,
  onIteration: ProximalOptions["onIteration"],
): Promise<{ status: SolverStatus; residual: number }> {
  let residual = Number.POSITIVE_INFINITY;
  while (state.iteration < config.maxIterations) {
    const moved = await advance(objective, penalty, state, config);
    if (typeof moved === "string") return { status: moved, residual };
    residual = moved;
    const verdict = onIteration?.({
      iteration: state.iteration,
      evaluations: state.evaluations,
      value: state.value + penalty.value(state.x),
      residual,
      x: state.x,
      snapshot: () => copy(state),
    });
    if ((await verdict) === "stop") return { status: "stopped", residual };
    const bound = config.tolerance * Math.max(1, infinityNorm(state.x));
    if (residual <= bound) return { status: "converged", residual };
  }
  return { status: "maxIterations", residual };
}

/** One accelerated step; the size of the generalised gradient, or why there is none. */
async function advance(
  objective: Objective,
  penalty: Penalty,
  state: ProximalState,
  config: ProximalConfig,
): Promise<number | "maxEvaluations" | "stalled"> {
  const { x, previous } = state;
  const n = x.length;
  const evaluate = (at: Float64Array, gradient: Float64Array) => {
    state.evaluations++;
    return objective(at, gradient);
  };

  let nextMomentum = (1 + Math.sqrt(1 + 4 * state.momentum ** 2)) / 2;
  const share = (state.momentum - 1) / nextMomentum;
  const point = x.map((v, i) => v + share * (v - previous[i]));
  const gradient = new Float64Array(n);
  if (state.evaluations >= config.maxEvaluations) return "maxEvaluations";
  let value = await evaluate(point, gradient);
  if ((!Number.isFinite(value) || !isFiniteVector(gradient)) && share > 0) {
    // The momentum left the domain: start again from the last accepted point.
    point.set(x);
    nextMomentum = 1;
    value = await evaluate(point, gradient);
  }
  if (!Number.isFinite(value) || !isFiniteVector(gradient)) {
    throw nonFiniteError("proximal gradient", state.iteration, "and gradient", value);
  }

  const next = new Float64Array(n);
  const nextGradient = new Float64Array(n);
  for (let halvings = 0; ; halvings++) {
    if (state.evaluations >= config.maxEvaluations) return "maxEvaluations";
    for (let i = 0; i < n; i++) next[i] = point[i] - state.step * gradient[i];
    penalty.prox(next, state.step);
    const nextValue = await evaluate(next, nextGradient);
    const finite = Number.isFinite(nextValue) && isFiniteVector(nextGradient);
    const here = { x: point, value, gradient };
    const there = { x: next, value: nextValue, gradient: nextGradient };
    if (finite && isBounded(here, there, state.step, config.valuePrecision)) {
      state.value = nextValue;
      break;
    }
    if (halvings >= 60) {
      if (finite) return "stalled";
      const place = "along the proximal step";
      throw nonFiniteError("proximal gradient", state.iteration + 1, place, nextValue);
    }
    state.step /= 2;
  }

  let residual = 0;
  let uphill = 0;
  for (let i = 0; i < n; i++) {
    residual = Math.max(residual, Math.abs(point[i] - next[i]) / state.step);
    uphill += (point[i] - next[i]) * (next[i] - x[i]);
  }
  state.momentum = uphill > 0 ? 1 : nextMomentum;
  // Without momentum the theory allows a longer step again.
  if (uphill > 0) state.step *= 2;
  state.previous = x;
  state.x = next;
  state.iteration++;
  return residual;
}

interface Evaluated {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/**
 * Whether the quadratic model of this step bounds the function: by values, or, where their
 * difference drowns in rounding, by the change of the gradient.
 */
function isBounded(here: Evaluated, there: Evaluated, step: number, precision: number): boolean {
  let distance = 0;
  let linear = 0;
  let change = 0;
  for (let i = 0; i < here.x.length; i++) {
    const d = there.x[i] - here.x[i];
    distance += d * d;
    linear += here.gradient[i] * d;
    change += (there.gradient[i] - here.gradient[i]) * d;
  }
  const scale = Math.max(Math.abs(here.value), Math.abs(there.value));
  if (Math.abs(there.value - here.value) >= precision * scale && scale > 0) {
    return there.value <= here.value + linear + distance / (2 * step);
  }
  return change <= distance / step;
}

function copy(state: ProximalState): ProximalState {
  return { ...state, x: state.x.slice(), previous: state.previous.slice() };
}
