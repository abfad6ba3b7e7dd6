/** Ludwig's configurations in this library's words. */
import { ConfigError } from "../../core/errors.ts";
import { isObject } from "../json-schema.ts";
import { resolveConfig } from "../load.ts";
import { Block, type Left } from "./block.ts";
import { inputOf } from "./inputs.ts";
import { learnerOf } from "./learner.ts";
import { type ReadTask, taskOf } from "./tasks.ts";
import { splitOf, trainingOf } from "./training.ts";

export interface Converted {
  /** The configuration, without its data where none was named; it is valid. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What it does not say, and why. */
  readonly left: readonly Left[];
}

/** Whether a configuration is one of Ludwig's. */
export function isLudwig(raw: unknown): boolean {
  return isObject(raw) && Array.isArray(raw.input_features) && Array.isArray(raw.output_features);
}

/** Sections that another command has, or that nothing here needs. */
const sections: Readonly<Record<string, string>> = {
  hyperopt: "polytask tune searches values: see its help",
  backend: "training runs in this process, fits of studies in child processes",
  defaults: "options stand with each input and task",
};

/**
 * Converts a configuration of Ludwig. Missing cells, labels and the joint loss are this library's; what a
 * configuration leaves open of training and of the split is as Ludwig has it.
 * @throws ConfigError CONFIG_INVALID for one that has no task, or that is not valid when it is converted.
 */
export function fromLudwig(raw: unknown, data?: string): Converted {
  const whole = new Block(raw);
  whole.skip("ludwig_version");
  for (const [key, why] of Object.entries(sections))
    if (isObject(raw) && key in raw) whole.leave(key, why);
  whole.choice("model_type", { ecd: "" });
  const inputs = byName(whole.list("input_features"), inputOf);
  const read = byName(whole.list("output_features"), taskOf);
  if (Object.keys(read).length === 0) {
    throw new ConfigError(
      "CONFIG_INVALID",
      "output_features: an output of type number, binary, category or set; got none",
      { hint: "other outputs have no kind of task here" },
    );
  }
  const trainer = whole.block(isObject(raw) && "training" in raw ? "training" : "trainer");
  const learner = learnerOf(whole.block("combiner"), trainer);
  const split = splitOf(whole.block("preprocessing"));
  const training = trainingOf(trainer);
  // Weights that a method finds are not those that tasks declare.
  const weighing = learner.weighting === undefined;
  if (!weighing && differ(read))
    whole.leave("output_features", `loss weights: ${learner.weighting} weighs the tasks`);
  const config = {
    ...(data !== undefined && { data }),
    inputs,
    tasks: tasksOf(read, weighing),
    ...(split && { split }),
    learner: { ...learner, ...sharingOf(read) },
    training,
    seed: whole.number("random_seed") ?? 42,
  };
  resolveConfig(config);
  return { config, left: whole.left() };
}

/** Features by name, with a column of another name; those that are read as nothing are left out. */
function byName<Read extends object>(
  features: readonly Block[],
  read: (feature: Block) => Read | undefined,
): Record<string, Read & { column?: string }> {
  const found: Record<string, Read & { column?: string }> = {};
  for (const feature of features) {
    const column = feature.text("column");
    const name = feature.text("name") ?? column;
    feature.skip("proc_column");
    if (name === undefined) {
      feature.leave("name", "a feature without a name");
      continue;
    }
    const one = read(feature);
    if (one) found[name] = column === undefined || column === name ? one : { ...one, column };
  }
  return found;
}

function differ(read: Readonly<Record<string, ReadTask>>): boolean {
  return new Set(Object.values(read).map(({ weight }) => weight)).size > 1;
}

/** Tasks with their weights, which sum to 1 here, where they are not all alike. */
function tasksOf(
  read: Readonly<Record<string, ReadTask & { readonly column?: string }>>,
  weighing: boolean,
) {
  const sum = Object.values(read).reduce((total, { weight }) => total + weight, 0);
  const weighed = weighing && differ(read);
  return Object.fromEntries(
    Object.entries(read).map(([name, { options, weight, column }]) => [
      name,
      {
        ...options,
        ...(column !== undefined && { column }),
        ...(weighed && { weight: Number((weight / sum).toPrecision(4)) }),
      },
    ]),
  );
}

/** Outputs that read others are tasks that depend on others. */
function sharingOf(read: Readonly<Record<string, ReadTask>>): Readonly<Record<string, unknown>> {
  const dependsOn = Object.fromEntries(
    Object.entries(read)
      .map(([name, { dependencies }]) => [name, dependencies.filter((d) => d in read)] as const)
      .filter(([, dependencies]) => dependencies.length > 0),
  );
  if (Object.keys(dependsOn).length === 0) return {};
  return { sharing: { type: "taskDependency", dependsOn } };
}
