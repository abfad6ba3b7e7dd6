import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { referenceKernels } from "../optim/kernels-reference.ts";
import type { StepFacts, ValidationFacts, Weighting } from "./weighting.ts";
import { weightings } from "./weightings.ts";

interface Step {
  epoch?: number;
  gradients?: string;
  roll?: number;
  losses: number[];
  after?: number[];
  weights: number[];
  own?: number[];
  validationWeights?: number[];
  validation?: Record<string, number[]> & { innerRate: number };
}
interface Case {
  name: string;
  config: Record<string, unknown>;
  steps: Step[];
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
const sets: Record<string, number[][]> = read("gradient-sets");
const array = (values: readonly number[]) => Float64Array.from(values);

function factsOf(step: Step, at: number): StepFacts {
  const rows = step.gradients === undefined ? [] : sets[step.gradients];
  const k = rows.length;
  const gradients = rows.map((_, i) =>
    Float32Array.from(rows[(((i - (step.roll ?? 0)) % k) + k) % k]),
  );
  const { validation: v } = step;
  const validation: ValidationFacts | undefined = v && {
    losses: array(v.losses),
    cross: array(v.cross),
    gram: array(v.gram),
    trainGram: array(v.trainGram),
    innerLosses: array(v.innerLosses),
    innerRate: v.innerRate,
  };
  return {
    epoch: step.epoch ?? 0,
    step: at,
    losses: array(step.losses),
    ...(k > 0 && { gram: referenceKernels.gram(gradients) }),
    validation,
  };
}

const methods = [
  "uncertainty",
  "imtlL",
  "gls",
  "logTransform",
  "dwa",
  "stch",
  "famo",
  "gradnorm",
  "imtl",
  "autoLambda",
  "moml",
  "forum",
];

describe.each(methods)("%s, step by step against PyTorch", (method) => {
  const row = weightings[method as keyof typeof weightings] as Weighting;
  const cases: Case[] = read(method).cases;
  const tolerance = method === "forum" ? 2e-5 : method === "moml" ? 1e-6 : 1e-9;

  it.each(cases.map((c) => [c.name, c] as const))("%s", (_, { config, steps }) => {
    const k = steps[0].losses.length;
    const tasks = {
      names: Array.from({ length: k }, (_, i) => `t${i}`),
      lambda: new Float64Array(k).fill(0.5),
      seed: 1,
    };
    let weigher = row.create(row.config.parse(config), tasks);
    steps.forEach((step, at) => {
      const facts = factsOf(step, at);
      const weights = weigher.weights(facts);
      const check = (actual: Float64Array | undefined, expected: number[] | undefined) => {
        if (!expected) return;
        const scale = Math.max(...expected.map(Math.abs), 1e-12);
        expected.forEach((v, i) => {
          expect(Math.abs((actual?.[i] ?? Number.NaN) - v) / scale).toBeLessThan(tolerance);
        });
      };
      check(weights, step.weights);
      check(weigher.own?.(), step.own);
      check(weigher.validationWeights?.(), step.validationWeights);
      weigher.observe?.(facts);
      if (step.after) weigher.afterStep?.(array(step.after));
      // Every step goes through a checkpoint, written and read as text.
      const saved = JSON.stringify(weigher.state());
      weigher = row.create(row.config.parse(config), tasks);
      weigher.restore(JSON.parse(saved));
    });
  });
});
