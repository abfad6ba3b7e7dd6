import { BackendError } from "../core/errors.ts";
import type { Outputs, TaskKind } from "../tasks/task.ts";

/** How the exported file compares with the trained model on the same rows. */
export interface Parity {
  readonly rows: number;
  /** Largest absolute difference over all float outputs. */
  readonly maxAbsDifference: number;
  /** Allowed: this share of an output's largest value (at least of 1). */
  readonly tolerance: number;
}

const tolerance = 1e-4;

/**
 * Compares the outputs of the trained model and of its exported file.
 * @throws BackendError MODEL_PARITY naming the output that differs most.
 */
export function compareOutputs(
  tasks: readonly { readonly name: string; readonly kind: TaskKind; readonly state: unknown }[],
  trained: Readonly<Record<string, Outputs>>,
  exported: Readonly<Record<string, Outputs>>,
  rows: number,
): Parity {
  let maxAbsDifference = 0;
  for (const task of tasks) {
    for (const [name, values] of Object.entries(trained[task.name])) {
      const others = exported[task.name][name];
      if (Array.isArray(values) || others === undefined) continue;
      const a = values as Float32Array;
      const b = others as Float32Array;
      let scale = 1;
      let worst = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
      for (let i = 0; i < a.length; i++) {
        if (Number.isFinite(a[i])) scale = Math.max(scale, Math.abs(a[i]));
        if (Object.is(a[i], b[i])) continue;
        const difference = Math.abs(a[i] - b[i]);
        worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
      }
      if (worst > tolerance * scale) {
        throw new BackendError(
          "MODEL_PARITY",
          `export: outputs equal to the trained model's within ${tolerance * scale}; ${task.name}.${name} differs by ${worst}`,
          {
            hint: "the model file was not written; please report this with the configuration",
          },
        );
      }
      maxAbsDifference = Math.max(maxAbsDifference, worst);
    }
  }
  return { rows, maxAbsDifference, tolerance };
}
