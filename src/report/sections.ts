import type { Section } from "./section.ts";
import { comparison } from "./sections/comparison.tsx";
import { comparisonCosts } from "./sections/comparison-costs.tsx";
import { comparisonTuning } from "./sections/comparison-tuning.tsx";
import { inputWorth } from "./sections/input-worth.tsx";
import { inputs } from "./sections/inputs.tsx";
import { learning } from "./sections/learning.tsx";
import { metrics } from "./sections/metrics.tsx";
import { model } from "./sections/model.tsx";
import { paretoFront } from "./sections/pareto-front.tsx";
import { predictedCells } from "./sections/predicted-cells.tsx";
import { quality } from "./sections/quality.tsx";
import { reproduce } from "./sections/reproduce.tsx";
import { retrieval } from "./sections/retrieval.tsx";
import { summary } from "./sections/summary.tsx";
import { taskAffinity } from "./sections/task-affinity.tsx";
import { taskDetails } from "./sections/task-details.tsx";
import { transfer } from "./sections/transfer.tsx";
import { transferComparison } from "./sections/transfer-comparison.tsx";
import { tuning } from "./sections/tuning.tsx";
import { values } from "./sections/values.tsx";
import { worstExamples } from "./sections/worst-examples.tsx";

/** The sections of a report, in the order of the page. */
export const sections: readonly Section[] = [
  comparison,
  taskAffinity,
  comparisonCosts,
  comparisonTuning,
  tuning,
  paretoFront,
  transferComparison,
  transfer,
  summary,
  learning,
  metrics,
  values,
  taskDetails,
  inputWorth,
  retrieval,
  predictedCells,
  worstExamples,
  quality,
  inputs,
  model,
  reproduce,
];
