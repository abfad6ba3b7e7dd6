import type { FitResult, GradientLook } from "./fit-spec.ts";

type Matrix = readonly (readonly (number | null)[])[];

/** How tasks pulled at the parameters they share, over the folds and the course of training. */
export interface TaskPull {
  readonly tasks: readonly string[];
  /** Mean cosine between gradients. */
  readonly cosine: Matrix;
  /** Share of batches in which they pointed against each other. */
  readonly conflicts: Matrix;
  /** Relative decrease of a task's loss (column) after a step along another's gradient (row). */
  readonly affinity: Matrix;
  /** The affinity as a share of what a step of the task's own brings: 1 = as good as its own. */
  readonly help: Matrix;
  /** Standard error of `help` over fits. */
  readonly helpError: Matrix;
  /** Over the epochs that were looked at: mean cosine and conflict rate of all pairs. */
  readonly course: readonly {
    readonly epoch: number;
    readonly cosine: number | null;
    readonly conflicts: number | null;
  }[];
}

/** Averages what several fits' gradients said; tasks that a fit left out count where they were there. */
export function summarisePull(
  tasks: readonly string[],
  fits: readonly NonNullable<FitResult["gradients"]>[],
): TaskPull {
  const cells = (pick: (look: GradientLook, i: number, j: number) => number | null) =>
    fits.map(({ tasks: own, looks }) =>
      tasks.map((a) =>
        tasks.map((b) => {
          const [i, j] = [own.indexOf(a), own.indexOf(b)];
          return i < 0 || j < 0 ? null : meanOf(looks.map((look) => pick(look, i, j)));
        }),
      ),
    );
  const over = (matrices: readonly Matrix[], of: (values: number[]) => number | null): Matrix =>
    tasks.map((_, i) => tasks.map((__, j) => of(measured(matrices.map((m) => m[i][j])))));
  const help = cells((look, i, j) => {
    const own = look.affinity[j][j];
    const other = look.affinity[i][j];
    return own === null || other === null || own <= 0 ? null : other / own;
  });
  const epochs = [...new Set(fits.flatMap(({ looks }) => looks.map((l) => l.epoch)))];
  const pairs = (matrix: Matrix) => matrix.flatMap((row, i) => row.filter((_, j) => j !== i));
  return {
    tasks,
    cosine: over(
      cells((look, i, j) => look.cosine[i][j]),
      meanOf,
    ),
    conflicts: over(
      cells((look, i, j) => look.conflicts[i][j]),
      meanOf,
    ),
    affinity: over(
      cells((look, i, j) => look.affinity[i][j]),
      meanOf,
    ),
    help: over(help, meanOf),
    helpError: over(help, errorOf),
    course: epochs
      .sort((a, b) => a - b)
      .map((epoch) => {
        const at = fits.flatMap(({ looks }) => looks.filter((l) => l.epoch === epoch));
        return {
          epoch,
          cosine: meanOf(at.flatMap((l) => pairs(l.cosine))),
          conflicts: meanOf(at.flatMap((l) => pairs(l.conflicts))),
        };
      }),
  };
}

function measured(values: readonly (number | null)[]): number[] {
  return values.filter((v): v is number => v !== null && Number.isFinite(v));
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = measured(values);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}

function errorOf(values: readonly number[]): number | null {
  const mean = meanOf(values);
  if (mean === null || values.length < 2) return null;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
