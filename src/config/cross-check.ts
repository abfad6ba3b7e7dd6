import { PolytaskError, show } from "../core/errors.ts";
import { parseMemoryLimit } from "../data/byte-size.ts";
import { checkFractions, type Fractions } from "../data/split.ts";
import type { Fusion } from "../fusion/fusion.ts";
import { type FusionName, fusions } from "../fusion/fusions.ts";
import type { Capabilities } from "../learners/learner.ts";
import { fixedWeights } from "../learners/neural/blends.ts";
import { partsOf } from "../learners/neural/parts.ts";
import { type Columns, tables } from "../learners/neural/table.ts";
import { checkPerTask } from "../learners/neural/views.ts";
import type { NamedTask } from "../learners/per-task.ts";
import { type ModalityName, modalityNamed } from "../modalities/modalities.ts";
import { optimizers } from "../optim/optimizers.ts";
import type { Sharing } from "../sharing/sharing.ts";
import { type SharingName, sharings } from "../sharing/sharings.ts";
import { resolveSides } from "../tasks/objective.ts";
import type { TaskKind } from "../tasks/task.ts";
import { selectionRule } from "../train/select.ts";
import type { Weighting } from "../weighting/weighting.ts";
import { type WeightingName, weightings } from "../weighting/weightings.ts";
import { checkRates } from "./check-rates.ts";
import type { ExperimentConfig, InputConfig } from "./experiment.ts";
import type { Problem } from "./problems.ts";
import { families, objectiveKinds } from "./tables.ts";

/** What is wrong between options that are each right: names that clash, shares that do not add up. */
export function crossCheck(config: ExperimentConfig): Problem[] {
  return [
    ...checkNames(config),
    ...checkWeights(config),
    ...checkSplit(config),
    ...checkRule(config),
    ...checkRates(config),
    ...checkMemory(config),
    ...checkCapabilities(config),
    ...checkFusion(config),
    ...checkTable(config),
    ...checkViews(config),
    ...checkSharing(config),
    ...checkWeighting(config),
    ...checkBy(config),
    ...checkData(config),
    ...checkSampling(config),
    ...checkObjectives(config),
  ];
}

/** The columns that an input names; patterns are known when the rows are. */
function columnsRead(input: InputConfig): readonly string[] {
  const columns = "columns" in input ? input.columns : undefined;
  return columns === undefined ? [input.column] : typeof columns === "string" ? [columns] : columns;
}

function checkNames({ inputs, tasks, weightColumn }: ExperimentConfig): Problem[] {
  const problems: Problem[] = [];
  if (inputs && Object.keys(inputs).length === 0) {
    problems.push({ path: ["inputs"], expected: "at least one input", got: "none", key: true });
  }
  if (Object.keys(tasks).length === 0) {
    problems.push({ path: ["tasks"], expected: "at least one task", got: "none", key: true });
  }
  const inputOf = new Map(
    Object.entries(inputs ?? {}).flatMap(([name, one]) =>
      columnsRead(one).map((column) => [column, name] as const),
    ),
  );
  const taskOf = new Map<string, string>();
  for (const [name, { column }] of Object.entries(tasks)) {
    if (column === undefined) continue;
    const input = inputOf.get(column) ?? (inputs && Object.hasOwn(inputs, name) ? name : undefined);
    if (input !== undefined) {
      problems.push({
        path: ["tasks", name],
        key: true,
        expected: "a task that is not also an input",
        got: `column ${show(column)}, which inputs.${input} reads`,
        hint: `a model that sees its answer learns nothing; remove inputs.${input} or the task`,
      });
    }
    const other = taskOf.get(column);
    if (input === undefined && other !== undefined) {
      problems.push({
        path: ["tasks", name],
        key: true,
        expected: "a column of its own",
        got: `column ${show(column)}, which tasks.${other} reads`,
      });
    }
    taskOf.set(column, name);
  }
  if (weightColumn !== undefined) {
    const user = inputOf.has(weightColumn)
      ? `inputs.${inputOf.get(weightColumn)}`
      : taskOf.has(weightColumn)
        ? `tasks.${taskOf.get(weightColumn)}`
        : undefined;
    if (user !== undefined) {
      problems.push({
        path: ["weightColumn"],
        expected: "a column that is neither input nor task",
        got: `${show(weightColumn)}, which ${user} reads`,
      });
    }
  }
  return problems;
}

function checkWeights({ tasks, learner }: ExperimentConfig): Problem[] {
  const weighting = (learner as { weighting?: { type: string } }).weighting;
  if (weighting?.type !== "equal") return [];
  for (const [name, task] of Object.entries(tasks)) {
    const key = task.weight !== undefined ? "weight" : "weights";
    if (task[key] === undefined) continue;
    return [
      {
        path: ["tasks", name, key],
        expected: `no ${key} where learner.weighting is equal`,
        got: show(task[key]),
        hint: "set learner.weighting to fixed, or remove the weight",
      },
    ];
  }
  return [];
}

