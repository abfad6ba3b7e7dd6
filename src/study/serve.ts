import { PolytaskError } from "../core/errors.ts";
import type { Answer, Laborer } from "./pool.ts";

/** Makes this process a child that takes one order after another and answers each. */
export function serve<Order, Result>(laborer: Laborer<Order, Result>): void {
  // Ctrl-C reaches the whole group of processes; the parent decides what becomes of its children.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(0));
  process.on("message", (order: Order) => {
    void answer(laborer, order).then((said) => process.send?.(said));
  });
}

async function answer<Order, Result>(
  laborer: Laborer<Order, Result>,
  order: Order,
): Promise<Answer<Result>> {
  try {
    return { result: await laborer.do(order) };
  } catch (error) {
    const known = error instanceof PolytaskError;
    return {
      error: {
        code: known ? error.code : "BACKEND",
        message: error instanceof Error ? error.message : String(error),
        hint: known ? error.hint : undefined,
      },
    };
  }
}
