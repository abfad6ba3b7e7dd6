import { type Carry, missingDrift, overlap, totalVariation } from "../carry.ts";
import type { SetOptions, SetState } from "./state.ts";

const countsOf = ({ members, counts }: SetState): ReadonlyMap<string, number> =>
  new Map(members.map((name, i) => [name, counts[i]]));

/** Known members keep their embeddings and places, new ones are appended. */
export const carrySet = (sizeFor: (members: number) => number): Carry<SetState, SetOptions> => ({
  drift(from, to) {
    const [old, now] = [countsOf(from), countsOf(to)];
    let [seen, unknown] = [0, 0];
    for (const [name, count] of now) {
      seen += count;
      if (!old.has(name)) unknown += count;
    }
    return [
      totalVariation(old, now),
      { measure: "unknown", value: unknown / Math.max(1, seen), noise: 0 },
      missingDrift(from, to),
    ];
  },
  refit(from, to) {
    const [old, now] = [new Set(from.members), countsOf(to)];
    const members = [...from.members, ...to.members.filter((name) => !old.has(name))];
    return {
      ...to,
      members,
      counts: members.map((name) => now.get(name) ?? 0),
      room: Math.max(from.room, to.room),
    };
  },
  // Ids: 0 is an unknown or rare member.
  rows(from, to) {
    const places = new Map(from.members.map((name, i) => [name, i + 1]));
    const known = to.members.map((name) => places.get(name) ?? -1);
    return { "embedding.table": Int32Array.from([0, ...known]) };
  },
  options: (from, options) => ({ ...options, size: options.size || sizeFor(from.members.length) }),
  vocabulary: (from, to) => overlap(new Set(from.members), new Set(to.members)),
});
