import { describe, expect, it } from "vitest";
import { BackendError, CompileError, DataError, errorCodes } from "../core/errors.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { recordingTerminal } from "./fixtures/recording.ts";
import { printError } from "./print-error.ts";

function printed(error: unknown, env: Record<string, string> = {}) {
  const { terminal, out, err } = recordingTerminal(".", { env });
  const code = printError(error, terminal);
  expect(out()).toBe("");
  return { code, err: err() };
}

/** An error as the system throws it. */
function systemError(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: something, open '${path}'`), {
    code,
    path,
    syscall: "open",
  });
}

describe("printError", () => {
  it("prints the code, the message and the hint, and no stack", () => {
    const error = new DataError("DATA_FORMAT", "a.csv, line 3: 4 cells; got 5", {
      hint: "quote it",
    });
    expect(printed(error)).toEqual({
      code: 65,
      err: "error[DATA_FORMAT] a.csv, line 3: 4 cells; got 5\nhint: quote it\n",
    });
  });

  it("adds the stack where it is asked for", () => {
    const { err } = printed(new DataError("DATA_EMPTY", "a.csv: rows; got none"), {
      POLYTASK_DEBUG: "stack",
    });
    expect(err).toMatch(/\n {4}at /);
    expect(err).toMatch(/error\[DATA_EMPTY\] a\.csv: rows; got none\n$/);
  });

  it.each([
    ["ENOSPC", "/x/model.onnx", 74, "error[IO] /x/model.onnx: room on the disk; it is full\n"],
    ["EACCES", "/x", 74, "error[IO] /x: a file or folder that may be used; permission is denied\n"],
    [
      "EMFILE",
      "/x",
      75,
      "error[BACKEND] /x: fewer open files; the system allows no more\nhint: try again later\n",
    ],
  ])("explains %s of the system", (system, path, code, err) => {
    expect(printed(systemError(system, path))).toEqual({ code, err });
  });

  it("calls what nobody foresaw a bug", () => {
    const { code, err } = printed(new TypeError("x is not a function\n    at y"));
    expect(code).toBe(70);
    expect(err).toMatch(/^error\[COMPILE\] x is not a function\nhint: this is a bug in polytask/);
    expect(printed(new CompileError("graph: a node; got none")).code).toBe(70);
    expect(printed("thrown text").code).toBe(70);
  });

  it("ends an interruption as shells do", () => {
    expect(printed(new BackendError("INTERRUPTED", "training: its end; got Ctrl-C")).code).toBe(
      130,
    );
  });

  it("has an exit code for every error", () => {
    expect(Object.keys(exitCodeOf).sort()).toEqual(Object.keys(errorCodes).sort());
    const known: readonly number[] = Object.values(exitCodes);
    for (const code of Object.values(exitCodeOf)) {
      expect(known).toContain(code);
      expect(code).not.toBe(0);
    }
  });
});
