import { BackendError } from "../../core/errors.ts";

/** @throws BackendError INTERRUPTED after the signal. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new BackendError("INTERRUPTED", "linear: time to converge; it was interrupted", {
    hint: "fit again; linear models keep no checkpoint",
  });
}
