import { binaryMetrics } from "./binary.ts";
import { countMetrics } from "./count.ts";
import type { MetricFacts } from "./metric.ts";
import { multiclassMetrics } from "./multiclass.ts";
import { multilabelMetrics } from "./multilabel.ts";
import { ordinalMetrics } from "./ordinal.ts";
import { regressionMetrics } from "./regression.ts";

/** Every metric of every kind of prediction. */
export const metricTables = {
  regression: regressionMetrics,
  binary: binaryMetrics,
  multiclass: multiclassMetrics,
  multilabel: multilabelMetrics,
  ordinal: ordinalMetrics,
  count: countMetrics,
} as const;

export type PredictionKind = keyof typeof metricTables;

/** The facts of one metric of a kind; undefined where the kind has no such metric. */
export function metricFacts(kind: PredictionKind, name: string): MetricFacts | undefined {
  const table: Readonly<Record<string, MetricFacts>> = metricTables[kind];
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
