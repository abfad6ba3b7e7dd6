import type { Tensor } from "../../compiler/graph.ts";
import type { Fusion, Part } from "../../fusion/fusion.ts";
import { fusions } from "../../fusion/fusions.ts";
import { type Streams, streams } from "../../fusion/streams/streams.ts";
import type { Builder } from "../../nn/builder.ts";
import { normal, values } from "../../nn/initializers.ts";
import { mlp, mlpLayer } from "../../nn/mlp.ts";
import type { Blocks, SharedTask, Sharing } from "../../sharing/sharing.ts";
import { sharings } from "../../sharing/sharings.ts";
import type { Blended, Network, NetworkFeed } from "../../train/network.ts";
import type { Problem, ProblemInput, ProblemTask } from "../../train/problem.ts";
import { type BlendWeights, jointly } from "./blends.ts";
import { compareInputs } from "./compare-inputs.ts";
import type { NeuralConfig } from "./config.ts";
import { groupHeads } from "./group-heads.ts";
import { groupOf, groupsFromTop } from "./groups.ts";
import { type PartInputs, partsOf, presence } from "./parts.ts";
import { type Columns, tables } from "./table.ts";
import { headWeight, tieHeads } from "./tie-heads.ts";
import { checkPerTask, type TaskView, viewsOf } from "./views.ts";

/**
 * Encoders → fusion → sharing → heads, as one function of the rows. An input whose cell is missing
 * is represented by a learned vector; a head's bias starts at its task's prior.
 */
export function neuralNetwork(
  problem: Pick<Problem, "inputs" | "tasks">,
  config: NeuralConfig,
  blending: Blending = {},
): Network {
  const { inputs, tasks } = problem;
  // The others have neither shared layers nor a head.
  const labelled = tasks.filter((t) => !t.kind.objective);
  checkPerTask(
    config.perTask,
    tasks,
    inputs.map((i) => i.name),
  );
  const feeds: NetworkFeed[] = inputs.flatMap((input) => [
    ...input.modality.network
      .feeds(input.state)
      .map((f) => ({ ...f, name: `${input.name}.${f.name}` })),
    { name: `${input.name}.present`, dtype: "float32" as const, shape: [1] },
  ]);
  const parts = partsOf(inputs);
  const { weights } = blending;
  const blends =
    weights && new Map(labelled.map((t) => [t.name, blendedOf(t.name, weights[t.name])] as const));
  const varied = inputs.flatMap((input) => {
    const augment = input.modality.network.augment?.(input.state, input.options);
    const names = input.modality.network.feeds(input.state).map((f) => `${input.name}.${f.name}`);
    return augment ? [{ input: input.name, names, augment }] : [];
  });
  return {
    feeds,
    tasks,
    groupOf,
    groupsFromTop,
    ...(blends && { blends }),
    ...(varied.length > 0 && {
      augment(view, rows, random) {
        for (const { input, names, augment } of varied)
          augment(names.map(view), rows, random(input));
      },
    }),
    forward(builder, fed) {
      const present = presence(builder, inputs, fed, config.modalityDropout);
      const encoded = inputs.map((input, i) => encode(builder, input, fed, present[i], config));
      const mixed = mixRows(builder, encoded, config.mixup);
      const raw: Record<string, Tensor> = {};
      const tied = new Set<string>();
      const { only } = blending;
      const split = only !== undefined || (builder.training && blends !== undefined);
      for (const view of viewsOf(labelled, config)) {
        const seen = mixed.map((part) => look(part, view));
        const { joint, decisions } = viewed(builder, view, parts, seen, tied, split);
        const one = decisions.find((d) => d.name === only)?.raw ?? joint;
        for (const name of view.takes) {
          raw[name] = one[name];
          for (const decision of blends ? decisions : []) {
            const at = branchOf(name, decision.name);
            raw[at.raw] = decision.raw[name];
            raw[at.there] = decision.present;
          }
        }
      }
      // Such tasks drop features at a rate of their own.
      const undropped = encoded.map((part) => ({ ...part, features: part.whole }));
      return { ...raw, ...compareInputs(builder, tasks, inputs, undropped) };
    },
  };
}

/** What tasks learn from besides the joint decision. */
export interface Blending {
  /** What the decision of each part counts in the loss, and the joint one, a task. */
  readonly weights?: Readonly<Record<string, BlendWeights>>;
  /** The part whose decision alone is the network's; the joint one where absent. */
  readonly only?: string;
}

/** Names of a part's raw output for a task, and of where the part is there. */
function branchOf(task: string, part: string): { raw: string; there: string } {
  return { raw: `${task}@${part}`, there: `${task}@${part}:there` };
}

