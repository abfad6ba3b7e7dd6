// Runs the tests, installing what is missing first; arguments go to vitest.
import { join } from "node:path";
import { installIfNeeded, root, run } from "./install.mjs";

installIfNeeded();
run(process.execPath, [
  join(root, "node_modules", "vitest", "vitest.mjs"),
  "run",
  ...process.argv.slice(2),
]);
