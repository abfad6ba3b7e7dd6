import { describe, expect, it } from "vitest";
import type { Column } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { profileColumn } from "../data/profile.ts";
import { binary } from "./binary.ts";
import { multiclass } from "./multiclass.ts";
import { multilabel } from "./multilabel.ts";
import { ordinal } from "./ordinal.ts";
import { regression } from "./regression.ts";
import type { TaskKind } from "./task.ts";
import { type LabelKindName, labelKinds, taskKinds } from "./tasks.ts";

function columnOf(cells: readonly unknown[]): Column {
  return tableFromRows(cells.map((y) => ({ y }))).columns.get("y") as Column;
}

function learn<O, S, P>(
  kind: TaskKind<O, S, P>,
  cells: readonly unknown[],
  options: Record<string, unknown> = {},
): S {
  const learning = kind.learn(kind.options.parse(options), "y");
  learning.add(columnOf(cells), 0);
  return learning.finish();
}

const repeat = (count: number, cell: (i: number) => unknown) =>
  Array.from({ length: count }, (_, i) => cell(i));

const refused: readonly (readonly [
  string,
  LabelKindName,
  Record<string, unknown>,
  readonly unknown[],
  string,
  string?,
])[] = [
  ["one label", "regression", {}, [3, null], 'task "y": two or more labelled training rows; got 1'],
  [
    "a constant",
    "regression",
    {},
    [3, 3, null, 3],
    'task "y": a target that varies; got 3 in all 3 labelled rows',
    "a constant needs no model: leave the task out",
  ],
  [
    "a word among numbers",
    "regression",
    {},
    ["1", "2", "n/a"],
    'task "y", row 3: a finite number; got "n/a"',
  ],
  [
    "infinity as text",
    "regression",
    {},
    ["1", "-inf"],
    'task "y", row 2: a finite number; got "-inf"',
  ],
  [
    "a number out of the transform's reach",
    "regression",
    { transform: "log" },
    [5, 2, -1],
    'task "y", row 3: a number greater than −1, for the log transform; got -1',
    "use transform: standardize for targets that reach −1 or below",
  ],
  [
    "a number below 0 where the mean has a link",
    "regression",
    { link: "sqrt" },
    [5, 2, -1],
    'task "y", row 3: a number of 0 or more, for a mean with a link; got -1',
    "use link: identity for targets below 0",
  ],
  [
    "a link beside another transform",
    "regression",
    { link: "log", transform: "log" },
    [5, 2, 1],
    'task "y": transform standardize beside link log; got log',
    "transform: log changes the target, link: log only how its mean is made up: choose one",
  ],
  [
    "one class",
    "binary",
    {},
    [true, null, true],
    'task "y": two or more classes among the training labels; got only "true", in 2 rows',
    "a task with one class has nothing to learn: leave it out or give it rows of other classes",
  ],
  [
    "three values",
    "binary",
    {},
    ["yes", "no", "maybe"],
    'task "y": two classes; got 3: "maybe", "no", "yes"',
    "a task with more than two classes is of kind multiclass",
  ],
  [
    "another positive label",
    "binary",
    { positive: "spam" },
    ["yes", "no"],
    'task "y": a positive label among "no", "yes"; got "spam"',
    "set positive to one of the labels",
  ],
  [
    "one class",
    "multiclass",
    {},
    ["a", "a"],
    'task "y": two or more classes among the training labels; got only "a", in 2 rows',
  ],
  [
    "an identifier",
    "multiclass",
    {},
    repeat(12, (i) => `id-${i}`),
    'task "y": classes that repeat; got 12 classes in 12 labelled rows: "id-0", "id-1", "id-10" and 9 more',
    "is this an identifier or free text?",
  ],
  [
    "a measurement",
    "multiclass",
    {},
    repeat(12, (i) => i + 0.5),
    'task "y": classes that repeat; got 12 classes in 12 labelled rows: "0.5", "1.5", "2.5" and 9 more',
    "is this an identifier? a number to be estimated is of kind regression",
  ],
  [
    "classes that are all rare",
    "multiclass",
    { minCount: 3 },
    ["a", "a", "a", "b", "c"],
    'task "y": two or more classes with 3 training labels; got 1 of 3 classes',
    "lower minCount",
  ],
  [
    "dates",
    "multiclass",
    {},
    [new Date(0), new Date(1)],
    'task "y": labels that are words, numbers or true and false; got a column of datetime cells',
  ],
  [
    "words without an order",
    "ordinal",
    {},
    ["low", "high"],
    'task "y": an order of the levels "high", "low"; got none',
    "name every level in the option levels, lowest first",
  ],
  [
    "a label that is no level",
    "ordinal",
    { levels: ["low", "high"] },
    ["low", "high", "medium"],
    'task "y": labels among the levels "low", "high"; got "medium"',
    "name every level in the option levels, lowest first",
  ],
  [
    "a level named twice",
    "ordinal",
    { levels: [1, 2, "1.0"] },
    [1, 2],
    'task "y", levels: each level once; got "1" twice',
  ],
  [
    "a measurement",
    "ordinal",
    {},
    repeat(101, (i) => i),
    'task "y": at most 100 levels; got 101: "0", "1", "2", "3", "4" and 96 more',
    "a number with so many values is of kind regression",
  ],
  [
    "a negative count",
    "count",
    {},
    [1, 2, -3],
    'task "y", row 3: a count (0, 1, 2, …); got -3',
    "a number that is no count is of kind regression",
  ],
  ["a broken count", "count", {}, [1, 2.5], 'task "y", row 2: a count (0, 1, 2, …); got 2.5'],
  ["a constant", "count", {}, [0, 0], 'task "y": counts that vary; got 0 in all 2 labelled rows'],
  [
    "true and false",
    "count",
    {},
    [true, false],
    'task "y": numbers; got a column of boolean cells',
  ],
  [
    "empty sets",
    "multilabel",
    {},
    [[], []],
    'task "y": label sets that vary; got no label in all 2 labelled rows',
  ],
  [
    "equal sets",
    "multilabel",
    {},
    ["a,b", "b, a"],
    'task "y": label sets that vary; got the same labels in all 2 labelled rows',
  ],
  [
    "labels that are all rare",
    "multilabel",
    { minCount: 2 },
    ["a", "b"],
    'task "y": labels in 2 or more training rows; got none among 2 labels',
  ],
  [
    "a list in a list",
    "multilabel",
    {},
    [["a"], ["b", ["c"]]],
    'task "y", row 2: a list of words or numbers; got ["c"]',
  ],
  [
    "broken JSON",
    "multilabel",
    {},
    ["[a, b]", "c"],
    'task "y", row 1: a list of labels in JSON; got "[a, b]"',
  ],
  [
    "numbers",
    "multilabel",
    {},
    [1, 2],
    'task "y": lists of labels, or texts with a separator; got a column of number cells',
  ],
];

