import { describe, expect, it } from "vitest";
import { checkGradient } from "../../compiler/check.ts";
import { Graph } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { Random } from "../../core/random.ts";
import { streams } from "../../fusion/streams/streams.ts";
import { Builder } from "../../nn/builder.ts";
import { traceForward, traceTraining } from "../../train/network.ts";
import { exampleProblem } from "../example.ts";
import { neuralConfig } from "./config.ts";
import { madeUpFeeds, madeUpInputs } from "./fixtures/inputs.ts";
import { neuralNetwork } from "./network.ts";
import { neural } from "./neural.ts";
import { optionsFor } from "./options-for.ts";
import { checkPerTask, viewsOf } from "./views.ts";

const inputs = madeUpInputs;
const { tasks } = await exampleProblem(neural.can);
const taskNames = tasks.map((t) => t.name);
const [first, second] = taskNames;
const rows = 4;

const configOf = (options: object) =>
  neuralConfig.parse({ trunk: { sizes: [5], dropout: 0 }, ...options });

function evaluation(options: object) {
  const network = neuralNetwork({ inputs, tasks }, configOf(options));
  const { builder, outputs } = traceForward(network, rows);
  const feeds = madeUpFeeds(builder, inputs, rows);
  const run = compileJs(taskNames.map((name) => outputs[name]));
  return {
    names: [...builder.parameters.keys()],
    /** Raw outputs a task. */
    predict: (changed: Record<string, Float64Array> = {}) =>
      run.run({ ...feeds, ...changed }).map((values) => [...values]),
    feeds,
  };
}

describe("what a task sees", () => {
  it.each(["concat", "gated", "lateProduct"])("is its inputs alone, with fusion %s", (fusion) => {
    const { predict, feeds } = evaluation({
      fusion,
      perTask: { [first]: { inputs: ["note", "age"] } },
    });
    const before = predict();
    for (const hidden of ["photo", "size"]) {
      const after = predict({ [`${hidden}.x`]: feeds[`${hidden}.x`].map((v) => v + 1) });
      expect(after[0]).toEqual(before[0]);
      expect(after[1]).not.toEqual(before[1]);
    }
    for (const seen of ["note", "age"]) {
      const after = predict({ [`${seen}.x`]: feeds[`${seen}.x`].map((v) => v + 1) });
      expect(after[0]).not.toEqual(before[0]);
    }
  });

  it("is as if the other inputs were missing, with the layers of all tasks", () => {
    const plain = evaluation({});
    const some = evaluation({ perTask: { [first]: { inputs: ["note"] } } });
    expect(some.names.sort()).toEqual(plain.names.sort());
    const none = new Float64Array(rows);
    const missing = { "photo.present": none, "age.present": none, "size.present": none };
    expect(some.predict()[0]).toEqual(plain.predict(missing)[0]);
    expect(some.predict()[1]).toEqual(plain.predict()[1]);
  });

  it.each(["l2", "trace"])("leaves the distance of soft sharing as it is, by %s", (distance) => {
    const sharing = { type: "soft", distance };
    const penaltyOf = (perTask: object) => {
      const network = neuralNetwork({ inputs, tasks }, configOf({ sharing, perTask }));
      const { builder } = traceTraining(network, rows);
      const run = compileJs([builder.penalties.reduce((a, b) => a.add(b))]);
      return run.run(madeUpFeeds(builder, inputs, rows))[0][0];
    };
    const together = penaltyOf({});
    expect(together).toBeGreaterThan(0);
    expect(penaltyOf({ [first]: { inputs: ["note"] } })).toBeCloseTo(together, 12);
  });

  it("may meet by a fusion of its own, with layers of its own behind it", () => {
    const plain = evaluation({});
    const own = evaluation({ perTask: { [second]: { fusion: "lateAverage", inputs: ["photo"] } } });
    expect(own.names).toContain(`part.@${second}.photo.head.${second}.weight`);
    expect(own.names).not.toContain(`head.${second}.weight`);
    expect(own.predict()[0]).toEqual(plain.predict()[0]);
    expect(own.predict()[1]).not.toEqual(plain.predict()[1]);
  });

  it("concerns the tasks that are learned", () => {
    const config = configOf({ perTask: { [first]: { inputs: ["note"] } } });
    const kept = optionsFor(config, [{ name: second, kind: "regression" }]);
    expect(kept.perTask).toEqual({});
  });

  it("is said of all tasks of a group by the name of the declared one, or of one of them", () => {
    const source = "string" as const;
    const grouped = ["a", "b"].map((value) => ({
      ...tasks[0],
      name: `y.${value}`,
      group: { task: "y", column: "y", by: "site", source, value },
    }));
    const views = (perTask: object) =>
      viewsOf([...grouped, tasks[1]], configOf({ perTask })).map((view) => [
        view.apart,
        view.takes,
        view.tasks.length,
      ]);
    const other = [undefined, [second], 1];
    expect(views({ y: { fusion: "gated" } })).toEqual([["@y", ["y.a", "y.b"], 2], other]);
    expect(views({ "y.b": { fusion: "gated" } })).toEqual([
      [undefined, ["y.a", second], 2],
      ["@y.b", ["y.b"], 1],
    ]);
    const kept = (config: object, some: readonly { name: string; group?: { task: string } }[]) =>
      Object.keys(
        optionsFor(
          configOf(config),
          some.map((t) => ({ name: t.name, kind: "regression", group: t.group })),
        ).perTask,
      );
    expect(kept({ perTask: { y: { inputs: ["note"] } } }, [grouped[0]])).toEqual(["y"]);
    expect(kept({ perTask: { y: { inputs: ["note"] } } }, [tasks[1]])).toEqual([]);
    expect(() =>
      checkPerTask(configOf({ perTask: { "y.c": {} } }).perTask, grouped, undefined),
    ).toThrow('the name of a task (y, y.a, y.b); got "y.c"');
  });

  it("names tasks and inputs that there are", () => {
    expect(() => evaluation({ perTask: { nobody: { inputs: ["note"] } } })).toThrow(
      /learner\.perTask\.nobody: the name of a task .*; got "nobody"/,
    );
    expect(() => evaluation({ perTask: { [first]: { inputs: ["fhoto"] } } })).toThrow(
      `learner.perTask.${first}.inputs: the name of an input (age, photo, size, note); got "fhoto"`,
    );
  });
});

