import { binaryMetrics } from "./binary.ts";
import { cellMetrics } from "./cells.ts";
import { countMetrics } from "./count.ts";
import type { MetricFacts } from "./metric.ts";
import { multiclassMetrics } from "./multiclass.ts";
import { multilabelMetrics } from "./multilabel.ts";
import { ordinalMetrics } from "./ordinal.ts";
import { canonicalMetrics, reconstructionMetrics } from "./paired.ts";
import { regressionMetrics } from "./regression.ts";
import { retrievalMetrics } from "./retrieval.ts";

/** Metrics of predictions against labels. */
export const labelMetricTables = {
  regression: regressionMetrics,
  binary: binaryMetrics,
  multiclass: multiclassMetrics,
  multilabel: multilabelMetrics,
  ordinal: ordinalMetrics,
  count: countMetrics,
} as const;

/** Every metric of every kind of prediction. */
export const metricTables = {
  ...labelMetricTables,
  contrastive: retrievalMetrics,
  cca: canonicalMetrics,
  reconstruction: { ...reconstructionMetrics, ...cellMetrics },
} as const;

export type PredictionKind = keyof typeof metricTables;
export type LabelPredictionKind = keyof typeof labelMetricTables;

/** The facts of one metric of a kind; undefined where the kind has no such metric. */
export function metricFacts(kind: PredictionKind, name: string): MetricFacts | undefined {
  const table: Readonly<Record<string, MetricFacts>> = metricTables[kind];
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
