import { allocateBatch, memoryRowStore, type RowStore, selectEntries } from "../../data/rows.ts";
import { BatchBuffers } from "../../train/batches.ts";
import type { Design } from "./design.ts";

/** A linear problem told in as many features as it has rows. */
export interface RowSpace {
  readonly design: Design;
  /** Its features, and the labels and weights of the tasks. */
  readonly store: RowStore;
  /** Weights of the features, `[features + 1, outputs]`, of weights in this space, `[rows + 1, outputs]`. */
  back(weights: Float64Array): Float64Array;
}

/** Rows beyond which factoring their products takes longer than it saves. */
const rowLimit = 1500;

/** Added to the products of a row with itself, as a share of their mean: rows may be alike. */
const jitter = 1e-6;

/** Whether a design has so many more features than there are rows that their space is the smaller one. */
export function suitsRowSpace({ features }: Design, rows: number): boolean {
  return rows > 0 && rows <= rowLimit && features >= 2 * rows;
}

/**
 * Under a squared penalty the best weights are sums of rows, w = Xᵀc, and XXᵀ = LLᵀ has all that fits depend on: with
 * the rows of L for features the losses and ‖w‖² are the same. @cite hastie2004
 */
export function rowSpaceOf(design: Design, store: RowStore): RowSpace {
  const rows = compactRows(design, store);
  const factor = choleskyOf(productsOf(rows, design.features), store.rows);
  const block = {
    kind: "dense" as const,
    name: "rows.values",
    feed: "rows.values",
    start: 0,
    size: store.rows,
  };
  return {
    design: {
      blocks: [block],
      tasks: design.tasks,
      feeds: [{ name: block.feed, dtype: "float32", shape: [store.rows] }],
      dense: store.rows,
      features: store.rows,
      outputs: design.outputs,
      featureName: (row) => `row ${row}`,
      nameIn: (_, row) => `row ${row}`,
      inputOf: () => block.feed,
    },
    store: withLabels(design, store, block.feed, factor),
    back: (weights) => featureWeights(design, rows, factor, weights),
  };
}

/** The features that are not 0, row after row: row i has the places `starts[i] … starts[i + 1]`. */
interface CompactRows {
  readonly starts: Int32Array;
  readonly ids: Int32Array;
  readonly values: Float64Array;
}

/** Rows read at once. */
const chunk = 128;

function compactRows({ blocks }: Design, store: RowStore): CompactRows {
  const batch = new BatchBuffers(store.layout, Math.min(chunk, store.rows));
  const starts = new Int32Array(store.rows + 1);
  const ids: number[] = [];
  const values: number[] = [];
  for (let start = 0; start < store.rows; start += chunk) {
    const count = Math.min(chunk, store.rows - start);
    const rows = Int32Array.from({ length: count }, (_, i) => start + i);
    store.gather(rows, 0, count, batch.arrays);
    for (let row = 0; row < count; row++) {
      for (const block of blocks) {
        const width = block.kind === "dense" ? block.size : block.width;
        const found = batch.view(block.kind === "dense" ? block.feed : block.values, count);
        const places = block.kind === "dense" ? undefined : batch.view(block.ids, count);
        for (let k = row * width; k < (row + 1) * width; k++) {
          const id = places ? places[k] : k - row * width;
          if (id < 0 || found[k] === 0) continue;
          ids.push(block.start + id);
          values.push(found[k]);
        }
      }
      starts[start + row + 1] = ids.length;
    }
  }
  return { starts, ids: Int32Array.from(ids), values: Float64Array.from(values) };
}

/** Inner products of all pairs of rows; the lower triangle of `[rows, rows]`. */
function productsOf({ starts, ids, values }: CompactRows, features: number): Float64Array {
  const rows = starts.length - 1;
  const products = new Float64Array(rows * rows);
  const one = new Float64Array(features);
  for (let i = 0; i < rows; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) one[ids[k]] += values[k];
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = starts[j]; k < starts[j + 1]; k++) sum += values[k] * one[ids[k]];
      products[i * rows + j] = sum;
    }
    for (let k = starts[i]; k < starts[i + 1]; k++) one[ids[k]] = 0;
  }
  return products;
}

/** L of LLᵀ = K + jitter, in place of the lower triangle of K, rounded as the store holds it. */
function choleskyOf(products: Float64Array, rows: number): Float32Array {
  let trace = 0;
  for (let i = 0; i < rows; i++) trace += products[i * rows + i];
  const added = jitter * (trace / rows || 1);
  const a = products;
  for (let i = 0; i < rows; i++) {
    a[i * rows + i] += added;
    for (let j = 0; j <= i; j++) {
      let sum = a[i * rows + j];
      for (let k = 0; k < j; k++) sum -= a[i * rows + k] * a[j * rows + k];
      a[i * rows + j] = i === j ? Math.sqrt(Math.max(sum, 0.01 * added)) : sum / a[j * rows + j];
    }
  }
  return Float32Array.from(a);
}

/** The factor's rows as features, beside the labels and weights of the tasks. */
function withLabels(design: Design, store: RowStore, feed: string, factor: Float32Array): RowStore {
  const names = design.tasks.flatMap(({ task: { name } }) => [`${name}.label`, `${name}.weight`]);
  const labels = selectEntries(
    store,
    names.map((name) => ({ from: name, to: name })),
  );
  const arrays = allocateBatch(labels.layout, store.rows);
  labels.gather(
    Int32Array.from({ length: store.rows }, (_, i) => i),
    0,
    store.rows,
    arrays,
  );
  return memoryRowStore(
    [{ name: feed, dtype: "float32", width: store.rows }, ...labels.layout],
    store.rows,
    [factor, ...arrays],
  );
}

/** Xᵀ·L⁻ᵀ·V, and below it the intercepts as they are. */
function featureWeights(
  { features, outputs }: Design,
  { starts, ids, values }: CompactRows,
  factor: Float32Array,
  weights: Float64Array,
): Float64Array {
  const rows = starts.length - 1;
  const all = new Float64Array((features + 1) * outputs);
  const c = weights.slice(0, rows * outputs);
  for (let i = rows - 1; i >= 0; i--) {
    for (let o = 0; o < outputs; o++) c[i * outputs + o] /= factor[i * rows + i];
    for (let j = 0; j < i; j++) {
      const below = factor[i * rows + j];
      if (below === 0) continue;
      for (let o = 0; o < outputs; o++) c[j * outputs + o] -= below * c[i * outputs + o];
    }
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      const to = ids[k] * outputs;
      for (let o = 0; o < outputs; o++) all[to + o] += values[k] * c[i * outputs + o];
    }
  }
  all.set(weights.subarray(rows * outputs), features * outputs);
  return all;
}
