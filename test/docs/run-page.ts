/**
 * Runs what a page marks as running, in a folder of its own that has the repository's `examples`:
 *
 * - fences marked `file=NAME` are written there;
 * - fences marked `sh run` are run in order, `polytask` being this repository's; a line `#=> text` must be
 *   in what the command before it printed;
 * - fences marked `ts run` are then run as one module, `polytask` being `src/index.ts`; on a line
 *   `expression //=> value` both sides must be equal.
 */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { expect } from "vitest";
import { type Fence, fencesOf, readPage, root } from "./fences.ts";

const execute = promisify(execFile);
// The loader looks for this in the working folder.
const project = { TSX_TSCONFIG_PATH: join(root, "tsconfig.json") };
const loader = ["--import", "tsx", "--no-warnings"];

/** Whether a page has anything that runs. */
export function runs(path: string): boolean {
  return fencesOf(readPage(path)).some((fence) => fence.marks.includes("run"));
}

/** @throws Error with the output of the first command or assertion that fails. */
export async function runPage(path: string): Promise<void> {
  const fences = fencesOf(readPage(path));
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  // Below node_modules, so that a fence may import packages.
  const folder = mkdtempSync(join(cache, "docs-"));
  try {
    symlinkSync(join(root, "examples"), join(folder, "examples"));
    const command = join(folder, "polytask");
    writeFileSync(
      command,
      `#!/bin/sh\nexec "${process.execPath}" ${loader.join(" ")} "${join(root, "src/cli/main.ts")}" "$@"\n`,
    );
    chmodSync(command, 0o755);
    for (const fence of fences) {
      const file = fence.marks.find((mark) => mark.startsWith("file="))?.slice(5);
      if (file !== undefined) writeFileSync(join(folder, file), `${fence.lines.join("\n")}\n`);
    }
    const running = (language: string) =>
      fences.filter((fence) => fence.language === language && fence.marks.includes("run"));
    for (const fence of running("sh")) await runCommands(fence, folder, path);
    const modules = running("ts");
    if (modules.length > 0) await runModule(modules, folder, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runCommands(fence: Fence, folder: string, page: string): Promise<void> {
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, NO_COLOR: "1", ...project };
  let printed = "";
  for (const [i, line] of fence.lines.entries()) {
    const where = `${page}:${fence.line + i}`;
    const wanted = /^#=> ?(.*)$/.exec(line)?.[1];
    if (wanted !== undefined) expect(printed, where).toContain(wanted);
    else if (line.trim() !== "" && !line.startsWith("#")) {
      const result = await execute("/bin/sh", ["-c", line], { cwd: folder, env }).catch((error) => {
        throw new Error(`${where}: ${line}\n${error.stdout}\n${error.stderr}`);
      });
      printed = result.stdout + result.stderr;
    }
  }
}

async function runModule(fences: readonly Fence[], folder: string, page: string): Promise<void> {
  const source = fences.flatMap((fence) =>
    fence.lines.map((line, i) => asserting(line, `${page}:${fence.line + i}`)),
  );
  const text = ['import { deepStrictEqual as $equal } from "node:assert";', ...source]
    .join("\n")
    .replaceAll('from "polytask"', `from ${JSON.stringify(join(root, "src/index.ts"))}`);
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  const file = join(folder, "page.mjs");
  writeFileSync(file, outputText);
  await execute(process.execPath, [...loader, file], {
    cwd: folder,
    env: { ...process.env, ...project },
  }).catch((error) => {
    throw new Error(`${page}\n${error.stdout}\n${error.stderr}`);
  });
}

/** `expression //=> value` as an assertion. */
function asserting(line: string, where: string): string {
  const parts = /^(\s*)(.+?);?\s*\/\/=>\s*(.+)$/.exec(line);
  if (parts === null) return line;
  const [, indent, expression, value] = parts;
  return `${indent}$equal(${expression}, ${value}, ${JSON.stringify(`${where}: ${expression}`)});`;
}
