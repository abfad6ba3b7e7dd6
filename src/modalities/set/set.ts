import { embeddingBag } from "../../nn/embedding-bag.ts";
import { embeddingSize } from "../category/category.ts";
import { listsOf, looksLikeSets } from "../list-cells.ts";
import type { Modality } from "../modality.ts";
import { namesTarget } from "../targets/names-target.ts";
import { carrySet } from "./carry.ts";
import { membersAt } from "./cells.ts";
import { learnSet, type SetOptions, type SetState, setOptions } from "./state.ts";
import { bagOfMembers, setFeatureView } from "./views.ts";

/** Sets of words or codes: tags, genres, diagnoses. Order and repetition do not matter. */
export const set: Modality<SetOptions, SetState> = {
  name: "set",
  title: "Set",
  summary: "The mean or sum of the embeddings of its members; rare and unknown ones share one.",
  cite: ["zaheer2017"],
  options: setOptions,
  storage: ["list", "string"],
  block: "table",
  recognise(profile) {
    if (listsOf(profile)?.elements === "none") return 0;
    // Above texts, series and vectors, which could read such lists as well.
    return looksLikeSets(profile) ? 0.92 : 0;
  },
  learn: learnSet,
  network: {
    ...bagOfMembers,
    encoder(builder, { ids, weights }, _present, { members }, options) {
      const count = members.length + 1;
      const size = options.size || embeddingSize(members.length);
      const table = { count, size, zeroIds: [0] };
      return { features: embeddingBag(builder, "embedding", ids, weights, table) };
    },
  },
  features: setFeatureView,
  target: namesTarget<SetOptions>({
    read(column, context, { separator }, visit) {
      for (let row = 0; row < column.length; row++)
        visit(row, membersAt(column, row, context, separator));
    },
    least: ({ minCount }) => minCount,
  }),
  describe: (state) => ({
    rows: state.rows,
    missing: state.missing,
    members: state.members.length,
    rareMembers: state.rareMembers,
    largest: state.largest,
    room: state.room,
    mostFrequent: state.members[0] ?? "none",
    mostFrequentRows: state.counts[0] ?? 0,
  }),
  carry: carrySet(embeddingSize),
};
