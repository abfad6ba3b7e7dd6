/** Benches run in processes of their own, one after the other. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const benchFolder = dirname(fileURLToPath(import.meta.url));

/** Runs a program to its end and parses the last line that it prints. */
export async function lastJson(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: exit code 0; got ${code}`);
  return JSON.parse(line);
}

/** Runs a TypeScript file of this folder as `lastJson` does. */
export function runScript(file: string, args: readonly string[]): Promise<unknown> {
  return lastJson(process.execPath, ["--import", "tsx", join(benchFolder, file), ...args]);
}

/** A Python that has PyTorch, or undefined. `PEERS_PYTHON` names one; empty means none. */
export async function findPeers(): Promise<string | undefined> {
  const given = process.env.PEERS_PYTHON;
  const candidates = given === undefined ? ["/opt/venv-peers/bin/python", "python3"] : [given];
  for (const python of candidates) {
    if (python === "" || (python.startsWith("/") && !existsSync(python))) continue;
    const found = await new Promise<boolean>((resolve) => {
      const child = spawn(python, ["-c", "import torch, numpy"], { stdio: "ignore" });
      child.on("error", () => resolve(false));
      child.on("close", (code) => resolve(code === 0));
    });
    if (found) return python;
  }
  return undefined;
}
