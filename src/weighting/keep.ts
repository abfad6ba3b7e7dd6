import { BackendError, show } from "../core/errors.ts";

/** The two members of a weigher that put a record of number vectors into a checkpoint and back. */
export function keeping(vectors: Readonly<Record<string, Float64Array>>) {
  return {
    state: () =>
      Object.fromEntries(
        Object.entries(vectors).map(([name, values]) => [
          name,
          Array.from(values, (v) => (Number.isFinite(v) ? v : null)),
        ]),
      ),
    restore(state: unknown): void {
      const saved = (state ?? {}) as Readonly<Record<string, unknown>>;
      for (const [name, values] of Object.entries(vectors)) {
        const numbers = saved[name];
        if (!Array.isArray(numbers) || numbers.length !== values.length) {
          throw new BackendError(
            "CHECKPOINT_CORRUPT",
            `weighting.${name}: ${values.length} numbers; got ${show(numbers)}`,
            { hint: "the checkpoint belongs to another run: start without --resume" },
          );
        }
        numbers.forEach((v, i) => {
          values[i] = typeof v === "number" ? v : Number.NaN;
        });
      }
    },
  };
}

/** For weighers that remember nothing. */
export const forgetful = { state: () => null, restore: () => {} };
