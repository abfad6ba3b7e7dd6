import type { ProblemRecord } from "../config/problems.ts";
import { BackendError, type ErrorCode, formatError, PolytaskError } from "../core/errors.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** Prints an error, each of its problems with a hint of its own, and gives the exit code. */
export function printError(error: unknown, terminal: Terminal): number {
  const known = error instanceof PolytaskError ? error : fromSystem(error);
  const { err, env } = terminal;
  if (env.POLYTASK_DEBUG?.split(",").includes("stack")) {
    err.write(`${(error as Error)?.stack ?? String(error)}\n`);
  }
  if (known === undefined) {
    const message = error instanceof Error ? error.message : String(error);
    printOne(terminal, "COMPILE", firstLine(message), unexpected);
    return exitCodes.software;
  }
  const problems = known.details.problems as readonly ProblemRecord[] | undefined;
  if (problems === undefined || problems.length < 2) {
    printOne(terminal, known.code, known.message, known.hint);
  } else {
    for (const { message, hint } of problems) printOne(terminal, known.code, message, hint);
    const more = known.message.split("\n").slice(problems.length);
    for (const line of more) err.write(`${line}\n`);
  }
  return exitCodeOf[known.code];
}

const unexpected =
  "this is a bug in polytask; please report it with what POLYTASK_DEBUG=stack prints";

function printOne(
  { err }: Terminal,
  code: ErrorCode,
  message: string,
  hint: string | undefined,
): void {
  const { red, dim } = err.colors;
  const text = formatError(new PolytaskError(code, message, { hint }));
  err.write(`${text.replace(/^error\[\w+\]/, red).replace(/^hint:/m, dim)}\n`);
}

function firstLine(text: string): string {
  return text.split("\n")[0];
}

/** What the system's refusals mean for the file that they name. */
const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: "an existing file or folder; there is none",
  EACCES: "a file or folder that may be used; permission is denied",
  EPERM: "a file or folder that may be used; permission is denied",
  EROFS: "a place that can be written; it is read-only",
  ENOSPC: "room on the disk; it is full",
  EDQUOT: "room on the disk; the quota is used up",
  EISDIR: "a file; got a folder",
  ENOTDIR: "a folder; got a file",
  EEXIST: "a name that is free; it exists",
  EMFILE: "fewer open files; the system allows no more",
  ENFILE: "fewer open files; the system allows no more",
  EIO: "a disk that works; the system reports an input or output error",
};

/** Refusals that may pass. */
const temporary = new Set(["EAGAIN", "EBUSY", "EMFILE", "ENFILE", "ENOMEM", "ETIMEDOUT"]);

function fromSystem(error: unknown): PolytaskError | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return undefined;
  const { code, path } = error as NodeJS.ErrnoException;
  const meaning = systemErrors[code ?? ""] ?? `that the system can do it; ${code}`;
  const fields = { cause: error, hint: temporary.has(code ?? "") ? "try again later" : undefined };
  return new BackendError(
    temporary.has(code ?? "") ? "BACKEND" : "IO",
    `${path ?? "file"}: ${meaning}`,
    fields,
  );
}
