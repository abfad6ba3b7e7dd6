import { z } from "zod";
import { choice } from "../../core/choice.ts";
import { regularizers } from "../../regularizers/regularizers.ts";

const strength = z.number().min(0).max(1e12);

/**
 * Options of the linear family. For each task it minimises
 * `mean over labelled rows of the loss + l1·Σ|w| + ½·l2·Σw²`, intercepts being free. With `n` labelled
 * rows, scikit-learn's names translate as: `LogisticRegression(C)` is `l2 = 1/(C·n)`;
 * `PoissonRegressor(alpha)` is `l2 = alpha/m`, `m` being the mean count, by which the loss is divided. The squared error has no ½ and labels are standardised, so
 * `Ridge(alpha)` is `l2 = 2·alpha/n`, and on labels of deviation σ `Lasso(alpha)` is `l1 = 2·alpha/σ`;
 * `ElasticNet(alpha, l1_ratio)` is `l1 = 2·alpha·l1_ratio/σ, l2 = 2·alpha·(1 − l1_ratio)`.
 */
export const linearConfig = z.strictObject({
  penalty: z
    .strictObject({
      l1: strength.default(0).describe("Weight of Σ|w|, beside the mean loss a row."),
      l2: strength.default(1e-3).describe("Weight of ½Σw², beside the mean loss a row."),
    })
    .prefault({})
    .describe("The elastic net on each task's weights."),
  perTask: z
    .record(
      z.string(),
      z.strictObject({
        l1: strength.optional().describe("As in `penalty`, for this task."),
        l2: strength.optional().describe("As in `penalty`, for this task."),
      }),
    )
    .default({})
    .describe("Penalties of single tasks, by name, instead of the common one."),
  regularizer: choice(
    regularizers,
    "none",
    "A further penalty on the weights of all tasks, as one matrix [features, outputs]; the tasks are then solved together.",
    true,
  ),
  tieIntercepts: z
    .number()
    .min(0)
    .max(1e6)
    .default(0)
    .describe(
      "Value of a constant feature whose weights, the intercepts, `regularizer` acts on too: 1 treats them like another feature, larger frees them; 0 leaves them out.",
    ),
  balance: z
    .enum(["tasks", "rows"])
    .default("tasks")
    .describe(
      "Beside a `regularizer`, what a task counts in the sum: its λ alone, or λ times its labelled rows.",
    ),
  intercept: z.boolean().default(true).describe("Whether each output has a constant term."),
  solver: z
    .enum(["auto", "lbfgs", "rowSpace", "proximal", "sgd"])
    .default("auto")
    .describe(
      "`lbfgs` for smooth penalties, `rowSpace` the same with as many features as rows, for far fewer rows than features, `proximal` (FISTA) for any, `auto` takes the one that fits; `sgd` takes batches, epochs and optimizer from `training` (optimizer `gd` for all rows at once).",
    ),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(3e-5)
    .describe("Stops when no gradient component exceeds this times max(1, largest |w|)."),
  maxIterations: z.int().min(1).max(1_000_000).default(1000).describe("Iterations, at most."),
  select: z
    .strictObject({
      l2: z
        .array(strength)
        .max(100)
        .default([])
        .describe("Values of `penalty.l2` to choose from, for each task; [] keeps the given one."),
      weights: z
        .array(strength)
        .max(100)
        .default([])
        .describe("Values of `regularizer.weight` to choose from; [] keeps the given one."),
      folds: z.int().min(2).max(100).default(5).describe("Folds of the cross-validation."),
    })
    .prefault({})
    .describe("Choice of penalties by cross-validated loss on the training rows."),
});

export type LinearConfig = z.infer<typeof linearConfig>;
