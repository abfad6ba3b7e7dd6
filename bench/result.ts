/** What every bench prints as one JSON line. */

export interface BenchRow {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  /** What it is compared with: a peer's time, or a bare run of the engine. */
  readonly other?: number;
  /** The number that the target is about. */
  readonly value: number;
  /** The largest value that meets the target; none for what is only told. */
  readonly target?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface BenchResult {
  readonly question: string;
  /** What the value of a row is. */
  readonly value: string;
  readonly rows: readonly BenchRow[];
  readonly notes?: readonly string[];
}

export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A number to so many significant digits. */
export function digits(value: number, count = 4): number {
  return Number(value.toPrecision(count));
}

export function printResult(result: BenchResult): void {
  console.log(JSON.stringify(result));
}