describe("training labels that are refused", () => {
  for (const [title, name, options, cells, message, hint] of refused) {
    it(`${name}: ${title}`, () => {
      const attempt = () => learn(labelKinds[name] as TaskKind, cells, options);
      expect(attempt).toThrow(expect.objectContaining({ message }));
      if (hint !== undefined) expect(attempt).toThrow(expect.objectContaining({ hint }));
      let code: unknown = "TASK_INVALID";
      if (message.includes("got a column of")) code = "DATA_SCHEMA";
      if (message.includes("each level once")) code = "CONFIG_INVALID";
      expect(attempt).toThrow(expect.objectContaining({ code }));
    });
  }

  it("NaN in a column made by hand", () => {
    const column: Column = {
      storage: "number",
      name: "y",
      length: 2,
      values: Float64Array.of(1, Number.NaN),
      valid: Uint8Array.of(1, 1),
    };
    for (const kind of [regression, binary, multiclass, ordinal] as TaskKind[]) {
      const learning = kind.learn(kind.options.parse({}), "y");
      expect(() => learning.add(column, 40)).toThrow(
        expect.objectContaining({
          code: "TASK_INVALID",
          message: 'task "y", row 42: a finite number; got NaN',
        }),
      );
    }
  });

  it("options out of range", () => {
    expect(() => regression.options.parse({ delta: 0 })).toThrow();
    expect(() => multiclass.options.parse({ labelSmoothing: 0.6 })).toThrow();
    expect(() => multiclass.options.parse({ classWeights: { a: -1 } })).toThrow();
    expect(() => multilabel.options.parse({ separator: "" })).toThrow();
  });
});

