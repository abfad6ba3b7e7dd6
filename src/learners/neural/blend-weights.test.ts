import { describe, expect, it } from "vitest";
import { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { Random } from "../../core/random.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { modalityNamed } from "../../modalities/modalities.ts";
import type { TaskKind } from "../../tasks/task.ts";
import { taskKinds } from "../../tasks/tasks.ts";
import { trainingConfig } from "../../train/config.ts";
import { encodeRows } from "../../train/encode.ts";
import { learnStates } from "../../train/learn.ts";
import type { Problem } from "../../train/problem.ts";
import { neuralConfig } from "./config.ts";
import { neural } from "./neural.ts";

/** Numbers that tell much of the answer, and words of which most belong to one row alone. */
const table = tableFromRows(
  Array.from({ length: 240 }, (_, i) => {
    const random = Random.from(5, "blend", i);
    const x = random.normal();
    const words = Array.from({ length: 12 }, () => `w${random.integer(400)}`);
    return {
      x,
      note: i % 10 === 0 ? null : words.join(" "),
      rise: x + 0.4 * random.normal() > 0,
      fall: x - 0.4 * random.normal() < 0.2,
    };
  }),
);

async function problem(): Promise<Problem> {
  const input = (name: string, type: "number" | "text") => {
    const modality = modalityNamed(type);
    return { name, modality, options: modality.options.parse({}) };
  };
  const task = (name: string) => {
    const kind = taskKinds.binary as TaskKind;
    return { name, kind, options: kind.options.parse({}), weight: 0.5 };
  };
  const learned = await learnStates(
    [table],
    [input("x", "number"), input("note", "text")],
    [task("rise"), task("fall")],
  );
  const plan = { ...learned, view: "network" as const };
  const rows = (from: number, to: number) =>
    encodeRows([table], plan, { rows: Int32Array.from({ length: to - from }, (_, i) => from + i) });
  return { ...learned, train: await rows(0, 160), validation: await rows(160, 240), seed: 2 };
}

const given = await problem();
const sample = Int32Array.from({ length: 9 }, (_, i) => i);

async function learned(learner: Record<string, unknown>, epochs = 12, of: Problem = given) {
  const fitted = await neural.fit(of, neuralConfig.parse({ trunk: { sizes: [16] }, ...learner }), {
    threads: 1,
    training: trainingConfig.parse({
      epochs,
      batchSize: 20,
      optimizer: { type: "adam", learningRate: 0.01 },
    }),
  });
  const raw = await fitted.predict(of.train.store, sample);
  const names = [...(fitted.warmStart?.().keys() ?? [])];
  return { fitted, raw, names, last: fitted.history?.at(-1)?.tasks.rise.validation };
}

describe("blended losses", () => {
  it("give an input that overfits less say than one that generalises", async () => {
    const { fitted, last } = await learned({ blend: { type: "gradient", probeEpochs: 6 } });
    const blend = fitted.facts.blend as Record<string, Record<string, number>>;
    for (const task of ["rise", "fall"]) {
      expect(Object.keys(blend[task]).sort()).toEqual(["joint", "note", "table"]);
      expect(blend[task].table).toBeGreaterThan(5 * blend[task].note);
      const sum = Object.values(blend[task]).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 12);
    }
    expect(last?.rocAuc).toBeGreaterThan(0.75);
  });

  it("are found the same way twice", async () => {
    const [a, b] = [
      await learned({ blend: { type: "gradient", probeEpochs: 2 } }, 3),
      await learned({ blend: { type: "gradient", probeEpochs: 2 } }, 3),
    ];
    expect(a.fitted.facts).toEqual(b.fitted.facts);
    expect(a.raw).toEqual(b.raw);
  });

  it("leave the branches out of what is predicted and exported", async () => {
    const [plain, blended] = [await learned({}, 2), await learned({ blend: "fixed" }, 2)];
    expect(plain.names).not.toContain("part.note.head.rise.weight");
    expect(blended.names).toContain("part.note.head.rise.weight");
    const size = ({ fitted }: typeof plain) => {
      const onnx = new OnnxBuilder({ name: "blend" });
      const values: Record<string, string> = {};
      for (const { name, modality, state } of given.inputs) {
        for (const feed of modality.network.feeds(state))
          values[`${name}.${feed.name}`] = onnx.input(`${name}.${feed.name}`, feed.dtype, [
            "rows",
            ...feed.shape,
          ]);
        values[`${name}.present`] = onnx.input(`${name}.present`, "float32", ["rows", 1]);
      }
      for (const raw of Object.values(fitted.emit(onnx, values)))
        onnx.output(raw, "float32", ["rows", 1]);
      return onnx.toBytes().length;
    };
    expect(size(blended)).toBe(size(plain));
  });

  it("of weight 1 for the joint decision are the plain loss", async () => {
    const plain = await learned({}, 3);
    const weights = { joint: 1, table: 0, note: 0 };
    expect((await learned({ blend: { type: "fixed", weights } }, 3)).raw).toEqual(plain.raw);
    const equal = await learned({ blend: "fixed" }, 3);
    const third = { joint: 1 / 3, table: 1 / 3, note: 1 / 3 };
    expect(equal.fitted.facts.blend).toEqual({ rise: third, fall: third });
    expect(equal.raw).not.toEqual(plain.raw);
  });

  it("train the decisions that late fusions join", async () => {
    const { last } = await learned({ fusion: "lateProduct", blend: "fixed" });
    expect(last?.rocAuc).toBeGreaterThan(0.75);
  });

  it("name inputs that there are, and want validation rows to find weights", async () => {
    await expect(learned({ blend: { type: "fixed", weights: { nite: 1 } } })).rejects.toThrow(
      'learner.blend.weights: names of inputs that are fused, or joint (table, note, joint); got "nite"',
    );
    const none = { joint: 0, table: 0, note: 0 };
    await expect(learned({ blend: { type: "fixed", weights: none } })).rejects.toThrow(
      /learner\.blend\.weights: one above 0/,
    );
    await expect(
      learned({ blend: "gradient" }, 2, { ...given, validation: undefined }),
    ).rejects.toThrow(/learner\.blend: validation rows.*; got none/);
  });
});
