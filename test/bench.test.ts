import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { benches } from "../bench/benches.ts";

const run = fileURLToPath(new URL("../bench/run.ts", import.meta.url));

describe("benches still run, at toy size and without peers", () => {
  it.each(benches.map((b) => b.name))("%s", { timeout: 180_000 }, (name) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", run, name, "--toy"],
      { encoding: "utf8", env: { ...process.env, PEERS_PYTHON: "" } },
    );
    // Long benches tell how far they are; anything else there is a fault.
    expect(stderr).not.toMatch(/error|warning|exception/i);
    expect(status).toBe(0);
    expect(stdout).toContain(name);
  });
});