function checkSplit({ split }: ExperimentConfig): Problem[] {
  if ("fractions" in split) {
    return caught(["split", "fractions"], () => checkFractions(split.fractions as Fractions));
  }
  if (split.type === "files" && split.validation === undefined && split.test === undefined) {
    return [{ path: ["split"], expected: "files for validation, test or both", got: "neither" }];
  }
  return [];
}

function checkRule({ training, tasks, split }: ExperimentConfig): Problem[] {
  const { rule, patience } = training.earlyStopping;
  const path = ["training", "earlyStopping", "rule"];
  const names = Object.keys(tasks);
  // The values of a column, and so the tasks they make, are known when its rows are read.
  const ofValue = names.some((name) => tasks[name].by !== undefined && rule.startsWith(`${name}.`));
  const problems = ofValue ? [] : caught(path, () => selectionRule(rule, names));
  const none = "fractions" in split ? split.fractions.validation === 0 : false;
  if (none && patience > 0) {
    problems.push({
      path: ["training", "earlyStopping", "patience"],
      expected: "0 where no row is for validation",
      got: `${patience}`,
      hint: "test rows never choose a model; give split.fractions.validation a share",
    });
  }
  return problems;
}

function checkMemory({ memoryLimit }: ExperimentConfig): Problem[] {
  if (memoryLimit === undefined) return [];
  return caught(["memoryLimit"], () => parseMemoryLimit(memoryLimit));
}

/** What the chosen family cannot do, of the types that are known. */
export function checkCapabilities({ learner, inputs, tasks }: ExperimentConfig): Problem[] {
  const can: Capabilities = families[learner.type].can;
  const missing = (
    section: "inputs" | "tasks",
    able: readonly string[] | "all",
    types: readonly (readonly [string, string])[],
  ): Problem[] =>
    types
      .filter(([, type]) => able !== "all" && type !== "auto" && !able.includes(type))
      .map(([name, type]) => ({
        path: [section, name, "type"],
        expected: `a type that the family ${learner.type} takes: ${(able as readonly string[]).join(", ")}`,
        got: type,
        hint: "choose another family under `learner`",
      }));
  const types = (section: Readonly<Record<string, { readonly type: string }>>) =>
    Object.entries(section).map(([name, { type }]) => [name, type] as const);
  return [
    ...missing("inputs", can.modalities, types(inputs ?? {})),
    ...missing("tasks", can.tasks, types(tasks)),
  ];
}

/** What a fusion says of its options and the parts' names, where the inputs' types are known. */
function checkFusion({ learner, inputs }: ExperimentConfig): Problem[] {
  const options = (learner as { fusion?: { type: FusionName } }).fusion;
  const known = Object.entries(inputs ?? {});
  if (options === undefined || inputs === undefined) return [];
  if (known.some(([, { type }]) => type === "auto")) return [];
  const named = known.map(([name, { type }]) => ({
    name,
    modality: modalityNamed(type as ModalityName),
  }));
  const fusion: Fusion = fusions[options.type];
  const parts = partsOf(named).map((part) => part.name);
  const { blend } = learner as { blend?: { type: string; weights?: Record<string, number> } };
  return [
    ...caught(["learner", "fusion"], () => fusion.check?.(parts, options)),
    ...caught(["learner", "blend"], () => blend?.weights && fixedWeights(blend.weights, parts)),
  ];
}

function checkTable({ learner }: ExperimentConfig): Problem[] {
  if (learner.type !== "neural") return [];
  const way: Columns = tables[learner.table.type as keyof typeof tables];
  return caught(["learner", "table"], () => way.check?.(learner.table));
}

/** What is said of single tasks, where the inputs are named. */
function checkViews({ learner, inputs, tasks }: ExperimentConfig): Problem[] {
  if (learner.type !== "neural") return [];
  const names = inputs && Object.keys(inputs);
  const declared: NamedTask[] = Object.keys(tasks).map((name) => ({ name }));
  // What `by` makes of a task is named once the values are known.
  const made = Object.keys(learner.perTask).filter((said) =>
    Object.entries(tasks).some(([name, { by }]) => by !== undefined && said.startsWith(`${name}.`)),
  );
  const nameable = [...declared, ...made.map((name) => ({ name }))];
  return caught(["learner", "perTask"], () => checkPerTask(learner.perTask, nameable, names));
}

