import { chmodSync, existsSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, run } from "./install.mjs";

const main = join(root, "dist", "cli", "main.js");

/** Compiles `src` to `dist` from scratch. */
export function build() {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  run(process.execPath, [
    join(root, "node_modules", "typescript", "bin", "tsc"),
    "-p",
    "tsconfig.build.json",
  ]);
  chmodSync(main, 0o755);
  // The last thing written is the mark that the build is whole.
  utimesSync(main, new Date(), new Date());
}

/** Compiles where `dist` is missing or older than what it is made from. */
export function buildIfNeeded() {
  if (existsSync(main)) {
    const built = statSync(main).mtimeMs;
    const sources = ["src", "tsconfig.json", "tsconfig.build.json", "package.json"];
    if (sources.every((path) => newest(join(root, path)) <= built)) return;
  }
  console.log("building …");
  build();
}

function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) build();
