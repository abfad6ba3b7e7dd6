import { z } from "zod";
import type { Learning } from "../modality.ts";
import { quantile, Reservoir } from "../reservoir.ts";
import { membersAt } from "./cells.ts";

export const setOptions = z
  .strictObject({
    separator: z
      .string()
      .max(8)
      .default("")
      .describe(
        "What stands between the members in cells that are text, such as `|`; cells in JSON need none.",
      ),
    maxMembers: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe("Most frequent members that are kept apart; the rest count as one."),
    minCount: z
      .int()
      .min(1)
      .default(2)
      .describe("Members of fewer training rows count as one, which also stands for unknown ones."),
    room: z
      .int()
      .min(0)
      .max(4096)
      .default(0)
      .describe(
        "Members that are read of a row, known and frequent ones first; 0 takes the number that 99.9 % of the training rows do not exceed, at most 256.",
      ),
    pooling: z
      .enum(["mean", "sum"])
      .default("mean")
      .describe("Whether the vectors of the members are averaged or added."),
    size: z
      .int()
      .min(0)
      .max(4096)
      .default(0)
      .describe("Numbers a member is embedded in; 0 chooses min(50, 1.6·n^0.56) for n members."),
  })
  .describe("A set of words or codes.");

export type SetOptions = z.infer<typeof setOptions>;

/** Ids: 0 is an unknown or rare member, 1 … n are `members`. */
export interface SetState {
  readonly rows: number;
  readonly missing: number;
  readonly separator: string;
  readonly pooling: SetOptions["pooling"];
  /** By descending count of training rows, equal counts by code unit order. */
  readonly members: readonly string[];
  readonly counts: readonly number[];
  readonly rareMembers: number;
  /** Members that are read of a row, and training rows that have more. */
  readonly room: number;
  /** The most members of a training row. */
  readonly largest: number;
}

const mostRoom = 256;

/** Counts in memory that grows with the number of distinct members. */
export function learnSet(options: SetOptions): Learning<SetState> {
  const counts = new Map<string, number>();
  const sizes = new Reservoir();
  let [rows, present, largest] = [0, 0, 0];
  return {
    add(column, context) {
      rows += column.length;
      for (let row = 0; row < column.length; row++) {
        const members = membersAt(column, row, context, options.separator);
        if (members === null) continue;
        present++;
        sizes.add(members.length);
        largest = Math.max(largest, members.length);
        for (const member of members) counts.set(member, (counts.get(member) ?? 0) + 1);
      }
    },
    finish() {
      const all = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      const kept = all
        .filter(([, count]) => count >= options.minCount)
        .slice(0, options.maxMembers);
      const sorted = sizes.sorted();
      const usual = sorted.length === 0 ? 1 : Math.ceil(quantile(sorted, 0.999));
      return {
        rows,
        missing: rows - present,
        separator: options.separator,
        pooling: options.pooling,
        members: kept.map(([member]) => member),
        counts: kept.map(([, count]) => count),
        rareMembers: all.length - kept.length,
        room: options.room || Math.min(mostRoom, Math.max(1, usual)),
        largest,
      };
    },
  };
}
