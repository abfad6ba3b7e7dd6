import {
  type ProjectionConfig,
  projecting,
  projectionConfig,
  projectOnDualCone,
} from "./upgrad.ts";
import type { Weighting } from "./weighting.ts";

/**
 * The average gradient (with a preference: the weighted one), projected on the directions that are
 * against no task.
 */
export const dualproj: Weighting<ProjectionConfig> = {
  name: "dualproj",
  title: "DualProj",
  summary: "The average gradient, made harmless to every task by projection.",
  cite: ["lopezpaz2017", "quinton2024"],
  config: projectionConfig,
  needs: "gradients",
  create: (config, tasks) => projecting(config, tasks, projectOnDualCone),
};