describe.each(Object.keys(streams))("inputs that share by %s", (type) => {
  const options = { streams: { type, sizes: [4, 3], dropout: 0, activation: "tanh" } };

  it("reach all tasks, and change the rows that changed alone", () => {
    const { predict, feeds } = evaluation(options);
    const before = predict();
    for (const name of ["photo", "note", "age"]) {
      const width = feeds[`${name}.x`].length / rows;
      const moved = feeds[`${name}.x`].map((v, i) => (i < width ? v + 1 : v));
      const after = predict({ [`${name}.x`]: moved });
      after.forEach((raw, t) => {
        const size = raw.length / rows;
        expect(raw.slice(0, size)).not.toEqual(before[t].slice(0, size));
        expect(raw.slice(size)).toEqual(before[t].slice(size));
      });
    }
  });

  it("do not read what a missing cell holds", () => {
    const { predict, feeds } = evaluation(options);
    const missing = { "photo.present": new Float64Array(rows) };
    const before = predict(missing);
    expect(predict({ ...missing, "photo.x": feeds["photo.x"].map(() => 99) })).toEqual(before);
    expect(before).not.toEqual(predict());
  });

  it("have the gradient that differences estimate", () => {
    const network = neuralNetwork({ inputs, tasks }, configOf(options));
    const { builder, outputs } = traceTraining(network, rows);
    const feeds = madeUpFeeds(builder, inputs, rows, tasks);
    feeds["note.present"] = Float64Array.of(1, 0, 1, 1);
    const shared = [...builder.parameters.values()].filter((p) => p.name.includes("streams"));
    expect(shared.length).toBeGreaterThan(0);
    const wrt = shared.map((p) => builder.graph.input(p.name, p.shape));
    const loss = outputs.loss.reshape([]);
    expect(checkGradient(loss, wrt, feeds, Random.from(4)).relative).toBeLessThan(1e-5);
  });

  it("work alone", () => {
    const network = neuralNetwork({ inputs: [inputs[1]], tasks }, configOf(options));
    const builder = new Builder(new Graph(), false);
    const fed = {
      "photo.x": builder.feed("photo.x", [2, 4]),
      "photo.present": builder.feed("p", [2, 1]),
    };
    expect(Object.keys(network.forward(builder, fed))).toEqual(taskNames);
  });
});
