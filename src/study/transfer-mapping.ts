import type { TransferConfig } from "../config/transfer-config.ts";
import { ConfigError, didYouMean, show } from "../core/errors.ts";
import type { ResolvedSpecs } from "../model/specs.ts";
import type { TransferSource } from "./transfer-source.ts";

/** Names of the trained model's inputs and tasks by those of the new one. */
export interface Mapping {
  readonly inputs: ReadonlyMap<string, string>;
  readonly tasks: ReadonlyMap<string, string>;
}

/**
 * Which input and task continues which.
 * @throws ConfigError CONFIG_INVALID for names that are not there, or given twice.
 */
export function mappingOf(
  { inputs, tasks }: { readonly inputs: readonly string[]; readonly tasks: readonly string[] },
  source: TransferSource,
  config: TransferConfig,
): Mapping {
  const map = (what: "inputs" | "tasks", now: readonly string[], known: readonly string[]) => {
    const given = Object.entries(config[what]);
    const checkName = (name: string, names: readonly string[], where: string, side: string) => {
      if (names.includes(name)) return;
      throw new ConfigError(
        "CONFIG_INVALID",
        `${where}: ${side} (${names.join(", ") || "none"}); got ${show(name)}`,
        { hint: hintOf(name, names) },
      );
    };
    for (const [name, old] of given) {
      checkName(name, now, `transfer.${what}`, `names of ${what} of the new model`);
      checkName(old, known, `transfer.${what}.${name}`, `one of the ${what} of ${source.where}`);
      const twice = given.find(([other, o]) => o === old && other !== name);
      if (twice) {
        throw new ConfigError(
          "CONFIG_INVALID",
          `transfer.${what}.${name}: ${what} of the trained model at most once each; ${show(old)} is also given to ${twice[0]}`,
        );
      }
    }
    const taken = new Set(given.map(([, old]) => old));
    return new Map(
      now.flatMap((name): [string, string][] => {
        const old = Object.hasOwn(config[what], name) ? config[what][name] : name;
        const free = known.includes(old) && (old !== name || !taken.has(old) || config[what][name]);
        return free ? [[name, old]] : [];
      }),
    );
  };
  return {
    inputs: map(
      "inputs",
      inputs,
      source.inputs.map((i) => i.name),
    ),
    tasks: map(
      "tasks",
      tasks,
      source.tasks.map((t) => t.name),
    ),
  };
}

function hintOf(name: string, names: readonly string[]): string | undefined {
  const near = didYouMean(name, names);
  return near && `did you mean ${near}?`;
}

/**
 * The inputs of the new model read as the trained one reads those that it continues: the same modality where none is
 * named, the same options but for those that are given, and features of the same width.
 * @param given the configuration as it was written, before defaults.
 * @throws ConfigError CONFIG_INVALID for unknown names, kinds that differ where a mapping says that they are the
 *   same, and where no input is shared.
 */
export function adoptSpecs(
  specs: ResolvedSpecs,
  source: TransferSource,
  config: TransferConfig,
  given: { readonly inputs?: unknown },
): ResolvedSpecs {
  const names = (list: readonly { readonly name: string }[]) => list.map((one) => one.name);
  const mapping = mappingOf(
    { inputs: names(specs.inputs), tasks: names(specs.tasks) },
    source,
    config,
  );
  const stated = (name: string): Record<string, unknown> => {
    const all = (given.inputs ?? {}) as Record<string, Record<string, unknown> | undefined>;
    return Object.hasOwn(all, name) ? { ...all[name] } : {};
  };
  const inputs = specs.inputs.map((spec) => {
    const old = source.inputs.find((i) => i.name === mapping.inputs.get(spec.name));
    if (old === undefined) return spec;
    const { type, column: _, columns: __, ...options } = stated(spec.name);
    const open = type === undefined || type === "auto";
    if (!open && old.modality.name !== spec.modality.name) {
      if (!Object.hasOwn(config.inputs, spec.name)) return spec;
      throw new ConfigError(
        "CONFIG_INVALID",
        `transfer.inputs.${spec.name}: an input of type ${spec.modality.name}, as it is in the new table; ${old.name} is ${old.modality.name}`,
        {
          hint: `give inputs.${spec.name} the type ${old.modality.name}, or leave it out of transfer.inputs`,
        },
      );
    }
    const { modality } = old;
    const merged = modality.options.parse({ ...(old.options as object), ...options });
    return { ...spec, modality, options: modality.carry?.options?.(old.state, merged) ?? merged };
  });
  if (mapping.inputs.size === 0) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `transfer: an input that the new table shares with ${source.where} (${names(source.inputs).join(", ")}); got ${names(specs.inputs).join(", ")}`,
      { hint: "say under transfer.inputs which new input is which old one, such as `price: cost`" },
    );
  }
  for (const task of specs.tasks) {
    const old = source.tasks.find((t) => t.name === config.tasks[task.name]);
    if (old === undefined || old.kind.name === task.kind.name) continue;
    throw new ConfigError(
      "CONFIG_INVALID",
      `transfer.tasks.${task.name}: a task of kind ${task.kind.name}, as it is in the new table; ${old.name} is ${old.kind.name}`,
      {
        hint: `give tasks.${task.name} the type ${old.kind.name}, or leave it out of transfer.tasks`,
      },
    );
  }
  return { ...specs, inputs };
}
