import { z } from "zod";
import { int } from "../../compiler/onnx/attributes.ts";
import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import type { RowStore } from "../../data/rows.ts";
import type { Problem } from "../../train/problem.ts";
import type { Family, Fitted } from "../learner.ts";

const config = z.strictObject({}).describe("The baseline has no options.");

export type BaselineConfig = z.infer<typeof config>;

/** The prediction that reads no input: the mean, the class frequencies, the mean rate. */
export const baseline: Family<BaselineConfig> = {
  name: "baseline",
  title: "Baseline",
  summary: "Predicts the mean or the class frequencies of the training labels for every row.",
  config,
  can: {
    view: "features",
    tasks: "all",
    objectives: true,
    modalities: "all",
    streaming: true,
    resume: false,
    transfer: "it reads no input, and has no weights to take over",
  },
  async fit(problem) {
    return new FittedBaseline(problem);
  },
};

class FittedBaseline implements Fitted {
  readonly family = "baseline";
  readonly parameters: number;
  readonly facts: Readonly<Record<string, unknown>> = {};
  private readonly priors: ReadonlyMap<string, Float32Array>;
  private readonly first: string;

  constructor({ inputs, tasks }: Problem) {
    this.priors = new Map(tasks.map((t) => [t.name, Float32Array.from(t.kind.prior(t.state))]));
    this.parameters = [...this.priors.values()].reduce((sum, prior) => sum + prior.length, 0);
    this.first = `${inputs[0].name}.present`;
  }

  async predict(_store: RowStore, rows: Int32Array): Promise<Record<string, Float32Array>> {
    return Object.fromEntries(
      [...this.priors].map(([task, prior]) => {
        const raw = new Float32Array(rows.length * prior.length);
        for (let row = 0; row < rows.length; row++) raw.set(prior, row * prior.length);
        return [task, raw];
      }),
    );
  }

  emit(onnx: OnnxBuilder, values: Readonly<Record<string, string>>): Record<string, string> {
    const [count] = onnx.node("Shape", [values[this.first]], {
      attributes: { start: int(0), end: int(1) },
    });
    return Object.fromEntries(
      [...this.priors].map(([task, prior]) => {
        const [shape] = onnx.node("Concat", [count, onnx.int64s([prior.length])], {
          attributes: { axis: int(0) },
        });
        const constant = onnx.constant("float32", [1, prior.length], prior);
        return [task, onnx.node("Expand", [constant, shape])[0]];
      }),
    );
  }

  dispose(): void {}
}
