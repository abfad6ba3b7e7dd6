import type { OnnxBuilder } from "../compiler/onnx/builder.ts";
import type { Judgement } from "./detail.ts";
import { logLossOf } from "./metrics/probability.ts";

/** Index of the greatest of some values, the first of equals: as the metrics and ONNX decide. */
export function argmaxOf(values: ArrayLike<number>, first: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[first + i] > values[first + best]) best = i;
  return best;
}

/** Emits the name of the most probable class: `[rows, classes]` to strings `[rows]`. */
export function emitClassName(
  classes: readonly string[],
  probabilities: string,
  onnx: OnnxBuilder,
): string {
  const attributes = { axis: { int: 1 }, keepdims: { int: 0 } };
  const [decided] = onnx.node("ArgMax", [probabilities], { attributes });
  const names = onnx.constant("string", [classes.length], [...classes]);
  return onnx.node("Gather", [names, decided])[0];
}

/** Probabilities by class name. */
export function namedProbabilities(
  classes: readonly string[],
  values: ArrayLike<number>,
  first: number,
): Record<string, number> {
  return Object.fromEntries(classes.map((name, c) => [name, values[first + c]]));
}

/** A row judged by its class, NaN where missing; one that was not learned has no probability. */
export function judgeClass(
  classes: readonly string[],
  probabilities: ArrayLike<number>,
  row: number,
  truth: number,
): Judgement | undefined {
  if (Number.isNaN(truth)) return undefined;
  const first = row * classes.length;
  const decided = argmaxOf(probabilities, first, classes.length);
  const known = truth < classes.length;
  const truthProbability = known ? probabilities[first + truth] : 0;
  return {
    truth: known ? classes[truth] : "(a class not learned)",
    prediction: classes[decided],
    loss: logLossOf(truthProbability),
    probability: probabilities[first + decided],
    truthProbability,
  };
}
