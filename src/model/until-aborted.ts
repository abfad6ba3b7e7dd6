import { BackendError } from "../core/errors.ts";
import type { Table } from "../data/columns.ts";
import type { TableBatches } from "../train/numbered-batches.ts";

/** Batches as they come, until a signal. @throws BackendError INTERRUPTED. */
export async function* untilAborted(
  batches: TableBatches,
  signal: AbortSignal | undefined,
): AsyncGenerator<Table> {
  for await (const batch of batches) {
    if (signal?.aborted) {
      throw new BackendError(
        "INTERRUPTED",
        "encoding: to run to its end; it was interrupted before training began",
      );
    }
    yield batch;
  }
}

/** Waits for a work, but not beyond a signal; what is done already is done. @throws BackendError INTERRUPTED. */
export async function unlessAborted(
  work: Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () =>
      reject(
        new BackendError(
          "INTERRUPTED",
          "encoding: to run to its end; it was interrupted after training ended",
        ),
      );
    if (signal?.aborted) stop();
  });
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([work, stopped]);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
