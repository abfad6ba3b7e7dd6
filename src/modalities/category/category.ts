import { z } from "zod";
import { int, strs, tensor } from "../../compiler/onnx/attributes.ts";
import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { dtypeCode } from "../../compiler/onnx/tensor-data.ts";
import type { Column } from "../../data/columns.ts";
import { embedding } from "../../nn/embedding.ts";
import { memo } from "../memo.ts";
import type { Boundary, Learning, Modality } from "../modality.ts";
import { classTarget } from "../targets/class-target.ts";
import { carryCategory } from "./carry.ts";
import { recogniseCategory } from "./recognise.ts";
import { type CategorySource, eachCategory, spell } from "./vocabulary.ts";

/** Ids: 0 is an unknown or rare category, 1 … n are `categories`, n + 1 is a missing cell. */
export interface CategoryState {
  readonly rows: number;
  readonly missing: number;
  readonly source: CategorySource;
  /** By descending training count, equal counts by code unit order; after a transfer those known before come first. */
  readonly categories: readonly string[];
  readonly counts: readonly number[];
  /** Training rows of categories left out, and how many such categories there are. */
  readonly rareRows: number;
  readonly rareCategories: number;
}

const options = z
  .strictObject({
    maxCategories: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe("Most frequent categories that are kept apart; the rest count as one."),
    minCount: z
      .int()
      .min(1)
      .default(2)
      .describe(
        "Categories in fewer training rows count as one, which also stands for unknown ones.",
      ),
    size: z
      .int()
      .min(0)
      .max(4096)
      .default(0)
      .describe(
        "Numbers a category is embedded in; 0 chooses min(50, 1.6·n^0.56) for n categories.",
      ),
  })
  .describe("A category.");

export type CategoryOptions = z.infer<typeof options>;

/** Numbers that `count` values are embedded in by default, from 2 to 50. */
export function embeddingSize(count: number): number {
  return Math.max(2, Math.min(50, Math.round(1.6 * count ** 0.56)));
}

/** Id by category; "" is a missing cell. */
const idsOf = memo((state: CategoryState): ReadonlyMap<string, number> => {
  const ids = new Map(state.categories.map((category, i) => [category, i + 1]));
  return ids.set("", state.categories.length + 1);
});

/** Emits ids and presence, int32 and float32 `[rows, 1]`. */
function emitIds(
  state: CategoryState,
  name: string,
  onnx: OnnxBuilder,
  rows: string,
): { readonly ids: string; readonly present: string } {
  const ids = idsOf(state);
  const input = onnx.input(name, "string", [rows, 1]);
  const [found] = onnx.node("LabelEncoder", [input], {
    domain: "ai.onnx.ml",
    attributes: {
      keys_strings: strs([...ids.keys()]),
      values_int64s: { ints: [...ids.values()] },
      default_int64: int(0),
    },
  });
  const to = (dtype: "int32" | "float32") => ({ attributes: { to: int(dtypeCode(dtype)) } });
  const [narrow] = onnx.node("Cast", [found], to("int32"));
  const absent = onnx.scalar(state.categories.length + 1, "int32");
  const [missing] = onnx.node("Equal", [narrow, absent]);
  const [there] = onnx.node("Not", [missing]);
  return { ids: narrow, present: onnx.node("Cast", [there], to("float32"))[0] };
}

const view = {
  encode(
    state: CategoryState,
    column: Parameters<Modality["network"]["encode"]>[1],
    out: Int32Array,
    present: Float32Array,
  ): void {
    const ids = idsOf(state);
    const absent = state.categories.length + 1;
    eachCategory(
      column,
      (text) => ids.get(spell(text, state.source)) ?? 0,
      (row, id) => {
        out[row] = id;
        present[row] = id === absent ? 0 : 1;
      },
    );
  },
  async raw(
    state: CategoryState,
    name: string,
    column: Parameters<Modality["network"]["encode"]>[1],
  ) {
    const data = new Array<string>(column.length);
    eachCategory(
      column,
      (text) => spell(text, state.source),
      (row, text) => {
        data[row] = text;
      },
    );
    return { [name]: { dtype: "string" as const, dims: [data.length, 1], data } };
  },
};

