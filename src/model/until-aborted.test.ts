import { describe, expect, it } from "vitest";
import { unlessAborted } from "./until-aborted.ts";

describe("unlessAborted", () => {
  it("gives up at a signal, before or while it waits", async () => {
    const never = new Promise<void>(() => {});
    const stop = new AbortController();
    const wait = unlessAborted(never, stop.signal);
    stop.abort();
    for (const stopped of [wait, unlessAborted(never, stop.signal)])
      await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
  });

  it("lets pass what is done, and what goes wrong", async () => {
    const done = Promise.resolve();
    await unlessAborted(done, AbortSignal.abort());
    await unlessAborted(done, undefined);
    const wrong = Promise.reject(new Error("row 7"));
    await expect(unlessAborted(wrong, new AbortController().signal)).rejects.toThrow("row 7");
  });
});