describe("labels after training", () => {
  it("an unknown class is no training label and a mistake in the metrics", () => {
    const state = learn(multiclass, ["a", "b", "a", "b"]);
    const column = columnOf(["a", "zebra", null, "b"]);
    const labels = new Float32Array(4);
    const weights = new Float32Array(4).fill(1);
    multiclass.encode(state, column, labels, weights, 0);
    expect([...labels]).toEqual([0, 0, 0, 1]);
    expect([...weights]).toEqual([1, 0, 0, 1]);
    const truth = multiclass.truth(state, column);
    expect([...truth]).toEqual([0, 2, Number.NaN, 1]);
    const outputs = { probabilities: Float32Array.of(0.9, 0.1, 0.9, 0.1, 0.5, 0.5, 0.2, 0.8) };
    const { rows, unknown, metrics } = multiclass.evaluate(state, truth, outputs);
    expect({ rows, unknown }).toEqual({ rows: 3, unknown: 1 });
    expect(metrics.accuracy).toBeCloseTo(2 / 3, 12);
    // Probability 0 is clipped at 2.2e-16.
    const clipped = -Math.log(Number.EPSILON);
    expect(metrics.logLoss).toBeCloseTo((clipped - Math.log(0.9) - Math.log(0.8)) / 3, 6);
    expect(multiclass.judge(state, truth, outputs, 1)).toMatchObject({
      truth: "(a class not learned)",
      prediction: "a",
      truthProbability: 0,
    });
    expect(multiclass.detail(state, truth, outputs)).toMatchObject({
      rows: 2,
      confusion: [
        [1, 0],
        [0, 1],
      ],
    });
  });

  it("a class below minCount is unknown", () => {
    const state = learn(multiclass, ["a", "b", "a", "b", "c"], { minCount: 2 });
    expect(state).toMatchObject({
      classes: ["a", "b"],
      counts: [2, 2],
      rareClasses: 1,
      rareRows: 1,
    });
    expect([...multiclass.truth(state, columnOf(["c", "a"]))]).toEqual([2, 0]);
  });

  it("a third value of a binary task is an error that names the row", () => {
    const state = learn(binary, ["yes", "no"]);
    const column = columnOf(["no", "maybe"]);
    const expected = expect.objectContaining({
      code: "DATA_VALUE",
      message: 'task "y", row 12: one of "no", "yes"; got "maybe"',
    });
    expect(() => binary.truth(state, column, 10)).toThrow(expected);
    expect(() =>
      binary.encode(state, column, new Float32Array(2), new Float32Array(2), 10),
    ).toThrow(expected);
  });

  it("a level that is not known is an error; a named one need not occur in training", () => {
    const known = learn(ordinal, [1, 2, 2], { levels: [1, 2, 3] });
    expect([...ordinal.truth(known, columnOf([3, 1]))]).toEqual([2, 0]);
    expect(() => ordinal.truth(learn(ordinal, [1, 2]), columnOf([3]))).toThrow(
      'task "y", row 1: one of "1", "2"; got "3"',
    );
  });

  it("labels of sets that are not known are left out", () => {
    const state = learn(multilabel, [["a"], ["b", "a"], []]);
    expect([...multilabel.truth(state, columnOf([["z", "b"], null]))]).toEqual([
      0,
      1,
      Number.NaN,
      Number.NaN,
    ]);
  });

  it("a column stored otherwise is read as the training column was", () => {
    const numbers = learn(multiclass, [1, 2, 10]);
    expect(numbers.classes).toEqual(["1", "2", "10"]);
    expect([...multiclass.truth(numbers, columnOf(["2.0", " 10 ", "x", " "]))]).toEqual([
      1,
      2,
      3,
      Number.NaN,
    ]);
    const flags = learn(binary, [true, false]);
    expect([...binary.truth(flags, columnOf(["No", "y", ""]))]).toEqual([0, 1, Number.NaN]);
    expect([...binary.truth(flags, columnOf([0, 1]))]).toEqual([0, 1]);
  });
});

