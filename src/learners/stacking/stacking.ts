import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { Random } from "../../core/random.ts";
import type { RowStore } from "../../data/rows.ts";
import { trainingConfig } from "../../train/config.ts";
import { emitNetwork } from "../../train/emit-network.ts";
import { allRows } from "../../train/evaluation.ts";
import { type TrainedNetwork, trainNetwork } from "../../train/loop.ts";
import type { Network } from "../../train/network.ts";
import { NetworkPredictor } from "../../train/predictor.ts";
import type { Problem, ProblemTask } from "../../train/problem.ts";
import { subsetPart } from "../../train/subset.ts";
import type { Diagram } from "../diagram.ts";
import type { Family, FitOptions, Fitted } from "../learner.ts";
import { combinerNetwork, combinerRows, type Said, saidBy } from "./combiner.ts";
import { type MemberFamilies, type StackingConfig, stackingConfig } from "./config.ts";
import {
  entriesOf,
  type Member,
  memberProblem,
  memberStore,
  membersOf,
  viewsOfMembers,
} from "./members.ts";

/**
 * Models of several families, each of some inputs, joined by what they say of rows that they have not
 * learned from. @cite wolpert1992, breiman1996
 */
export function stackingOf(families: MemberFamilies): Family<StackingConfig> {
  return {
    name: "stacking",
    title: "Stack of models",
    summary:
      "Models of several families, each of the inputs it suits, joined by what they predict out of fold.",
    cite: ["wolpert1992", "breiman1996"],
    config: stackingConfig(families),
    can: { view: "both", tasks: "all", modalities: "all", streaming: false, resume: false },
    views: (config, inputs) => viewsOfMembers(membersOf(inputs, config, families), inputs),
    forTasks: (config, tasks) => ({
      ...config,
      members: Object.fromEntries(
        Object.entries(config.members).map(([name, { inputs, learner }]) => {
          const { type, ...options } = learner as { type: string };
          const family = families[type];
          const parsed = family.config.parse(options);
          const own = family.forTasks?.(parsed, tasks) ?? parsed;
          return [name, { inputs, learner: { type, ...(own as object) } }];
        }),
      ),
    }),
    async fit(problem, config, options) {
      const members = membersOf(problem.inputs, config, families);
      const { rows } = problem.train.store;
      const folds = foldsOf(rows, Math.min(config.folds, rows), problem.seed);
      const progress = progressOf(options, members.length * (folds.length + 1));
      const said = new Map<string, Record<string, Float32Array>>();
      const fitted: Fitted[] = [];
      try {
        for (const member of members) {
          const whole = memberProblem(member, problem);
          const learn = (of: Problem) =>
            member.family.fit(of, member.config, {
              training: options.training,
              threads: options.threads,
              signal: options.signal,
            });
          const outOfFold = emptyOutputs(problem.tasks, rows);
          for (const [f, held] of folds.entries()) {
            const learned = folds
              .flatMap((one, other) => (other === f ? [] : [...one]))
              .sort((a, b) => a - b);
            const one = await learn({
              ...whole,
              train: subsetPart(whole.train, Int32Array.from(learned)),
            });
            scatter(await one.predict(whole.train.store, held), held, problem.tasks, outOfFold);
            one.dispose();
            progress();
          }
          said.set(member.name, outOfFold);
          fitted.push(await learn(whole));
          progress();
        }
        const network = combinerNetwork(members, problem.tasks, config.weights);
        const store = combinerRows(
          members,
          problem.tasks,
          problem.train.store,
          allRows(problem.train.store),
          said,
        );
        const combiner = await trainCombiner(network, store, problem, config.l2, options);
        return new FittedStack(problem, members, fitted, network, combiner, folds.length);
      } catch (error) {
        for (const one of fitted) one.dispose();
        throw error;
      }
    },
  };
}

/** Rows in parts of even size, each ascending. */
function foldsOf(rows: number, folds: number, seed: number): Int32Array[] {
  const order = Random.from(seed, "stacking").permutation(rows);
  return Array.from({ length: folds }, (_, f) => order.filter((_, i) => i % folds === f).sort());
}

function progressOf({ onEvent }: FitOptions, fits: number): () => void {
  let done = 0;
  onEvent?.({ type: "start", epochs: fits, stepsPerEpoch: 1, parameters: 0, epoch: 0 });
  return () => {
    done++;
    onEvent?.({ type: "step", epoch: done - 1, step: done, loss: Number.NaN });
  };
}

function emptyOutputs(tasks: readonly ProblemTask[], rows: number): Record<string, Float32Array> {
  return Object.fromEntries(
    tasks.map((t) => [t.name, new Float32Array(rows * t.kind.outputSize(t.state))]),
  );
}

function scatter(
  raw: Readonly<Record<string, Float32Array>>,
  rows: Int32Array,
  tasks: readonly ProblemTask[],
  into: Readonly<Record<string, Float32Array>>,
): void {
  for (const { name, kind, state } of tasks) {
    const size = kind.outputSize(state);
    rows.forEach((row, i) => {
      into[name].set(raw[name].subarray(i * size, (i + 1) * size), row * size);
    });
  }
}

