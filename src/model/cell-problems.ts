import { DataError } from "../core/errors.ts";
import type { TrainEvent } from "../train/events.ts";

/** A cell that could not be read. */
export interface CellProblem {
  readonly input: string;
  /** From 0, in the whole table. */
  readonly row: number;
  readonly message: string;
}

/** Cells that could not be read are kept for the report up to so many an input; the rest are counted. */
const problemLimit = 100;

/** Counts cells that could not be read, or stops at the first. The order in which they are told does not matter. */
export class CellProblems {
  private readonly found: ReadonlyMap<string, { count: number; readonly first: CellProblem[] }>;
  private readonly policy: CellPolicy;

  constructor(policy: CellPolicy) {
    this.policy = policy;
    this.found = new Map(policy.specs.inputs.map(({ name }) => [name, { count: 0, first: [] }]));
  }

  /** @throws DataError DATA_VALUE naming the row, where bad cells are errors. */
  readonly refuse = (input: string, row: number, message: string): void => {
    const { badCells, stream } = this.policy;
    if (badCells !== "error") return;
    throw new DataError(
      "DATA_VALUE",
      `${stream.origin}, data row ${row + 1}, input ${input}: a readable cell; ${message}`,
      { hint: "badCells: missing counts such cells as missing instead" },
    );
  };

  readonly add = (input: string, row: number, message: string): void => {
    this.refuse(input, row, message);
    const found = this.found.get(input);
    if (found === undefined) return;
    found.count++;
    const { first } = found;
    let at = first.length;
    while (at > 0 && first[at - 1].row > row) at--;
    if (at === problemLimit) return;
    first.splice(at, 0, { input, row, message });
    if (first.length > problemLimit) first.pop();
  };

  /** The first of each input, in order of inputs, then rows. */
  get problems(): CellProblem[] {
    return [...this.found.values()].flatMap(({ first }) => first);
  }

  /** How many there are, for inputs that have some. */
  get counts(): Record<string, number> {
    const counts = [...this.found].map(([input, { count }]) => [input, count] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  /** Warns of each input that has some. */
  tell(): void {
    for (const [input, { count, first }] of this.found) {
      if (count === 0) continue;
      const [{ row, message }] = first;
      const cells = count === 1 ? "1 cell counts" : `${count} cells count`;
      this.policy.onEvent?.({
        type: "warning",
        message: `input ${input}: ${cells} as missing; the first is data row ${row + 1}: ${message}`,
      });
    }
  }
}

/** What is done about cells that could not be read. */
interface CellPolicy {
  readonly stream: { readonly origin: string };
  readonly specs: { readonly inputs: readonly { readonly name: string }[] };
  readonly badCells: "missing" | "error";
  onEvent?(event: TrainEvent): void;
}
