import { BackendError } from "../core/errors.ts";

/**
 * A folder is empty, or holds what is to be gone on with there.
 * @param begun Whether it holds what a run (or study) that was not finished leaves.
 * @throws BackendError IO where it holds other files, or a run that is not to be resumed.
 */
export function requireOwnFolder(
  path: string,
  names: readonly string[],
  what: "run" | "study",
  { begun, resume }: { readonly begun: boolean; readonly resume: boolean },
): void {
  if (names.length === 0 || (begun && resume)) return;
  const shown = names.slice(0, 4).join(", ") + (names.length > 4 ? ", …" : "");
  const expected = resume
    ? `the folder of a ${what} to resume`
    : `a new or empty folder for the ${what}`;
  throw new BackendError("IO", `${path}: ${expected}; it holds ${shown}`, {
    hint:
      begun && !resume
        ? `add --resume to go on with this ${what}, or choose another --out`
        : "choose another --out",
  });
}
