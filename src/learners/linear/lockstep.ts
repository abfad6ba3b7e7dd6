import type { Objective } from "../../optim/objective.ts";

interface Waiting {
  readonly x: Float64Array;
  readonly gradient: Float64Array;
  resolve(value: number): void;
  reject(error: unknown): void;
}

/** Evaluates some of several functions at once: `asked[i]` is there where function i is asked. */
export type JointEvaluation = (
  asked: readonly ({ readonly x: Float64Array; readonly gradient: Float64Array } | undefined)[],
) => Promise<Float64Array>;

/**
 * Runs several solvers side by side, each on its own function, such that one pass over the data
 * serves them all: a pass begins when every solver still running waits for a value.
 * @returns what the solvers return, in order.
 * @throws the first error in order, once all have ended.
 */
export async function inLockstep<Result>(
  count: number,
  evaluate: JointEvaluation,
  solve: (objective: Objective, index: number) => Promise<Result>,
): Promise<Result[]> {
  const waiting = new Array<Waiting | undefined>(count).fill(undefined);
  let running = count;
  let asking = 0;

  const flush = async () => {
    if (asking === 0 || asking < running) return;
    const asked = waiting.slice();
    waiting.fill(undefined);
    asking = 0;
    try {
      const values = await evaluate(asked);
      asked.forEach((w, i) => {
        w?.resolve(values[i]);
      });
    } catch (error) {
      for (const w of asked) w?.reject(error);
    }
  };
  const objectiveOf =
    (index: number): Objective =>
    (x, gradient) =>
      new Promise<number>((resolve, reject) => {
        waiting[index] = { x, gradient, resolve, reject };
        asking++;
        void flush();
      });
  const settled = await Promise.allSettled(
    Array.from({ length: count }, async (_, i) => {
      try {
        return await solve(objectiveOf(i), i);
      } finally {
        running--;
        void flush();
      }
    }),
  );
  return settled.map((s) => {
    if (s.status === "rejected") throw s.reason;
    return s.value;
  });
}
