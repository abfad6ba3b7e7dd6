import type { TransferConfig } from "../config/transfer-config.ts";
import { ConfigError, didYouMean, show } from "../core/errors.ts";
import { type NamedTask, namesOf } from "../learners/per-task.ts";
import type { ResolvedSpecs } from "../model/specs.ts";
import type { TransferSource } from "./transfer-source.ts";

/** Inputs and tasks by which names are checked. */
interface Named {
  readonly inputs: readonly { readonly name: string }[];
  readonly tasks: readonly NamedTask[];
}

/**
 * Names of the trained model's inputs by those of the new one.
 * @throws ConfigError CONFIG_INVALID for names of inputs or tasks that are not there, or given twice.
 */
export function mappingOf(
  { inputs, tasks }: Named,
  source: TransferSource,
  config: TransferConfig,
): ReadonlyMap<string, string> {
  const check = (what: "inputs" | "tasks", now: readonly string[], known: readonly string[]) => {
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
  };
  const known = source.inputs.map((i) => i.name);
  const now = inputs.map((i) => i.name);
  check("inputs", now, known);
  check("tasks", namesOf(tasks), namesOf(source.tasks));
  const given = config.inputs;
  const taken = new Set(Object.values(given));
  return new Map(
    now.flatMap((name): [string, string][] => {
      const old = Object.hasOwn(given, name) ? given[name] : name;
      const free = known.includes(old) && (old !== name || !taken.has(old) || given[name]);
      return free ? [[name, old]] : [];
    }),
  );
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
  const mapping = mappingOf(specs, source, config);
  const stated = (name: string): Record<string, unknown> => {
    const all = (given.inputs ?? {}) as Record<string, Record<string, unknown> | undefined>;
    return Object.hasOwn(all, name) ? { ...all[name] } : {};
  };
  const inputs = specs.inputs.map((spec) => {
    const old = source.inputs.find((i) => i.name === mapping.get(spec.name));
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
  if (mapping.size === 0) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `transfer: an input that the new table shares with ${source.where} (${names(source.inputs).join(", ")}); got ${names(specs.inputs).join(", ")}`,
      { hint: "say under transfer.inputs which new input is which old one, such as `price: cost`" },
    );
  }
  for (const [name, old] of Object.entries(config.tasks)) {
    const called = (
      list: readonly (NamedTask & { readonly kind: { readonly name: string } })[],
    ) => {
      const key = list === specs.tasks ? name : old;
      return list.find((t) => t.name === key || t.group?.task === key)?.kind.name;
    };
    const [now, before] = [called(specs.tasks), called(source.tasks)];
    if (now === before) continue;
    throw new ConfigError(
      "CONFIG_INVALID",
      `transfer.tasks.${name}: a task of kind ${now}, as it is in the new table; ${old} is ${before}`,
      { hint: `give tasks.${name} the type ${before}, or leave it out of transfer.tasks` },
    );
  }
  return { ...specs, inputs };
}
