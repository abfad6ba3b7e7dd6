import { z } from "zod";
import { type LinePoint, strongWolfe } from "./line-search.ts";
import {
  infinityNorm,
  inner,
  isFiniteVector,
  nonFiniteError,
  type Objective,
  type SolverStatus,
} from "./objective.ts";

export const lbfgsConfig = z.strictObject({
  type: z.literal("lbfgs"),
  memory: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe("Pairs of steps and gradient changes that model the curvature"),
  tolerance: z
    .number()
    .min(0)
    .default(1e-6)
    .describe("Stops when the largest gradient component is below this times max(1, largest |x|)"),
  valueTolerance: z
    .number()
    .min(0)
    .default(0)
    .describe("Stops when an iteration lowers the value by less than this share of it; 0 is off"),
  valuePrecision: z
    .number()
    .min(0)
    .lt(1)
    .default(1e-14)
    .describe("Relative error of the objective's values; 1e-6 suits a float32 objective"),
  maxIterations: z.number().int().min(0).default(1000).describe("Most iterations"),
  maxEvaluations: z
    .number()
    .int()
    .min(1)
    .default(10_000)
    .describe("Most evaluations of the objective, those of line searches included"),
});

export type LbfgsConfig = z.output<typeof lbfgsConfig>;

/** Iterations without a lower value or gradient after which only rounding is left. */
const patience = 20;

/** Everything that continues a run bit for bit. */
export interface LbfgsState {
  x: Float64Array;
  gradient: Float64Array;
  value: number;
  iteration: number;
  evaluations: number;
  /** The lowest value and gradient norm so far, and the iterations since either fell. */
  lowestValue: number;
  lowestNorm: number;
  idle: number;
  /** The latest steps and changes of gradient, oldest first. */
  steps: Float64Array[];
  changes: Float64Array[];
}

export interface LbfgsProgress {
  readonly iteration: number;
  readonly evaluations: number;
  readonly value: number;
  /** The largest gradient component. */
  readonly gradientNorm: number;
  /** The current point; valid during the call. */
  readonly x: Float64Array;
  /** A copy of the state, for a checkpoint. */
  snapshot(): LbfgsState;
}

export interface LbfgsOptions extends Partial<Omit<LbfgsConfig, "type">> {
  /** Called after each iteration; the run ends when it returns `"stop"`. */
  readonly onIteration?: (progress: LbfgsProgress) => unknown;
  /** A snapshot to continue from; the starting point is then ignored. */
  readonly state?: LbfgsState;
}

export interface LbfgsResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly status: SolverStatus;
  readonly state: LbfgsState;
}

/**
 * Minimises a smooth function by limited-memory BFGS with a strong Wolfe line search (algorithms 7.4
 * and 7.5 of the source). @cite nocedal2006
 * @param start the starting point, left as it is.
 * @throws BackendError NON_FINITE when the objective is not finite at the start, or however short the
 * step.
 */
export async function lbfgs(
  objective: Objective,
  start: Float64Array,
  options: LbfgsOptions = {},
): Promise<LbfgsResult> {
  const { onIteration, state: resumed, ...given } = options;
  const config = lbfgsConfig.parse({ type: "lbfgs", ...given });
  const state = resumed ? copy(resumed) : await begin(objective, start);
  const status = await iterate(objective, state, config, onIteration);
  return {
    x: state.x,
    value: state.value,
    gradientNorm: infinityNorm(state.gradient),
    iterations: state.iteration,
    evaluations: state.evaluations,
    status,
    state,
  };
}

async function begin(objective: Objective, start: Float64Array): Promise<LbfgsState> {
  const x = Float64Array.from(start);
  const gradient = new Float64Array(x.length);
  const value = await objective(x, gradient);
  if (!Number.isFinite(value) || !isFiniteVector(gradient)) {
    throw nonFiniteError("L-BFGS", 0, "and gradient at the starting point", value);
  }
  const lowest = { lowestValue: value, lowestNorm: infinityNorm(gradient), idle: 0 };
  return { x, gradient, value, iteration: 0, evaluations: 1, ...lowest, steps: [], changes: [] };
}

async function iterate(
  objective: Objective,
  state: LbfgsState,
  config: LbfgsConfig,
  onIteration: LbfgsOptions["onIteration"],
): Promise<SolverStatus> {
  for (;;) {
    const { x, gradient } = state;
    const bound = config.tolerance * Math.max(1, infinityNorm(x));
    if (infinityNorm(gradient) <= bound) return "converged";
    if (state.iteration >= config.maxIterations) return "maxIterations";

    const before = state.value;
    const moved = await advance(objective, state, config);
    if (!moved) {
      if (state.evaluations >= config.maxEvaluations) return "maxEvaluations";
      if (state.steps.length === 0) return "stalled";
      // The curvature model may be at fault: forget it and try steepest descent once.
      state.steps = [];
      state.changes = [];
      continue;
    }
    state.iteration++;
    noteProgress(state);
    const verdict = onIteration?.({
      iteration: state.iteration,
      evaluations: state.evaluations,
      value: state.value,
      gradientNorm: infinityNorm(state.gradient),
      x: state.x,
      snapshot: () => copy(state),
    });
    if ((await verdict) === "stop") return "stopped";
    const scale = Math.max(Math.abs(before), Math.abs(state.value));
    const { valueTolerance } = config;
    if (valueTolerance > 0 && before - state.value < valueTolerance * scale) return "converged";
    if (state.idle >= patience) return "stalled";
  }
}

