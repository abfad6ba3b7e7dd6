import { int, strs } from "../../compiler/onnx/attributes.ts";
import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { dtypeCode } from "../../compiler/onnx/tensor-data.ts";
import type { Column } from "../../data/columns.ts";
import { memo } from "../memo.ts";
import type { Boundary, EncodeContext, FeatureView, View } from "../modality.ts";
import { membersAt } from "./cells.ts";
import type { SetState } from "./state.ts";

const idsOf = memo(
  (state: SetState): ReadonlyMap<string, number> =>
    new Map(state.members.map((member, i) => [member, i + 1])),
);

/** The members that are read of each row, known ones by frequency and then the others as they come. */
function eachSet(
  state: SetState,
  column: Column,
  context: EncodeContext,
  visit: (row: number, members: readonly string[] | null) => void,
): void {
  const ids = idsOf(state);
  const last = state.members.length + 1;
  for (let row = 0; row < column.length; row++) {
    const members = membersAt(column, row, context, state.separator);
    if (members === null) visit(row, null);
    else {
      const rank = (member: string) => ids.get(member) ?? last;
      visit(row, [...members].sort((a, b) => rank(a) - rank(b)).slice(0, state.room));
    }
  }
}

/** Names of the feeds, the id of an unused place, and whether weights make a mean. */
interface Layout {
  readonly weights: string;
  readonly unused: number;
  averages(state: SetState): boolean;
}

/**
 * ONNX inputs: string `<name>` `[rows, room]`, the members with "" after the last one, and float32
 * `<name>.present` `[rows, 1]`.
 */
function setView({ weights: weightsName, unused, averages }: Layout): View<SetState> {
  return {
    feeds: ({ room }) => [
      { name: "ids", dtype: "int32", shape: [room] },
      { name: weightsName, dtype: "float32", shape: [room] },
    ],

    encode(state, column, [ids, weights], present, context) {
      const known = idsOf(state);
      const { room } = state;
      ids.fill(unused as never, 0, column.length * room);
      weights.fill(0 as never, 0, column.length * room);
      eachSet(state, column, context, (row, members) => {
        present[row] = members === null ? 0 : 1;
        const share = averages(state) ? 1 / Math.max(1, members?.length ?? 0) : 1;
        members?.forEach((member, i) => {
          ids[row * room + i] = known.get(member) ?? 0;
          weights[row * room + i] = share;
        });
      });
    },

    boundary(state, name, onnx, rows): Boundary {
      const { ids, there } = emitIds(state, name, onnx, rows, unused);
      const emit = (type: string, inputs: readonly string[]) => onnx.node(type, inputs)[0];
      const count = emit("Max", [emit("ReduceSum", [there, onnx.int64s([1])]), onnx.scalar(1)]);
      return {
        feeds: { ids, [weightsName]: averages(state) ? emit("Div", [there, count]) : there },
        present: onnx.input(`${name}.present`, "float32", [rows, 1]),
      };
    },

    async raw(state, name, column, context) {
      const { room } = state;
      const data = new Array<string>(column.length * room).fill("");
      const present = new Float32Array(column.length);
      eachSet(state, column, context, (row, members) => {
        present[row] = members === null ? 0 : 1;
        members?.forEach((member, i) => {
          data[row * room + i] = member;
        });
      });
      return {
        [name]: { dtype: "string", dims: [column.length, room], data },
        [`${name}.present`]: { dtype: "float32", dims: [column.length, 1], data: present },
      };
    },
  };
}

/** Ids of members, int32 `[rows, room]`, and 1 where there is one, float32. */
function emitIds(state: SetState, name: string, onnx: OnnxBuilder, rows: string, unused: number) {
  const input = onnx.input(name, "string", [rows, state.room]);
  const absent = state.members.length + 1;
  const [found] = onnx.node("LabelEncoder", [input], {
    domain: "ai.onnx.ml",
    attributes: {
      keys_strings: strs([...state.members, ""]),
      values_int64s: { ints: [...state.members.keys()].map((i) => i + 1).concat(absent) },
      default_int64: int(0),
    },
  });
  const to = (dtype: "int32" | "float32") => ({ attributes: { to: int(dtypeCode(dtype)) } });
  const [narrow] = onnx.node("Cast", [found], to("int32"));
  const [none] = onnx.node("Equal", [narrow, onnx.scalar(absent, "int32")]);
  const [ids] = onnx.node("Where", [none, onnx.scalar(unused, "int32"), narrow]);
  const [some] = onnx.node("Not", [none]);
  return { ids, there: onnx.node("Cast", [some], to("float32"))[0] };
}

/** Ids and weights whose sum of embeddings is the mean or the sum over the members. */
export const bagOfMembers = setView({
  weights: "weights",
  unused: 0,
  averages: ({ pooling }) => pooling === "mean",
});

/** One feature a member, 1 where the set has it; the first counts members that are rare or unknown. */
export const setFeatureView: FeatureView<SetState> = {
  ...setView({ weights: "values", unused: -1, averages: () => false }),
  blocks: ({ members }) => [
    {
      kind: "sparse",
      ids: "ids",
      values: "values",
      size: members.length + 1,
      name: (id) => (id === 0 ? "(other)" : members[id - 1]),
    },
  ],
};
