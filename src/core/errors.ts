/** Every code an error can carry, with the sentence that the reference page prints for it. */
export const errorCodes = {
  USAGE: "The command line was not understood.",
  CONFIG_SYNTAX: "The configuration file is not valid YAML or JSON.",
  CONFIG_INVALID: "A configuration value is missing, misspelt or out of range.",
  DATA_NOT_FOUND: "A data file or a file named in a cell does not exist.",
  DATA_FORMAT: "A data file could not be parsed.",
  DATA_SCHEMA: "The table's columns do not fit what the configuration or the model expects.",
  DATA_VALUE: "A cell holds a value that its column cannot take.",
  DATA_EMPTY: "There are too few rows or labels to do what was asked.",
  TASK_INVALID: "A task cannot be learned from the labels it has.",
  SPLIT_INVALID: "The rows cannot be split as asked.",
  SHAPE_MISMATCH: "Tensor shapes do not fit together.",
  DTYPE_MISMATCH: "A tensor has an element type that the operation does not take.",
  COMPILE: "The compiler reached a state that it should not: a bug in polytask.",
  UNSUPPORTED: "The operation is not available for this target, family or platform.",
  BACKEND: "The numerical engine refused or failed.",
  NON_FINITE: "A loss, gradient or parameter became NaN or infinite.",
  CHECKPOINT_CORRUPT: "A checkpoint is damaged or belongs to another run.",
  MODEL_CORRUPT: "A model file is damaged, altered or incomplete.",
  MODEL_PARITY: "The exported model does not reproduce the trained one.",
  IO: "A file could not be read or written.",
  INTERRUPTED: "The run was interrupted; its checkpoint is kept.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorFields {
  /** What the reader can do about it, printed on a `hint:` line of its own. */
  readonly hint?: string;
  /** JSON-safe facts for programs. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The base of all errors thrown on purpose. The message reads `where: what was expected; what came`.
 */
export class PolytaskError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = fields.hint;
    this.details = fields.details ?? {};
  }
}

/** The configuration is at fault: its author acts. */
export class ConfigError extends PolytaskError {}

/** The data is at fault: its owner acts. */
export class DataError extends PolytaskError {}

/** A tensor has the wrong shape or type: whoever wrote the traced function acts. */
export class ShapeError extends PolytaskError {}

/** polytask is at fault. */
export class CompileError extends PolytaskError {
  constructor(message: string, fields: ErrorFields = {}) {
    super("COMPILE", message, {
      hint: "this is a bug in polytask; please report it with the graph printed by POLYTASK_DEBUG=graph",
      ...fields,
    });
  }
}

/** The numerical engine, the file system or a saved file is at fault. */
export class BackendError extends PolytaskError {}

/** Renders an error as the CLI prints it: `error[CODE] where: expected; came` and a hint line. */
export function formatError(error: PolytaskError): string {
  const first = `error[${error.code}] ${error.message}`;
  return error.hint ? `${first}\nhint: ${error.hint}` : first;
}

/** Shortens a value for a message: strings are quoted and cut, arrays and objects are cut. */
export function show(value: unknown, limit = 60): string {
  const text =
    typeof value === "string"
      ? JSON.stringify(value)
      : typeof value === "bigint"
        ? `${value}`
        : (JSON.stringify(value) ?? String(value));
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** "1 row", "2 rows". */
export function countRows(rows: number): string {
  return `${rows} ${rows === 1 ? "row" : "rows"}`;
}

/** The candidate nearest to `word` by edit distance, or undefined where none is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    // Names that have no letter in common in its place are not meant.
    if (distance >= Math.max(word.length, candidate.length)) continue;
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment distance: insertions, deletions, substitutions, adjacent swaps. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(row[j - 1] + 1, previous[j] + 1, previous[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], beforePrevious[j - 2] + 1);
      }
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length];
}