function blendedOf(task: string, weights: BlendWeights): Blended[] {
  return Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .map(([part, weight]) =>
      part === jointly ? { raw: task, weight } : { ...branchOf(task, part), weight },
    );
}

/** An encoded input, and what stands for it where it is missing. */
interface EncodedInput extends Part {
  /** The features with none of them dropped. */
  readonly whole: Tensor;
  /** `[1, D]` */
  readonly absent: Tensor;
}

/**
 * Mixes each row of a training step with another: their encoded inputs, by shares drawn from a beta
 * distribution with both shapes `alpha`. @cite zhang2018mixup, verma2019
 */
function mixRows(builder: Builder, encoded: readonly EncodedInput[], alpha: number) {
  if (!builder.training || alpha === 0) return encoded;
  const rows = encoded[0].features.shape[0];
  const share = builder.beta(alpha, [rows, 1]);
  builder.mixture = share.reshape([rows]);
  const mix = (x: Tensor) => {
    const s = share.reshape([rows, ...x.shape.slice(1).map(() => 1)]);
    return x.mul(s).add(builder.mirror(x).mul(s.neg().add(1)));
  };
  const either = (x: Tensor) => x.maximum(builder.mirror(x));
  return encoded.map(({ sequence, ...part }) => ({
    ...part,
    features: mix(part.features),
    present: either(part.present),
    sequence: sequence && {
      values: mix(sequence.values.mul(sequence.mask.unsqueeze(2))),
      mask: either(sequence.mask),
    },
  }));
}

/** An input as a view has it: missing in every row where the view does not see it. */
function look(part: EncodedInput, { inputs }: TaskView): Part {
  if (inputs === undefined || inputs.has(part.name)) return part;
  const { name, features, present, sequence, absent } = part;
  return {
    name,
    features: absent.expand(features.shape),
    present: present.mul(0),
    sequence: sequence && { values: sequence.values, mask: sequence.mask.mul(0) },
  };
}

/** What a view's tasks are decided by: all parts together, and each by itself where asked. */
interface Decided {
  /** Raw outputs a task. */
  readonly joint: Readonly<Record<string, Tensor>>;
  readonly decisions: readonly {
    readonly name: string;
    readonly raw: Readonly<Record<string, Tensor>>;
    readonly present: Tensor;
  }[];
}

/**
 * The raw outputs of a view's tasks.
 * @param split whether the parts' own decisions are wanted even where the fusion joins features.
 */
function viewed(
  builder: Builder,
  view: TaskView,
  groups: readonly PartInputs[],
  encoded: readonly Part[],
  tied: Set<string>,
  split: boolean,
): Decided {
  const { tasks, apart, options } = view;
  const fusion = fusions[view.fusion.type as keyof typeof fusions] as Fusion;
  const inFusion = <T>(build: () => T): T =>
    builder.scope("fusion", () => (apart ? builder.scope(apart, build) : build()));
  const merged = groups.map((part) => merge(builder, part, encoded, options.table));
  const parts = inFusion(() => stream(builder, merged, options));
  fusion.check?.(
    parts.map((p) => p.name),
    view.fusion,
  );
  const each = () =>
    parts.map(({ name, features, present }) => {
      const scope = apart ? `part.${apart}.${name}` : `part.${name}`;
      return { name, raw: decide(builder, features, tasks, options, tied, scope), present };
    });
  if (fusion.form === "features") {
    const fused = inFusion(() => fusion.build(builder, parts, view.fusion));
    const joint = decide(builder, fused, tasks, options, tied, apart && `part.${apart}`);
    return { joint, decisions: split ? each() : [] };
  }
  const decisions = each();
  const joint = Object.fromEntries(
    tasks.map(({ name, kind, state }) => {
      const task = { name, posterior: kind.posterior, prior: kind.prior(state) };
      const said = decisions.map((d) => ({ ...d, raw: d.raw[name] }));
      const combine = () => fusion.combine(builder, said, task, view.fusion);
      return [name, builder.scope(`fusion.${name}`, combine)];
    }),
  );
  return { joint, decisions };
}

/** The parts after the layers that they share. */
function stream(builder: Builder, parts: readonly Part[], { streams: chosen }: NeuralConfig) {
  if (chosen.type === "none") return parts;
  const row = streams[chosen.type as keyof typeof streams] as Streams;
  return builder.scope("streams", () => row.build(builder, parts, chosen));
}

/**
 * The layers that tasks share, their towers and heads: features `[B, D]` to a raw output a task.
 * @param tied scopes whose heads are tied already.
 * @param scope what the names of parameters start with, where there are several such networks.
 */