/** One of a set of values: words, codes, yes and no. */
export const category: Modality<CategoryOptions, CategoryState> = {
  name: "category",
  title: "Category",
  summary:
    "A vocabulary of the training rows; unknown, rare and missing values have ids of their own.",
  options,
  storage: ["string", "number", "boolean"],
  block: "table",
  recognise: recogniseCategory,
  learn,

  network: {
    ...view,
    feeds: () => [{ name: "id", dtype: "int32", shape: [] }],
    encode: (state, column, out, present) =>
      view.encode(state, column, out[0] as Int32Array, present),
    boundary(state, name, onnx, rows): Boundary {
      const { ids, present } = emitIds(state, name, onnx, rows);
      const [flat] = onnx.node("Reshape", [ids, onnx.int64s([-1])]);
      return { feeds: { id: flat }, present };
    },
    encoder(builder, feeds, _, state, options) {
      const count = state.categories.length + 2;
      const size = options.size || embeddingSize(state.categories.length);
      // Rows that training may never show begin at zero: neither here nor there.
      const zeroIds = [0, count - 1];
      return { features: embedding(builder, "embedding", feeds.id, { count, size, zeroIds }) };
    },
  },

  features: {
    ...view,
    feeds: () => [
      { name: "ids", dtype: "int32", shape: [1] },
      { name: "values", dtype: "float32", shape: [1] },
    ],
    encode(state, column, out, present) {
      view.encode(state, column, out[0] as Int32Array, present);
      (out[1] as Float32Array).fill(1, 0, column.length);
    },
    boundary(state, name, onnx, rows): Boundary {
      const { ids, present } = emitIds(state, name, onnx, rows);
      const [shape] = onnx.node("Shape", [ids]);
      const ones = tensor("float32", [1], Float32Array.of(1));
      const [values] = onnx.node("ConstantOfShape", [shape], { attributes: { value: ones } });
      return { feeds: { ids, values }, present };
    },
    blocks: (state) => [
      {
        kind: "sparse",
        ids: "ids",
        values: "values",
        size: state.categories.length + 2,
        name: (id) => ["(other)", ...state.categories, "(missing)"][id],
      },
    ],
  },

  target: classTarget<CategoryOptions, CategorySource>({
    read(column, _, source, visit) {
      eachCategory(column, (text) => spell(text, source), visit);
    },
    reading: (_, column) => sourceOf(column),
    least: ({ minCount }) => minCount,
  }),
  describe: (state) => ({
    rows: state.rows,
    missing: state.missing,
    categories: state.categories.length,
    rareCategories: state.rareCategories,
    rareRows: state.rareRows,
    mostFrequent: state.categories[mostFrequent(state)] ?? "none",
    mostFrequentRows: state.counts[mostFrequent(state)] ?? 0,
  }),
  carry: carryCategory(embeddingSize),
};

/** The place of the category with most rows, the first of several. */
function mostFrequent({ counts }: CategoryState): number {
  return counts.reduce((best, count, i) => (count > counts[best] ? i : best), 0);
}

function sourceOf({ storage }: Column): CategorySource {
  return storage === "number" || storage === "boolean" ? storage : "string";
}

/** Counts in memory that grows with the number of distinct values. */
function learn(options: CategoryOptions): Learning<CategoryState> {
  const counts = new Map<string, number>();
  let rows = 0;
  let source: CategorySource | undefined;
  return {
    add(column) {
      rows += column.length;
      source ??= sourceOf(column);
      const from = source;
      eachCategory(
        column,
        (text) => spell(text, from),
        (_, text) => counts.set(text, (counts.get(text) ?? 0) + 1),
      );
    },
    finish() {
      const missing = counts.get("") ?? 0;
      counts.delete("");
      const all = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      const kept = all
        .filter(([, count]) => count >= options.minCount)
        .slice(0, options.maxCategories);
      const keptRows = kept.reduce((sum, [, count]) => sum + count, 0);
      return {
        rows,
        missing,
        source: source ?? "string",
        categories: kept.map(([category]) => category),
        counts: kept.map(([, count]) => count),
        rareRows: rows - missing - keptRows,
        rareCategories: all.length - kept.length,
      };
    },
  };
}