/** The weights of the members, by L-BFGS on what they said out of fold. */
function trainCombiner(
  network: Network,
  store: RowStore,
  problem: Problem,
  l2: number,
  { signal }: FitOptions,
): Promise<TrainedNetwork> {
  const weights = new Float64Array(problem.tasks.length).fill(1);
  return trainNetwork(network, {
    config: trainingConfig.parse({
      epochs: 300,
      optimizer: { type: "lbfgs" },
      checkpointEvery: 0,
      threads: 1,
    }),
    penalty: { l1: 0, l2 },
    weigher: { weights: () => weights, state: () => null, restore() {} },
    train: { ...problem.train, store },
    validation: undefined,
    seed: problem.seed,
    threads: 1,
    signal,
  });
}

/** Inputs, members, the weights that join them, tasks. */
function stackDiagram(
  members: readonly Member[],
  fitted: readonly Fitted[],
  { inputs, tasks }: Problem,
  parameters: number,
): Diagram {
  const cells = inputs.map((i) => ({
    id: `input:${i.name}`,
    title: i.name,
    lines: [i.modality.name],
  }));
  const models = members.map((m, i) => ({
    id: `member:${m.name}`,
    title: m.name,
    lines: [m.family.title.toLowerCase()],
    parameters: fitted[i].parameters,
  }));
  const heads = tasks.map((t) => ({ id: `task:${t.name}`, title: t.name, lines: [t.kind.name] }));
  const join = { id: "join", title: "Weighted mean", lines: ["of what members say"], parameters };
  return {
    stages: [
      { title: "inputs", boxes: cells },
      { title: "members", boxes: models },
      { title: "joined", boxes: [join] },
      { title: "tasks", boxes: heads },
    ],
    links: [
      ...members.flatMap((m) => m.inputs.map((i) => [`input:${i}`, `member:${m.name}`] as const)),
      ...models.map(({ id }) => [id, "join"] as const),
      ...heads.map(({ id }) => ["join", id] as const),
    ],
  };
}

class FittedStack implements Fitted {
  readonly family = "stacking";
  readonly parameters: number;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly diagram: Diagram;
  private readonly problem: Problem;
  private readonly members: readonly Member[];
  private readonly fitted: readonly Fitted[];
  private readonly network: Network;
  private readonly combiner: TrainedNetwork;
  private predictor: NetworkPredictor | undefined;

  constructor(
    problem: Problem,
    members: readonly Member[],
    fitted: readonly Fitted[],
    network: Network,
    combiner: TrainedNetwork,
    folds: number,
  ) {
    this.problem = problem;
    this.members = members;
    this.fitted = fitted;
    this.network = network;
    this.combiner = combiner;
    const own = combiner.layout.slots.reduce((sum, s) => sum + s.size, 0);
    this.parameters = fitted.reduce((sum, f) => sum + f.parameters, own);
    const families = members.map((m) => `${m.name}: ${m.family.name} of ${m.inputs.join(", ")}`);
    this.diagram = stackDiagram(members, fitted, problem, own);
    this.facts = { members: families, folds, weights: weightsOf(members, problem.tasks, combiner) };
  }

  async predict(store: RowStore, rows: Int32Array): Promise<Record<string, Float32Array>> {
    const { members, problem, network, combiner } = this;
    const said = new Map<string, Record<string, Float32Array>>();
    for (const [i, member] of members.entries()) {
      const own = memberStore(member, problem.tasks, store);
      said.set(member.name, await this.fitted[i].predict(own, rows));
    }
    const joined = combinerRows(members, problem.tasks, store, rows, said as Said);
    this.predictor ??= await NetworkPredictor.create(
      network,
      joined,
      combiner.layout,
      combiner.weights,
      combiner.buffers,
      1,
    );
    return this.predictor.predict(joined, allRows(joined));
  }

  emit(onnx: OnnxBuilder, values: Readonly<Record<string, string>>): Record<string, string> {
    const { members, problem, network, combiner } = this;
    const feeds: Record<string, string> = {};
    for (const [i, member] of members.entries()) {
      const own = entriesOf(member, problem.tasks, Object.keys(values));
      const given = Object.fromEntries(own.map(({ from, to }) => [to, values[from]]));
      const raw = this.fitted[i].emit(onnx, given);
      for (const { name } of problem.tasks) feeds[saidBy(member.name, name)] = raw[name];
      for (const input of member.inputs) feeds[`${input}.present`] = values[`${input}.present`];
    }
    return emitNetwork(onnx, network, combiner, feeds);
  }

  dispose(): void {
    void this.predictor?.dispose();
    for (const one of this.fitted) one.dispose();
  }
}

/** What each member counts for each task: its weight over the sum, the mean over a task's outputs. */
function weightsOf(
  members: readonly Member[],
  tasks: readonly ProblemTask[],
  { layout, weights }: TrainedNetwork,
): Record<string, Record<string, number>> {
  const slots = new Map(layout.slots.map((s) => [s.name, s]));
  return Object.fromEntries(
    tasks.map(({ name }) => {
      const positive = members.map((m) => {
        const slot = slots.get(`${name}.weight.${m.name}`);
        const found = slot ? weights.subarray(slot.start, slot.start + slot.size) : [];
        const all = Array.from(found, (v) => Math.log1p(Math.exp(v + Math.log(Math.E - 1))));
        return all.reduce((a, b) => a + b, 0) / all.length;
      });
      const sum = positive.reduce((a, b) => a + b, 0);
      return [name, Object.fromEntries(members.map((m, i) => [m.name, positive[i] / sum]))];
    }),
  );
}