describe("what counts as positive", () => {
  it.each([
    [["yes", "no"], {}, ["no", "yes"]],
    [["n", "y"], {}, ["n", "y"]],
    [[1, 0], {}, ["0", "1"]],
    [[true, false], {}, ["false", "true"]],
    [["True", "False"], {}, ["False", "True"]],
    [["ham", "spam"], {}, ["ham", "spam"]],
    [["ham", "spam"], { positive: "ham" }, ["spam", "ham"]],
    [[2, 10], {}, ["2", "10"]],
    [[2, 10], { positive: 2 }, ["10", "2"]],
    [[true, false], { positive: false }, ["true", "false"]],
  ])("of %j with %j", (cells, options, classes) => {
    expect(learn(binary, cells, options).classes).toEqual(classes);
  });

  it("decides for it only above one half", () => {
    const state = learn(binary, ["yes", "no"]);
    const outputs = { probability: Float32Array.of(0.5, 0.50001) };
    expect(binary.decode(state, outputs, 0).label).toBe("no");
    expect(binary.decode(state, outputs, 1).label).toBe("yes");
  });
});

describe("classes and levels", () => {
  it("come back as the cells had them", () => {
    const outputs = { probabilities: Float32Array.of(0.1, 0.9), probability: Float32Array.of(0.9) };
    expect(multiclass.decode(learn(multiclass, [3, 4]), outputs, 0)).toEqual({
      label: 4,
      probability: Math.fround(0.9),
      probabilities: { "3": Math.fround(0.1), "4": Math.fround(0.9) },
    });
    expect(binary.decode(learn(binary, [true, false]), outputs, 0).label).toBe(true);
  });

  it("of numbers in text are in numeric order", () => {
    expect(learn(ordinal, ["10", "9", "2"])).toMatchObject({
      classes: ["2", "9", "10"],
      values: [2, 9, 10],
    });
    expect(learn(ordinal, ["low", "high"], { levels: ["low", "mid", "high"] })).toMatchObject({
      classes: ["low", "mid", "high"],
      counts: [1, 0, 1],
      values: [0, 1, 2],
    });
  });

  it("of label sets are read from lists, separated texts and JSON", () => {
    const expected = { labels: ["a", "b"], counts: [2, 1] };
    expect(learn(multilabel, [["a", "b"], ["a"], [], null])).toMatchObject(expected);
    expect(learn(multilabel, ["a|b", " a ", "[]", ""], { separator: "|" })).toMatchObject(expected);
    expect(learn(multilabel, ['["a", "b", "a"]', '["a"]', "[]", null])).toMatchObject(expected);
  });

  it("keep class names that objects treat specially", () => {
    const state = learn(multiclass, ["__proto__", "constructor", "__proto__"]);
    expect(state.classes).toEqual(["__proto__", "constructor"]);
    const { probabilities } = multiclass.decode(state, { probabilities: Float32Array.of(1, 0) }, 0);
    expect(Object.entries(probabilities)).toEqual([
      ["__proto__", 1],
      ["constructor", 0],
    ]);
  });
});

describe("the kind of a column", () => {
  function best(cells: readonly unknown[]): string {
    const profile = profileColumn(columnOf(cells));
    const scores = Object.entries(taskKinds).map(
      ([name, kind]) => [name, kind.recognise(profile)] as const,
    );
    return scores.reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  }

  it.each([
    ["binary", repeat(30, (i) => i % 3 === 0)],
    ["binary", repeat(30, (i) => (i % 3 === 0 ? "good" : "bad"))],
    ["binary", repeat(30, (i) => i % 2)],
    ["multiclass", repeat(60, (i) => ["red", "green", "blue"][i % 3])],
    ["multiclass", repeat(100, (i) => i % 5)],
    ["regression", repeat(60, (i) => i * 0.37)],
    ["regression", repeat(60, (i) => (i * 7919) % 1000)],
    ["multilabel", repeat(30, (i) => (i % 2 ? ["a"] : ["b", "a"]))],
  ])("is %s", (expected, cells) => {
    expect(best(cells)).toBe(expected);
  });
});
