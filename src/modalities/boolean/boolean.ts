import { z } from "zod";
import { show } from "../../core/errors.ts";
import { type Column, cell } from "../../data/columns.ts";
import { toBoolean } from "../../data/from-rows.ts";
import { byName, missingDrift, totalVariation } from "../carry.ts";
import type { EncodeContext, Modality } from "../modality.ts";
import { scalarView } from "../scalar-view.ts";
import { classTarget } from "../targets/class-target.ts";

export interface BooleanState {
  readonly rows: number;
  readonly missing: number;
  readonly yes: number;
}

const options = z.strictObject({}).describe("Yes or no, as +1 or −1.");

export type BooleanOptions = z.infer<typeof options>;

/** 1 for yes, 0 for no, NaN where missing; any other cell is a problem. */
function booleanCells(column: Column, context: EncodeContext): Float64Array {
  const out = new Float64Array(column.length).fill(Number.NaN);
  for (let row = 0; row < out.length; row++) {
    const value = cell(column, row);
    if (value === null || value === "") continue;
    const truth = toBoolean(value);
    if (truth === undefined) context.problem(row, `yes or no; got ${show(value)}`);
    else out[row] = truth ? 1 : 0;
  }
  return out;
}

const view = scalarView<BooleanState>({
  cells: booleanCells,
  missing: (state) => state.missing,
  names: () => ["yes"],
  write(_, x, out, at) {
    out[at] = 2 * x - 1;
  },
  emit(_, x, onnx) {
    const [twice] = onnx.node("Add", [x, x]);
    return onnx.node("Sub", [twice, onnx.scalar(1, "float64")]);
  },
});

const namesOf = (state: BooleanState) => (state.missing > 0 ? ["yes", "missing"] : ["yes"]);

const answers = ({ rows, missing, yes }: BooleanState) =>
  new Map([
    ["yes", yes],
    ["no", rows - missing - yes],
  ]);

/** Yes or no, also written true, false, t, f, y, n, 1 and 0. */
export const boolean: Modality<BooleanOptions, BooleanState> = {
  name: "boolean",
  title: "Yes or no",
  summary: "+1 or −1, and 0 with an indicator where missing.",
  options,
  storage: ["boolean", "string", "number"],
  block: "table",
  recognise(profile) {
    if (profile.storage === "boolean") return 1;
    if (profile.distinct === 0 || profile.distinct > 2) return 0;
    const { number, examples } = profile;
    if (profile.storage === "number") {
      return number?.integer && number.min >= 0 && number.max <= 1 ? 0.9 : 0;
    }
    const truths = new Set(examples.map(toBoolean));
    // One letter alone may as well be a class.
    const clear = truths.size === 2 || examples.every((example) => example.length > 1);
    return profile.storage === "string" && !truths.has(undefined) && clear ? 0.95 : 0;
  },
  learn() {
    let [rows, missing, yes] = [0, 0, 0];
    return {
      add(column, context) {
        rows += column.length;
        for (const x of booleanCells(column, context)) {
          if (Number.isNaN(x)) missing++;
          else yes += x;
        }
      },
      finish: () => ({ rows, missing, yes }),
    };
  },
  network: { ...view, encoder: (_, feeds) => ({ features: feeds.values }) },
  features: view,
  target: classTarget({
    read(column, context, _, visit) {
      booleanCells(column, context).forEach((x, row) => {
        visit(row, Number.isNaN(x) ? "" : String(x === 1));
      });
    },
    reading: (given) => given,
    least: () => 1,
  }),
  describe: (state) => ({
    rows: state.rows,
    missing: state.missing,
    yes: state.yes,
    no: state.rows - state.missing - state.yes,
  }),
  carry: {
    drift: (from, to) => [totalVariation(answers(from), answers(to)), missingDrift(from, to)],
    outputs: (from, to) => byName(namesOf(from), namesOf(to)),
  },
};
