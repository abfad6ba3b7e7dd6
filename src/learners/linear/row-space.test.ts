import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { modalityNamed } from "../../modalities/modalities.ts";
import type { TaskKind } from "../../tasks/task.ts";
import { taskKinds } from "../../tasks/tasks.ts";
import { trainingConfig } from "../../train/config.ts";
import { encodeRows } from "../../train/encode.ts";
import { allRows } from "../../train/evaluation.ts";
import { learnStates } from "../../train/learn.ts";
import type { Problem } from "../../train/problem.ts";
import { subsetPart } from "../../train/subset.ts";
import { linearConfig } from "./config.ts";
import { designOf } from "./design.ts";
import { linear } from "./linear.ts";
import { rowSpaceOf, suitsRowSpace } from "./row-space.ts";

const words = ["red", "green", "blue", "round", "square", "small", "large", "old", "new", "odd"];

/** Texts with far more pairs of words and characters than rows; some rows are alike, some cells and labels missing. */
const table = tableFromRows(
  Array.from({ length: 48 }, (_, i) => {
    const random = Random.from(3, "rows", i % 44);
    const picked = Array.from({ length: 5 }, () => words[random.integer(words.length)]);
    const x = random.normal();
    return {
      x: i % 9 === 0 ? null : x,
      note: i % 7 === 0 ? null : picked.join(" "),
      price: i % 5 === 0 ? null : x + Number(picked.includes("red")),
      kind: ["a", "b", "c"][(picked[0].length + i) % 3],
      sold: i % 4 === 1 ? null : picked.includes("old") || x > 1,
    };
  }),
);

async function problem(): Promise<Problem> {
  const input = (name: string, type: "number" | "text", options: object) => {
    const modality = modalityNamed(type);
    return { name, modality, options: modality.options.parse(options) };
  };
  const task = (name: string, type: keyof typeof taskKinds) => {
    const kind = taskKinds[type] as TaskKind;
    return { name, kind, options: kind.options.parse({}), weight: 0.5 };
  };
  const inputs = [
    input("x", "number", {}),
    input("note", "text", { characterFeatures: true, buckets: 512 }),
  ];
  const tasks = [task("price", "regression"), task("kind", "multiclass"), task("sold", "binary")];
  const learned = await learnStates([table], inputs, tasks);
  const train = await encodeRows([table], { ...learned, view: "features" });
  return { ...learned, train, validation: undefined, seed: 5 };
}

async function rawOf(of: Problem, options: object, asked = of) {
  const config = linearConfig.parse({ tolerance: 1e-9, ...options });
  const fitted = await linear.fit(of, config, { training: trainingConfig.parse({ threads: 1 }) });
  const { store } = asked.train;
  const raw = await fitted.predict(store, allRows(store));
  fitted.dispose();
  return { raw, facts: fitted.facts as Record<string, Record<string, { l2: number }>> };
}

function largestGap(a: Record<string, Float32Array>, b: Record<string, Float32Array>): number {
  const gaps = Object.keys(a).flatMap((task) =>
    [...a[task]].map((v, i) => Math.abs(v - b[task][i])),
  );
  return Math.max(...gaps);
}

describe("a linear model in the space of its rows", () => {
  it("says the same of rows that it has learned from and of others", async () => {
    const whole = await problem();
    const design = designOf(whole);
    expect(suitsRowSpace(design, 48)).toBe(true);
    const learned = Int32Array.from({ length: 36 }, (_, i) => i);
    const some = { ...whole, train: subsetPart(whole.train, learned) };
    for (const l2 of [1e-3, 0.1]) {
      const plain = await rawOf(some, { solver: "lbfgs", penalty: { l2 } }, whole);
      const own = await rawOf(some, { solver: "rowSpace", penalty: { l2 } }, whole);
      expect(largestGap(plain.raw, own.raw)).toBeLessThan(2e-3);
      const auto = await rawOf(some, { penalty: { l2 } }, whole);
      expect(largestGap(auto.raw, own.raw)).toBe(0);
    }
  });

  it("chooses the same strengths", async () => {
    const whole = await problem();
    const select = { l2: [1, 0.1, 0.01, 1e-3], folds: 3 };
    const [plain, own] = [
      await rawOf(whole, { solver: "lbfgs", select }),
      await rawOf(whole, { solver: "rowSpace", select }),
    ];
    for (const task of ["price", "kind", "sold"])
      expect(own.facts.tasks[task].l2).toBe(plain.facts.tasks[task].l2);
  });

  it("has the inner products of the rows", async () => {
    const whole = await problem();
    const { store } = rowSpaceOf(designOf(whole), whole.train.store);
    const factor = new Float32Array(48 * 48);
    const layout = store.layout.map(({ width }, k) =>
      k === 0 ? factor : new Float32Array(48 * width),
    );
    store.gather(allRows(store), 0, 48, layout);
    const product = (a: number, b: number) => {
      let sum = 0;
      for (let k = 0; k < 48; k++) sum += factor[a * 48 + k] * factor[b * 48 + k];
      return sum;
    };
    // Rows 2 and 46 have the same text and number.
    expect(product(2, 46)).toBeCloseTo(product(2, 2), 3);
    expect(product(2, 3)).not.toBeCloseTo(product(2, 2), 1);
  });

  it("is refused where it cannot be", async () => {
    const whole = await problem();
    await expect(rawOf(whole, { solver: "rowSpace", penalty: { l1: 1 } })).rejects.toThrow(
      "linear: solver auto or proximal where l1 is above 0; got solver rowSpace",
    );
    await expect(rawOf(whole, { solver: "rowSpace", regularizer: "l21" })).rejects.toThrow(
      "linear: another solver beside a regularizer; got solver rowSpace and regularizer l21",
    );
  });
});

describe("settled options", () => {
  it("are those that a fit would choose, and choose no more", async () => {
    const whole = await problem();
    const config = linearConfig.parse({ select: { l2: [1, 0.1, 0.01, 1e-3], folds: 3 } });
    const options = { training: trainingConfig.parse({ threads: 1 }) };
    const settled = await linear.settle?.(whole, config, options);
    const { facts } = await rawOf(whole, config);
    expect(settled?.select.l2).toEqual([]);
    for (const task of ["price", "kind", "sold"])
      expect(settled?.perTask[task].l2).toBe(facts.tasks[task].l2);
  });
});
