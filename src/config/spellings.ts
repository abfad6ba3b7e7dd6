import { fusions } from "../fusion/fusions.ts";
import { sharings } from "../sharing/sharings.ts";
import { weightings } from "../weighting/weightings.ts";
import type { ExperimentConfig } from "./experiment.ts";
import { isObject } from "./json-schema.ts";

type Titles = Readonly<Record<string, { readonly title: string }>>;

/** Choices of which other libraries have names of their own, and sometimes other methods under them. */
const named: Readonly<Record<string, Titles>> = {
  fusion: fusions,
  sharing: sharings,
  weighting: weightings,
};

/** Says which method runs where it was asked for by another name than ours. */
export function spellingNotes(raw: unknown, { learner }: ExperimentConfig): string[] {
  const given = isObject(raw) && isObject(raw.learner) ? raw.learner : {};
  return Object.entries(named).flatMap(([key, titles]) => {
    const asked = isObject(given[key]) ? given[key].type : given[key];
    const chosen = (learner as Readonly<Record<string, unknown>>)[key];
    const type = isObject(chosen) ? String(chosen.type) : undefined;
    if (typeof asked !== "string" || type === undefined || asked === type) return [];
    const { title } = titles[type];
    return [`learner.${key}: ${asked} is ${type} here${title === asked ? "" : `: ${title}`}`];
  });
}
