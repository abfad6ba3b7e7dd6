import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The library's own version. */
export const polytaskVersion = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  }
).version;

/** Versions that a result depends on. */
export function versions(): Readonly<Record<string, string>> & { readonly polytask: string } {
  return {
    polytask: polytaskVersion,
    node: process.versions.node,
    "onnxruntime-node": versionOf("onnxruntime-node"),
    "@duckdb/node-api": versionOf("@duckdb/node-api"),
    sharp: versionOf("sharp"),
  };
}

/** The installed version of a package, found beside its entry point where the package hides its manifest. */
function versionOf(name: string): string {
  try {
    const entry = require.resolve(name);
    const end = entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length;
    return (
      JSON.parse(readFileSync(`${entry.slice(0, end)}package.json`, "utf8")) as { version: string }
    ).version;
  } catch {
    return "not found";
  }
}
