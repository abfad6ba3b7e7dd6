import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

/** What `npm run check` runs, one by one, so that a failure says which. */
const checks: Record<string, [string, ...string[]]> = {
  "types are right": ["tsc", "--noEmit"],
  "declarations can be written": ["tsc", "-p", "tsconfig.build.json", "--noEmit"],
  "pure layers need neither Node nor a browser": ["tsc", "-p", "tsconfig.pure.json"],
  "files are formatted and linted": ["biome", "check", "."],
  "imports follow the layers": ["depcruise", "--config", ".dependency-cruiser.cjs", "src"],
  "nothing is unused": ["knip"],
};

describe("the source", () => {
  it.each(Object.entries(checks))(
    "%s",
    (_, [tool, ...args]) => {
      const { status, stdout, stderr } = spawnSync(bin(tool), args, {
        cwd: root,
        encoding: "utf8",
      });
      expect(status, `${stdout}\n${stderr}`.slice(-4000)).toBe(0);
    },
    240_000,
  );
});