function noteProgress(state: LbfgsState): void {
  const norm = infinityNorm(state.gradient);
  const progress = state.value < state.lowestValue || norm < state.lowestNorm;
  state.idle = progress ? 0 : state.idle + 1;
  state.lowestValue = Math.min(state.lowestValue, state.value);
  state.lowestNorm = Math.min(state.lowestNorm, norm);
}

/** One line search along the quasi-Newton direction; false where it finds nothing lower. */
async function advance(
  objective: Objective,
  state: LbfgsState,
  config: LbfgsConfig,
): Promise<boolean> {
  const { x, gradient, steps, changes } = state;
  const budget = config.maxEvaluations - state.evaluations;
  if (budget <= 0) return false;
  const direction = quasiNewtonDirection(gradient, steps, changes);
  const slope = inner(gradient, direction);
  if (!(slope < 0)) return false;

  const trial = new Float64Array(x.length);
  const evaluate = async (step: number): Promise<LinePoint> => {
    state.evaluations++;
    move(x, step, direction, trial);
    const g = new Float64Array(x.length);
    const value = await objective(trial, g);
    return { step, value, slope: inner(g, direction), gradient: g };
  };
  const first = steps.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(-slope));
  const found = await strongWolfe(
    evaluate,
    { step: 0, value: state.value, slope, gradient },
    first,
    {
      decrease: 1e-4,
      curvature: 0.9,
      valuePrecision: config.valuePrecision,
      maxEvaluations: Math.min(budget, 40),
    },
  );
  if (found.status === "nonFinite" && steps.length === 0 && budget >= 40) {
    const place = "along the search direction";
    throw nonFiniteError("L-BFGS", state.iteration + 1, place, found.nonFinite ?? Number.NaN);
  }
  if (found.point.step === 0) return false;

  const next = new Float64Array(x.length);
  move(x, found.point.step, direction, next);
  remember(state, next, found.point.gradient, config.memory);
  state.x = next;
  state.value = found.point.value;
  state.gradient = found.point.gradient;
  return true;
}

/** Minus the inverse Hessian's model times the gradient: the two-loop recursion. */
function quasiNewtonDirection(
  gradient: Float64Array,
  steps: readonly Float64Array[],
  changes: readonly Float64Array[],
): Float64Array {
  const q = new Float64Array(gradient.length);
  for (let i = 0; i < q.length; i++) q[i] = -gradient[i];
  const k = steps.length;
  if (k === 0) return q;
  const curvatures = steps.map((s, j) => inner(s, changes[j]));
  const alphas = new Float64Array(k);
  for (let j = k - 1; j >= 0; j--) {
    alphas[j] = inner(steps[j], q) / curvatures[j];
    add(-alphas[j], changes[j], q);
  }
  const scale = curvatures[k - 1] / inner(changes[k - 1], changes[k - 1]);
  for (let i = 0; i < q.length; i++) q[i] *= scale;
  for (let j = 0; j < k; j++) {
    add(alphas[j] - inner(changes[j], q) / curvatures[j], steps[j], q);
  }
  return q;
}

/** Keeps a pair whose curvature is clearly positive, so that the model stays positive definite. */
function remember(
  state: LbfgsState,
  x: Float64Array,
  gradient: Float64Array,
  memory: number,
): void {
  const step = difference(x, state.x);
  const change = difference(gradient, state.gradient);
  const sizes = Math.sqrt(inner(step, step) * inner(change, change));
  if (!(inner(step, change) > 1e-10 * sizes)) return;
  state.steps = [...state.steps, step].slice(-memory);
  state.changes = [...state.changes, change].slice(-memory);
}

/** `to = x + step·direction`. */
function move(x: Float64Array, step: number, direction: Float64Array, to: Float64Array): void {
  for (let i = 0; i < x.length; i++) to[i] = x[i] + step * direction[i];
}

function difference(x: Float64Array, y: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) out[i] = x[i] - y[i];
  return out;
}

function add(a: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) y[i] += a * x[i];
}

function copy(state: LbfgsState): LbfgsState {
  return {
    ...state,
    x: state.x.slice(),
    gradient: state.gradient.slice(),
    steps: state.steps.map((s) => s.slice()),
    changes: state.changes.map((c) => c.slice()),
  };
}
