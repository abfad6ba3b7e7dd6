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
import type { Diagram } from "../diagram.ts";
import type { Family, FitOptions, Fitted } from "../learner.ts";
import { namesOf } from "../per-task.ts";
import { chooseAcross } from "./choose-across.ts";
import { combinerNetwork, combinerRows, penaltyOf, type Said, saidBy } from "./combiner.ts";
import { type MemberFamilies, type StackingConfig, stackingConfig } from "./config.ts";
import { type FittedMember, fitMember } from "./member-fits.ts";
import { checkTasks, type Member, membersOf, tasksOf, viewsOfMembers } from "./members.ts";

/**
 * Models of several families, each of some inputs, joined by what they say of rows that they have not
 * learned from. @cite wolpert1992, breiman1996, breiman1997
 */
export function stackingOf(families: MemberFamilies): Family<StackingConfig> {
  return {
    name: "stacking",
    title: "Stack of models",
    summary:
      "Models of several families, each of the inputs it suits, joined by what they predict out of fold.",
    cite: ["wolpert1992", "breiman1996", "breiman1997"],
    config: stackingConfig(families),
    can: {
      view: "both",
      tasks: "all",
      modalities: "all",
      streaming: false,
      resume: false,
      transfer: "its members are models of their own, which can be taken over one at a time",
    },
    views: (config, inputs) => viewsOfMembers(membersOf(inputs, config, families), inputs),
    forTasks: (config, tasks) => ({
      ...config,
      members: Object.fromEntries(
        Object.entries(config.members).flatMap(([name, { tasks: own, learner, ...rest }]) => {
          const mine = tasksOf({ tasks: own }, tasks);
          if (mine.length === 0) return [];
          const { type, ...options } = learner as { type: string };
          const family = families[type];
          const parsed = family.config.parse(options);
          const some = family.forTasks?.(parsed, mine) ?? parsed;
          const known = own?.filter((task) => namesOf(mine).includes(task));
          return [[name, { ...rest, tasks: known, learner: { type, ...(some as object) } }]];
        }),
      ),
    }),
    async fit(problem, config, options) {
      const { store } = problem.train;
      const members = membersOf(problem.inputs, config, families, store.rows);
      checkTasks(members, problem.tasks);
      const folds = foldsOf(store.rows, Math.min(config.folds, store.rows), problem.seed);
      const progress = progressOf(options, members.length * (folds.length + 1));
      const said = new Map<string, Record<string, Float32Array>>();
      const fitted: FittedMember[] = [];
      try {
        for (const member of members) {
          const fits = await fitMember(member, problem, folds, options, progress);
          said.set(member.name, fits.outOfFold);
          fitted.push(fits.fitted);
        }
        const rows = combinerRows(members, problem.tasks, store, allRows(store), said);
        const join = (network: Network, of: RowStore) =>
          trainCombiner(network, of, problem, config.l2, options);
        const { weights, l2 } = config;
        const across = await chooseAcross(
          members,
          problem.tasks,
          rows,
          { weights, l2, strengths: config.across },
          problem.seed,
          join,
        );
        const network = combinerNetwork(members, problem.tasks, { weights, l2, across });
        const combiner = await join(network, rows);
        const facts = { folds: folds.length, across };
        return new FittedStack(problem, members, fitted, network, combiner, facts);
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
    penalty: { l1: 0, l2: penaltyOf(l2) },
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
  fitted: readonly FittedMember[],
  { inputs, tasks }: Problem,
  parameters: number,
  corrected: boolean,
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
  const lines = ["of what members say", ...(corrected ? ["corrected by other tasks"] : [])];
  const join = { id: "join", title: "Weighted mean", lines, parameters };
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
  private readonly fitted: readonly FittedMember[];
  private readonly network: Network;
  private readonly combiner: TrainedNetwork;
  private predictor: NetworkPredictor | undefined;

  constructor(
    problem: Problem,
    members: readonly Member[],
    fitted: readonly FittedMember[],
    network: Network,
    combiner: TrainedNetwork,
    facts: { readonly folds: number; readonly across: Readonly<Record<string, number>> },
  ) {
    this.problem = problem;
    this.members = members;
    this.fitted = fitted;
    this.network = network;
    this.combiner = combiner;
    const own = combiner.layout.slots.reduce((sum, s) => sum + s.size, 0);
    this.parameters = fitted.reduce((sum, f) => sum + f.parameters, own);
    const families = members.map((m) => `${m.name}: ${m.family.name} of ${m.inputs.join(", ")}`);
    const corrected = Object.keys(facts.across).length > 0;
    this.diagram = stackDiagram(members, fitted, problem, own, corrected);
    this.facts = {
      members: families,
      ...facts,
      weights: weightsOf(members, problem.tasks, combiner),
    };
  }

  async predict(store: RowStore, rows: Int32Array): Promise<Record<string, Float32Array>> {
    const { members, problem, network, combiner } = this;
    const said = new Map<string, Record<string, Float32Array>>();
    for (const [i, { name }] of members.entries())
      said.set(name, await this.fitted[i].predict(store, rows));
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
    const { members, network, combiner } = this;
    const feeds: Record<string, string> = {};
    for (const [i, member] of members.entries()) {
      const raw = this.fitted[i].emit(onnx, values);
      for (const [task, value] of Object.entries(raw)) feeds[saidBy(member.name, task)] = value;
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
    tasks.map((task) => {
      const learn = members.filter((m) => tasksOf(m, [task]).length > 0);
      const positive = learn.map((m) => {
        const slot = slots.get(`${task.name}.weight.${m.name}`);
        const found = slot ? weights.subarray(slot.start, slot.start + slot.size) : [];
        const all = Array.from(found, (v) => Math.log1p(Math.exp(v + Math.log(Math.E - 1))));
        return all.reduce((a, b) => a + b, 0) / all.length;
      });
      const sum = positive.reduce((a, b) => a + b, 0);
      return [task.name, Object.fromEntries(learn.map((m, i) => [m.name, positive[i] / sum]))];
    }),
  );
}
