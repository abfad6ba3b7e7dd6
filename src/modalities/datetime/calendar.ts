const day = 86_400_000;

/** A recurring part of an instant. All arithmetic is on UTC milliseconds and the same in ONNX. */
export interface Cycle {
  /** Length in milliseconds. */
  readonly period: number;
  /** Milliseconds after 1970-01-01T00:00Z at which one begins. */
  readonly start: number;
  /** Only whole units of so many milliseconds count. */
  readonly unit: number;
  /** Phases nearer than this share of the period are taken for equal when looking for variation. */
  readonly tolerance: number;
}

export const cycles = {
  /**
   * Place in the year, by the mean Gregorian year of 365.2425 days: it drifts from the calendar by up
   * to a day and a half around leap years.
   */
  year: { period: 365.2425 * day, start: 0, unit: 1, tolerance: 2.5 / 365 },
  /** Day of the week, exact; 1970-01-05 was a Monday. */
  weekday: { period: 7 * day, start: 4 * day, unit: day, tolerance: 0 },
  /** Time of day, exact. */
  hour: { period: day, start: 0, unit: 1, tolerance: 0 },
} as const satisfies Record<string, Cycle>;

export type CycleName = keyof typeof cycles;

/** How far an instant lies into a cycle, from 0 to below 1. */
export function phase(milliseconds: number, cycle: Cycle): number {
  const whole = Math.floor((milliseconds - cycle.start) / cycle.unit) * cycle.unit;
  return (whole - Math.floor(whole / cycle.period) * cycle.period) / cycle.period;
}
