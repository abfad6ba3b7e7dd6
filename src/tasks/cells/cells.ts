import type { Tensor } from "../../compiler/graph.ts";
import type { AnsweredInput } from "../answers.ts";
import type { Detail, Judgement } from "../detail.ts";
import { evaluateCells } from "../metrics/cells.ts";
import { numbersOf } from "../outputs.ts";
import type { Evaluation, OutputSpec, Outputs } from "../task.ts";
import { isKnown } from "./form.ts";
import { forms } from "./forms.ts";
import { type CellPrediction, predictedCell, sayCell } from "./predicted.ts";
import {
  type CellsState,
  labelWidthOf,
  outputSizeOf,
  type Place,
  placesOf,
  settleCells,
} from "./state.ts";

/** What the cell of an input and the prediction of it are in one row. */
export interface CellInRow {
  readonly place: Place;
  readonly truth: Float64Array;
  readonly predicted: Float32Array | Float64Array;
}

/** The cells of a row beside what is predicted of them. */
export function cellsInRow(
  state: CellsState,
  truth: Float64Array,
  outputs: Outputs,
  row: number,
): CellInRow[] {
  const width = labelWidthOf(state);
  return placesOf(state).map((place) => {
    const from = row * width + place.labelAt;
    const predicted = numbersOf(outputs, place.output);
    return {
      place,
      truth: truth.subarray(from, from + place.width),
      predicted: predicted.subarray(row * place.size, (row + 1) * place.size),
    };
  });
}

/** What a model says of one row: of an only input its cell, of several a cell each by name. */
export type CellsPrediction = CellPrediction | Readonly<Record<string, CellPrediction>>;

/** Members of the kind of task where cells are predicted. */
export const cellMembers = {
  outputSize: outputSizeOf,
  labelWidth: labelWidthOf,
  encode(): void {},
  truth: (state: CellsState, column: { readonly length: number }): Float64Array =>
    new Float64Array(column.length * labelWidthOf(state)).fill(Number.NaN),
  loss(raw: Tensor, labels: Tensor, state: CellsState): Tensor {
    const parts = placesOf(state).map(({ target, at, size, labelAt, width }) => {
      const own = labels.slice(1, labelAt, labelAt + width);
      const loss = forms[target.form].loss(raw.slice(1, at, at + size), own, target);
      return { loss, there: isKnown(own).max(1) };
    });
    const sum = (of: readonly Tensor[]) => of.reduce((a, b) => a.add(b));
    return sum(parts.map((p) => p.loss)).div(sum(parts.map((p) => p.there)).maximum(1));
  },
  link(raw: Tensor, state: CellsState): Record<string, Tensor> {
    return Object.fromEntries(
      placesOf(state).map(({ target, at, size, output }) => {
        const own = raw.slice(1, at, at + size);
        return [output, forms[target.form].link(own, target).reshape([-1, ...target.shape])];
      }),
    );
  },
  outputs: (state: CellsState): OutputSpec[] =>
    placesOf(state).map(({ target, input, output }) => ({
      name: output,
      dtype: "float32",
      shape: target.shape,
      ...(target.labels && { labels: target.labels }),
      summary:
        target.form === "values"
          ? `What the cell of ${input} holds, predicted.`
          : `Probability of each ${target.form === "class" ? "value" : "name"} in the cell of ${input}.`,
    })),
  prior: (state: CellsState): Float64Array =>
    Float64Array.from(
      placesOf(state).flatMap(({ target }) => [...forms[target.form].prior(target)]),
    ),
  evaluate(
    state: CellsState,
    truth: Float64Array,
    outputs: Outputs,
    weights?: Float64Array,
  ): Evaluation {
    return evaluateCells({ places: placesOf(state), truth, outputs, weights });
  },
  detail(state: CellsState, truth: Float64Array, outputs: Outputs, weights?: Float64Array): Detail {
    const places = placesOf(state);
    const { rows } = evaluateCells({ places, truth, outputs, weights }, { which: ["explained"] });
    return {
      rows,
      cells: places.map((place) => {
        const alone = { places: [place], truth, outputs, weights };
        const { metrics } = evaluateCells(alone);
        return { input: place.input, shape: place.target.shape, form: place.target.form, metrics };
      }),
    };
  },
  judge(
    state: CellsState,
    truth: Float64Array,
    outputs: Outputs,
    row: number,
  ): Judgement | undefined {
    const cells = cellsInRow(state, truth, outputs, row).filter(
      (c) => !c.truth.every(Number.isNaN),
    );
    if (cells.length === 0) return undefined;
    const losses = cells.map(({ place: { target }, truth: own, predicted }) =>
      forms[target.form].lossOf(target, own, predicted),
    );
    const said = (of: (cell: CellInRow) => string) => cells.map(of).join("; ");
    return {
      truth: said(({ place, truth: own }) => sayCell(place.target, own)),
      prediction: said(({ place, predicted }) => sayCell(place.target, predicted)),
      loss: losses.reduce((a, b) => a + b) / losses.length,
    };
  },
  decode(state: CellsState, outputs: Outputs, row: number): CellsPrediction {
    const said = placesOf(state).map(({ target, size, output }) => {
      const own = numbersOf(outputs, output).subarray(row * size, (row + 1) * size);
      return [output, predictedCell(target, own)] as const;
    });
    return said.length === 1 ? said[0][1] : Object.fromEntries(said);
  },
  describe: (state: CellsState): Record<string, unknown> => ({
    sides: state.sides.join(" → "),
    ...Object.fromEntries(
      state.cells.map(({ input, target }) => [
        `cells of ${input}`,
        `${target.form}, ${target.shape.join(" × ") || 1}`,
      ]),
    ),
  }),
};

/** The contract of tasks whose labels are cells. */
export const cellAnswers = {
  settle: (state: CellsState, inputs: readonly AnsweredInput[]): CellsState =>
    settleCells(state, inputs),
  inputs: ({ cells }: CellsState): readonly AnsweredInput[] => cells,
  label(state: CellsState, truth: Float64Array, labels: Float32Array): void {
    const width = labelWidthOf(state);
    for (const { target, labelAt, width: own } of placesOf(state)) {
      const { label } = forms[target.form];
      for (let at = labelAt; at < truth.length; at += width) {
        for (let i = 0; i < own; i++) labels[at + i] = label(target, i, truth[at + i]);
      }
    }
  },
};
