/** Rows whose cells of some inputs are missing, or those of other rows. */
import { tableFromRows } from "../data/from-rows.ts";
import { allocateBatch, type RowArray, type RowStore, selectEntries } from "../data/rows.ts";
import { type Views, viewOf } from "../modalities/views.ts";
import type { ProblemInput } from "../train/problem.ts";

/** Stands for a missing cell in `Change.from`. */
export const missingCell = -1;

/** What is changed of some inputs. */
export interface Change {
  /** Names of the inputs. */
  readonly inputs: readonly string[];
  /** For each row of the store the row whose cells it has, itself or another, or `missingCell`. */
  readonly from: Int32Array;
}

/** The entries of an input, and what they hold for a missing cell. */
interface Absent {
  readonly entries: readonly { readonly at: number; readonly values: RowArray }[];
}

/** Makes altered rows of a store; what a missing cell is encoded to is found once. */
export class Alterations {
  private readonly store: RowStore;
  private readonly absent: ReadonlyMap<string, Absent>;

  private constructor(store: RowStore, absent: ReadonlyMap<string, Absent>) {
    this.store = store;
    this.absent = absent;
  }

  static async create(
    store: RowStore,
    inputs: readonly ProblemInput[],
    views: Views,
  ): Promise<Alterations> {
    const absent = new Map<string, Absent>();
    for (const input of inputs) absent.set(input.name, await encodeMissing(store, input, views));
    return new Alterations(store, absent);
  }

  /** The rows under some changes, each of other inputs. */
  altered(changes: readonly Change[]): RowStore {
    const { store } = this;
    const parts = changes.map(({ inputs, from }) => {
      const entries = inputs.flatMap((name) => this.absent.get(name)?.entries ?? []);
      const names = entries.map(({ at }) => store.layout[at].name);
      const own = selectEntries(
        store,
        names.map((name) => ({ from: name, to: name })),
      );
      return { from, entries, own };
    });
    return {
      rows: store.rows,
      layout: store.layout,
      gather(indexes, offset, count, outputs) {
        store.gather(indexes, offset, count, outputs);
        for (const { from, entries, own } of parts) {
          const taken = Int32Array.from({ length: count }, (_, i) => from[indexes[offset + i]]);
          const there = taken.map((row) => Math.max(0, row));
          const into = entries.map(({ at }) => outputs[at]);
          own.gather(there, 0, count, into);
          entries.forEach(({ at, values }, k) => {
            const { width } = store.layout[at];
            taken.forEach((row, i) => {
              if (row === missingCell) into[k].set(values, i * width);
            });
          });
        }
      },
      close() {},
    };
  }
}

/** What the entries of an input hold in a row where its cell is missing. */
async function encodeMissing(store: RowStore, input: ProblemInput, views: Views): Promise<Absent> {
  const view = viewOf(input, views);
  const [storage] = input.modality.storage;
  const table = tableFromRows([{ cell: null }], { types: { cell: storage } });
  const column = table.columns.get("cell");
  const names = [
    ...view.feeds(input.state).map((feed) => `${input.name}.${feed.name}`),
    `${input.name}.present`,
  ];
  const places = names.map((name) => store.layout.findIndex((field) => field.name === name));
  const values = allocateBatch(
    places.map((at) => store.layout[at]),
    1,
  );
  const context = { baseDir: undefined, origin: "missing cell", firstRow: 0, problem() {} };
  if (column) {
    const present = values[values.length - 1] as Float32Array;
    await view.encode(input.state, column, values.slice(0, -1), present, context);
  }
  return { entries: places.map((at, i) => ({ at, values: values[i] })) };
}
