import { CompileError, show } from "../core/errors.ts";
import { metricFacts, type PredictionKind } from "./metrics/table.ts";

/** Which way a metric of a kind is better. @throws CompileError for a metric the kind lacks. */
export function metricDirection(kind: PredictionKind, metric: string): "higher" | "lower" {
  const facts = metricFacts(kind, metric);
  if (facts === undefined)
    throw new CompileError(`${kind}: a metric of the kind; got ${show(metric)}`);
  return facts.direction;
}