/** Tasks for the values of a column: what names such tasks before the values are known. */
function checkBy({ tasks }: ExperimentConfig): Problem[] {
  const problems: Problem[] = [];
  const columns = new Map(Object.entries(tasks).map(([name, { column }]) => [column, name]));
  for (const [name, { by, weights }] of Object.entries(tasks)) {
    if (by === undefined) {
      if (weights !== undefined)
        problems.push({
          path: ["tasks", name, "weights"],
          key: true,
          expected: "`by` beside it, whose values they weigh",
          got: "none",
          hint: "the weight of a whole task is `weight`",
        });
      continue;
    }
    const labels = columns.get(by);
    if (labels !== undefined)
      problems.push({
        path: ["tasks", name, "by"],
        expected: "a column without labels",
        got: `${show(by)}, which tasks.${labels} reads`,
      });
  }
  return problems;
}

/** Rows come from one place. */
function checkData({ data, split }: ExperimentConfig): Problem[] {
  if (data === undefined) return [];
  const [path, tables] = [data.path !== undefined, data.tables !== undefined];
  if (path === tables)
    return [
      {
        path: ["data"],
        key: true,
        expected: "either path or tables",
        got: path ? "both" : "neither",
      },
    ];
  if (tables && split.type === "files")
    return [
      {
        path: ["split", "type"],
        expected: "a split of the stacked rows beside data.tables",
        got: "files",
      },
    ];
  return [];
}

/** Optimizers that see all rows at every step have none to draw. */
function checkSampling({ training }: ExperimentConfig): Problem[] {
  const { sampling, optimizer } = training;
  const wholes = optimizer.type === "lbfgs" || optimizers[optimizer.type].fullBatch;
  if (sampling.type === "proportional" || !wholes) return [];
  return [
    {
      path: ["training", "sampling"],
      expected: `proportional beside optimizer ${optimizer.type}, which sees all rows at every step`,
      got: sampling.type,
    },
  ];
}

/** What a sharing says of its options and the tasks' names and kinds. */
function checkSharing({ learner, tasks }: ExperimentConfig): Problem[] {
  const options = (learner as { sharing?: { type: SharingName } }).sharing;
  if (options === undefined) return [];
  const sharing: Sharing = sharings[options.type];
  // The tasks of a column's values are known when the rows are.
  if (Object.values(tasks).some((task) => task.by !== undefined)) return [];
  const named = Object.entries(tasks)
    .filter(([, { type }]) => !Object.hasOwn(objectiveKinds, type))
    .map(([name, { type }]) => ({ name, kind: type }));
  return caught(["learner", "sharing"], () => sharing.check?.(named, options));
}

/** What a weighting says of its options and the number of tasks, such as a preference for each. */
function checkWeighting({ learner, tasks }: ExperimentConfig): Problem[] {
  const options = (learner as { weighting?: { type: WeightingName } }).weighting;
  if (options === undefined) return [];
  if (Object.values(tasks).some((task) => task.by !== undefined)) return [];
  const names = Object.keys(tasks);
  const lambda = new Float64Array(names.length).fill(1 / names.length);
  const weighting = weightings[options.type] as Weighting;
  return caught(["learner", "weighting"], () =>
    weighting.create(options, { names, lambda, seed: 0 }),
  );
}

/** What tasks that compare inputs say of the inputs' names, of the batches and of the family. */
function checkObjectives({ learner, inputs, tasks, training }: ExperimentConfig): Problem[] {
  const can: Capabilities = families[learner.type].can;
  return Object.entries(tasks).flatMap(([name, { type, ...options }]) => {
    const kind: TaskKind | undefined = Object.hasOwn(objectiveKinds, type)
      ? objectiveKinds[type as keyof typeof objectiveKinds]
      : undefined;
    const objective = kind?.objective;
    if (!objective) return [];
    const problems: Problem[] = [];
    if (!can.objectives) {
      problems.push({
        path: ["tasks", name, "type"],
        expected: `a type with labels for the family ${learner.type}`,
        got: `${type}, which compares inputs`,
        hint: "choose the family neural under `learner`",
      });
    }
    if (inputs) {
      const names = Object.keys(inputs);
      problems.push(
        ...caught(["tasks", name, "inputs"], () =>
          resolveSides(name, objective.sides(options), names),
        ),
      );
    }
    if (objective.comparesRows && training.batchSize < 2) {
      problems.push({
        path: ["training", "batchSize"],
        expected: `2 or more for tasks.${name}, which compares the rows of a batch`,
        got: `${training.batchSize}`,
      });
    }
    return problems;
  });
}

/** A check that throws, as a problem: its message less the name of the option, which has a place here. */
function caught(where: readonly string[], check: () => unknown): Problem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof PolytaskError)) throw error;
    const path = (error.details.path as readonly string[] | undefined) ?? where;
    const name = `${path.join(".")}: `;
    const text = error.message.startsWith(name) ? error.message.slice(name.length) : error.message;
    const cut = text.lastIndexOf("; got ");
    return [
      {
        path,
        expected: cut < 0 ? text : text.slice(0, cut),
        got: cut < 0 ? undefined : text.slice(cut + 6),
        hint: error.hint,
      },
    ];
  }
}
