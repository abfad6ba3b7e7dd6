// The main job from a fresh clone: installs, builds, and trains on the emoji example.
import { join } from "node:path";
import { installIfNeeded, root, run } from "./install.mjs";

installIfNeeded();
const { buildIfNeeded } = await import("./build.mjs");
buildIfNeeded();
run(process.execPath, [
  join(root, "dist", "cli", "main.js"),
  "train",
  join("examples", "emoji", "config.yaml"),
  ...process.argv.slice(2),
]);
