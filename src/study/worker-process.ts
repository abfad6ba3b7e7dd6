/** @file The child process of a study: takes one order after another and answers each. */
import { PolytaskError } from "../core/errors.ts";
import type { Answer } from "./pool.ts";
import { Worker, type WorkOrder } from "./run-work.ts";

const worker = new Worker();
// Ctrl-C reaches the whole group of processes; the parent decides what becomes of its children.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (order: WorkOrder) => {
  void answer(order).then((said) => process.send?.(said));
});

async function answer(order: WorkOrder): Promise<Answer> {
  try {
    return { result: await worker.do(order) };
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
