/** Which of a modality's views a model reads. */
import type { TypedArray } from "../core/dtype.ts";
import { memo } from "./memo.ts";
import type { Modality, View } from "./modality.ts";

/** What encoders read, fixed features, or both, for models of several families. */
export type ViewName = "network" | "features" | "both";

/** One view for all inputs, or that of each. */
export type Views = ViewName | Readonly<Record<string, ViewName>>;

/** What stands before the names of feeds in `both`. */
export const viewPrefix = { network: "network:", features: "features:" } as const;

/** The view of an input. */
export function viewOf(
  input: { readonly name: string; readonly modality: Modality },
  views: Views,
): View<unknown> {
  const name = typeof views === "string" ? views : views[input.name];
  return name === "both" ? both(input.modality) : input.modality[name];
}

/**
 * Both views side by side. The feeds are called `network:…` and `features:…`; in ONNX the inputs of the
 * second are those of a column `<name>~features`.
 */
const both = memo((modality: Modality): View<unknown> => {
  const { network, features } = modality;
  const second = (name: string) => `${name}~features`;
  return {
    feeds: (state) => [
      ...network.feeds(state).map((f) => ({ ...f, name: viewPrefix.network + f.name })),
      ...features.feeds(state).map((f) => ({ ...f, name: viewPrefix.features + f.name })),
    ],
    async encode(state, column, out, present, context) {
      const count = network.feeds(state).length;
      await network.encode(state, column, out.slice(0, count), present, context);
      // The same cells are bad in both: tell of them once.
      const quiet = { ...context, problem() {} };
      const there = new Float32Array(present.length);
      await features.encode(state, column, out.slice(count) as TypedArray[], there, quiet);
    },
    boundary(state, name, onnx, rows) {
      const first = network.boundary(state, name, onnx, rows);
      const other = features.boundary(state, second(name), onnx, rows);
      const renamed = (prefix: string, feeds: Readonly<Record<string, string>>) =>
        Object.entries(feeds).map(([feed, value]) => [prefix + feed, value] as const);
      return {
        feeds: Object.fromEntries([
          ...renamed(viewPrefix.network, first.feeds),
          ...renamed(viewPrefix.features, other.feeds),
        ]),
        present: first.present,
      };
    },
    async raw(state, name, column, context) {
      const quiet = { ...context, problem() {} };
      return {
        ...(await network.raw(state, name, column, context)),
        ...(await features.raw(state, second(name), column, quiet)),
      };
    },
  };
});