function decide(
  builder: Builder,
  x: Tensor,
  tasks: readonly ProblemTask[],
  config: NeuralConfig,
  tied: Set<string>,
  scope?: string,
): Readonly<Record<string, Tensor>> {
  const within = <T>(build: () => T) => (scope ? builder.scope(scope, build) : build());
  const sharing = sharings[config.sharing.type as keyof typeof sharings] as Sharing;
  const shared = tasks.map(sharedTask);
  sharing.check?.(shared, config.sharing);
  const priors = Object.fromEntries(tasks.map((t) => [t.name, t.kind.prior(t.state)]));
  const started = sharing.priors?.(priors, shared, config.sharing) ?? priors;
  const heads = new Map<string, Tensor>();
  const marked =
    config.sharing.type === "hard" &&
    (config.weighting as { level?: string }).level === "representation";
  const blocks: Blocks = {
    depth: config.trunk.sizes.length,
    trunk: (name, h) => {
      const features = mlp(builder, name, h, config.trunk);
      return marked ? builder.representation(features) : features;
    },
    layer: (name, index, h) => mlpLayer(builder, name, index, h, config.trunk),
    tower: (name, h) => mlp(builder, `tower.${name}`, h, config.tower),
    head: (name, h) =>
      builder.outside(() =>
        within(() =>
          builder.scope(`head.${name}`, () => {
            const size = started[name].length;
            const weight = headWeight(builder, h.shape[1], size, config.regularization.tasks);
            heads.set(name, weight);
            return head(builder, h, weight, started[name]);
          }),
        ),
      ),
  };
  return within(() => {
    const last = builder.scope("sharing", () =>
      sharing.build(builder, x, shared, blocks, config.sharing),
    );
    const together = groupHeads(builder, sharing.priors ? [] : tasks, last, config, (name, build) =>
      builder.outside(() => within(() => builder.scope(`head.${name}`, build))),
    );
    const raw = Object.fromEntries(
      tasks.map((t, i) => [t.name, together.get(t.name) ?? blocks.head(t.name, last[i])]),
    );
    // Several views may have the same heads.
    if (!tied.has(scope ?? "")) tieHeads(builder, heads, config.regularization.tasks);
    tied.add(scope ?? "");
    return sharing.combine?.(raw, shared, config.sharing) ?? raw;
  });
}

/** What a sharing may know of a task. */
function sharedTask({ name, kind, state }: ProblemTask): SharedTask {
  return {
    name,
    kind: kind.name,
    size: kind.outputSize(state),
    features(raw) {
      const { probability, probabilities = probability } = kind.link(raw, state);
      return probabilities ? probabilities.reshape([raw.shape[0], -1]) : raw;
    },
  };
}

/** One input's features, `[B, D]`, with a learned vector where the cell is missing. */
function encode(
  builder: Builder,
  input: ProblemInput,
  fed: Readonly<Record<string, Tensor>>,
  present: Tensor,
  config: NeuralConfig,
): EncodedInput {
  return builder.scope(`encoder.${input.name}`, () => {
    const feeds = Object.fromEntries(
      input.modality.network
        .feeds(input.state)
        .map((f) => [f.name, fed[`${input.name}.${f.name}`]]),
    );
    const { network } = input.modality;

    const { features: encoded, sequence } = network.encoder(
      builder,
      feeds,
      present,
      input.state,
      input.options,
    );
    const missing = builder.parameter("missing", [encoded.shape[1]], normal(0.02), {
      decay: false,
    });
    const features = encoded.mul(present).add(missing.mul(present.neg().add(1)));
    return {
      name: input.name,
      features: builder.dropout(features, config.inputDropout),
      whole: features,
      present,
      absent: missing.reshape([1, -1]),
      sequence: sequence && { values: sequence.values, mask: sequence.mask.mul(present) },
    };
  });
}

/** The inputs of a part as one; it is there where one of them is. */
function merge(
  builder: Builder,
  { name, inputs, table }: PartInputs,
  encoded: readonly Part[],
  way: NeuralConfig["table"],
): Part {
  const chosen = inputs.map((i) => encoded[i]);
  const alone = chosen.length === 1 && way.type === "concat";
  if (!table || alone) return { ...chosen[0], name };
  const row = tables[way.type as keyof typeof tables] as Columns;
  const built = builder.scope("columns", () => row.build(builder, chosen, way));
  return { name, ...built, present: chosen.map((p) => p.present).reduce((a, b) => a.maximum(b)) };
}

function head(builder: Builder, x: Tensor, weight: Tensor, prior: Float64Array): Tensor {
  const bias = builder.parameter("bias", [prior.length], values(prior), { decay: false });
  return x.gemm(weight, bias);
}
