import { z } from "zod";
import { didYouMean } from "../../core/errors.ts";
import type { Family } from "../learner.ts";

/** The families that a stack may have for members, by name. */
export type MemberFamilies = Readonly<Record<string, Family>>;

/** A family and its options, as under `learner`, checked by the family's own schema. */
function learnerOptions(families: MemberFamilies) {
  const names = Object.keys(families);
  const checked = z
    .looseObject({ type: z.string() })
    .superRefine(({ type, ...options }, context) => {
      if (!Object.hasOwn(families, type)) {
        const near = didYouMean(type, names);
        const message = `a family of models: ${names.join(", ")}${near ? ` (did you mean ${near}?)` : ""}`;
        context.addIssue({ code: "custom", path: [], message });
        return;
      }
      const parsed = families[type].config.safeParse(options);
      for (const { path, message } of parsed.error?.issues ?? [])
        context.addIssue({
          code: "custom",
          path: [...path],
          message: `an option of ${type}: ${message}`,
        });
    });
  return z
    .preprocess((value) => (typeof value === "string" ? { type: value } : value), checked)
    .describe("Its family of models with options, as under `learner`; a stack cannot be one.");
}

/** Options of a stack of models. */
export function stackingConfig(families: MemberFamilies) {
  return z.strictObject({
    members: z
      .record(
        z.string().min(1),
        z.strictObject({
          inputs: z
            .array(z.string().min(1))
            .min(1)
            .optional()
            .describe("Names of the inputs that it sees; all where absent."),
          tasks: z
            .array(z.string().min(1))
            .min(1)
            .optional()
            .describe("Names of the tasks that it learns; all where absent."),
          copies: z
            .int()
            .min(1)
            .max(100)
            .default(1)
            .describe(
              "Fits of it from seeds of their own, of which the mean counts: a network is steadier so.",
            ),
          learner: learnerOptions(families),
        }),
      )
      .default({})
      .describe(
        "The models that are joined: a name for each, then its inputs and its family. Where none is named: a linear model of the texts and the table, its strengths chosen by cross-validation, a network of the same (three, of at most 2,000 rows), and a network for each other input.",
      ),
    folds: z
      .int()
      .min(2)
      .max(50)
      .default(5)
      .describe(
        "Parts of the training rows; what is joined are predictions for rows not learned from.",
      ),
    weights: z
      .enum(["task", "output"])
      .default("task")
      .describe("Whether a member has one weight for a task, or one for each raw output of it."),
    across: z
      .array(z.number().positive().max(1_000_000))
      .max(20)
      .default([0.1, 0.01])
      .describe(
        "Strengths (weight of ½Σw²) of a linear correction of each task by what the members say of the other tasks, where those see no input that its own members do not. Each task gets the one that does best in cross-validation, or none; [] for none at all.",
      ),
    l2: z
      .number()
      .min(0)
      .max(1_000_000)
      .default(1e-3)
      .describe("Weight of ½Σ(θ)² on what the weights differ from equal ones."),
  });
}

export type StackingConfig = z.infer<ReturnType<typeof stackingConfig>>;
