/** What the types of the public interface promise, and what they refuse. `tsc` checks the calls. */
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type BackendError,
  binary,
  boolean,
  category,
  count,
  datetime,
  type ErrorCode,
  type InputDeclaration,
  image,
  load,
  multiclass,
  multilabel,
  number,
  ordinal,
  type PolytaskError,
  type PredictionOf,
  type Predictions,
  regression,
  type TaskDeclaration,
  type TrainedModel,
  type TrainOptions,
  text,
  train,
} from "../../src/index.ts";
import type { Evaluation } from "../../src/tasks/task.ts";

const tasks = {
  rating: regression({ transform: "log" }),
  recommended: binary({ positive: "yes" }),
  department: multiclass({ weight: 0.5, labelSmoothing: 0.1 }),
  tags: multilabel(),
  stars: ordinal({ levels: [1, 2, 3] }),
  visits: count(),
};

type Row = Predictions<typeof tasks>;

describe("predictions", () => {
  test("have the tasks' names and what their kinds say", () => {
    expectTypeOf<keyof Row>().toEqualTypeOf<keyof typeof tasks>();
    expectTypeOf<Row["rating"]["value"]>().toEqualTypeOf<number>();
    expectTypeOf<Row["recommended"]["probability"]>().toEqualTypeOf<number>();
    expectTypeOf<Row["recommended"]["label"]>().toEqualTypeOf<string | number | boolean>();
    expectTypeOf<Row["department"]["probabilities"]>().toEqualTypeOf<
      Readonly<Record<string, number>>
    >();
    expectTypeOf<Row["tags"]["labels"]>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Row["stars"]["value"]>().toEqualTypeOf<number>();
    expectTypeOf<Row["visits"]>().toEqualTypeOf<{ readonly value: number } & Row["visits"]>();
  });

  test("know neither another task nor another kind's fields", () => {
    const use = (row: Row) => [
      // @ts-expect-error no such task
      row.price,
      // @ts-expect-error a number has no probability
      row.rating.probability,
      // @ts-expect-error a class has no value
      row.department.value,
      // @ts-expect-error predictions are read only
      () => (row.rating = { value: 1 }),
    ];
    expect(use).toBeTypeOf("function");
  });

  test("follow from the tasks given to train, and from a type given to load", () => {
    const trained = () => train({ data: [{ a: 1 }], inputs: { a: number() }, tasks });
    expectTypeOf(trained).returns.resolves.toEqualTypeOf<TrainedModel<typeof tasks>>();
    expectTypeOf<TrainedModel<typeof tasks>["predict"]>().returns.resolves.toEqualTypeOf<Row[]>();
    const loaded = () => load<typeof tasks>("runs/reviews");
    expectTypeOf(loaded).returns.resolves.toEqualTypeOf<TrainedModel<typeof tasks>>();
    expectTypeOf<TrainedModel<typeof tasks>["evaluate"]>().returns.resolves.toEqualTypeOf<
      Record<keyof typeof tasks, Evaluation>
    >();
    expectTypeOf<PredictionOf<TaskDeclaration<"regression">>["value"]>().toEqualTypeOf<number>();
  });
});

describe("options", () => {
  test("of inputs and tasks have names and values of their kind", () => {
    expectTypeOf(image({ height: 32, fit: "cover", column: "photo" })).toEqualTypeOf<
      InputDeclaration<"image">
    >();
    expect(number({ bins: 4 })).toEqual({ type: "number", bins: 4 });
    expect(binary({ positive: true, column: "answer" })).toEqual({
      type: "binary",
      positive: true,
      column: "answer",
    });
    const wrong = () => [
      // @ts-expect-error misspelt
      number({ bin: 4 }),
      // @ts-expect-error a number, not a text
      number({ bins: "4" }),
      // @ts-expect-error one of standard, robust, none
      number({ normalize: "minmax" }),
      // @ts-expect-error an option of another modality
      category({ height: 32 }),
      // @ts-expect-error one of contain, cover, fill
      image({ fit: "stretch" }),
      // @ts-expect-error 1 or 3
      image({ channels: 4 }),
      // @ts-expect-error misspelt
      text({ buckts: 512 }),
      // @ts-expect-error a name
      boolean({ column: 3 }),
      // @ts-expect-error misspelt
      datetime({ colunm: "when" }),
      // @ts-expect-error an option of another kind
      regression({ positive: "yes" }),
      // @ts-expect-error a number
      multiclass({ weight: "heavy" }),
      // @ts-expect-error a count has no options of its own
      count({ log: true }),
    ];
    expect(wrong).toBeTypeOf("function");
  });

  test("of train have the configuration's sections", () => {
    const wrong = () => [
      // @ts-expect-error no data
      train({ inputs: { a: number() }, tasks }),
      // @ts-expect-error a task is no input
      train({ data: [], inputs: { a: regression() }, tasks }),
      // @ts-expect-error an input is no task
      train({ data: [], inputs: { a: number() }, tasks: { b: text() } }),
      // @ts-expect-error missing or error
      train({ data: [], inputs: { a: number() }, tasks, badCells: "drop" }),
      // @ts-expect-error rows are objects
      train({ data: [1, 2], inputs: { a: number() }, tasks }),
    ];
    expect(wrong).toBeTypeOf("function");
    expectTypeOf<TrainOptions<typeof tasks>["seed"]>().toEqualTypeOf<number | undefined>();
  });
});

test("errors have a code of one list and perhaps a hint", () => {
  expectTypeOf<BackendError>().toExtend<PolytaskError>();
  expectTypeOf<PolytaskError["code"]>().toEqualTypeOf<ErrorCode>();
  expectTypeOf<PolytaskError["hint"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<"DATA_SCHEMA">().toExtend<ErrorCode>();
  expectTypeOf<"SOMETHING_ELSE">().not.toExtend<ErrorCode>();
});
