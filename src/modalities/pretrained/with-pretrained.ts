import type { Tensor } from "../../compiler/graph.ts";
import type { Builder } from "../../nn/builder.ts";
import { type Carry, missingDrift } from "../carry.ts";
import type { Encoded, FeatureView, Learning, Modality, View } from "../modality.ts";
import type { PretrainedState } from "./pretrained-state.ts";

/** What a modality does where its encoder was trained before. */
export interface PretrainedPart<Options, State extends PretrainedState> {
  learn(options: Options, name: string): Learning<State>;
  view(state: State): View<State>;
  readonly features: FeatureView<State>;
  encoder(
    builder: Builder,
    feeds: Readonly<Record<string, Tensor>>,
    state: State,
    options: Options,
  ): Encoded;
  notices(state: State): readonly string[];
  describe(state: State): Readonly<Record<string, string | number>>;
}

interface ChoosesEncoder {
  readonly encoder: { readonly type: string };
}

/** The state of a modality whose encoder was trained before holds that of the encoder and nothing else. */
interface Wrapped<State> {
  readonly pretrained: State;
}

/** A modality that reads its cells with an encoder trained before where its options choose `pretrained`. */
export function withPretrained<
  Options extends ChoosesEncoder,
  State extends object,
  Own extends PretrainedState,
>(
  plain: Modality<Options, State>,
  part: PretrainedPart<NoInfer<Options>, Own>,
): Modality<Options, State> {
  const ownOf = (state: State): Own | undefined => (state as Partial<Wrapped<Own>>).pretrained;
  const networkView = forwarding<State, Own>(plain.network, (own) => part.view(own), ownOf);
  return {
    ...plain,
    learn(options, name) {
      if (options.encoder.type !== "pretrained") return plain.learn(options, name);
      const learning = part.learn(options, name);
      return {
        add: (column, context) => learning.add(column, context),
        finish: () => ({ pretrained: learning.finish() }) as unknown as State,
      };
    },
    network: {
      ...plain.network,
      ...networkView,
      encoder(builder, feeds, present, state, options) {
        const own = ownOf(state);
        return own
          ? part.encoder(builder, feeds, own, options)
          : plain.network.encoder(builder, feeds, present, state, options);
      },
      ...(plain.network.augment && {
        augment: (state: State, options: Options) =>
          ownOf(state) ? undefined : plain.network.augment?.(state, options),
      }),
    },
    features: {
      ...forwarding<State, Own>(plain.features, () => part.features, ownOf),
      blocks(state) {
        const own = ownOf(state);
        return own ? part.features.blocks(own) : plain.features.blocks(state);
      },
    },
    notices(state) {
      const own = ownOf(state);
      return own ? part.notices(own) : (plain.notices?.(state) ?? []);
    },
    describe(state) {
      const own = ownOf(state);
      return own ? part.describe(own) : plain.describe(state);
    },
    ...(plain.carry && { carry: carrying(plain.carry, ownOf) }),
  };
}

/** What carries over of states without an encoder trained before; of others the weights do, by name. */
function carrying<Options, State, Own extends PretrainedState>(
  plain: Carry<State, Options>,
  ownOf: (state: State) => Own | undefined,
): Carry<State, Options> {
  const own = (from: State, to: State) => ownOf(from) ?? ownOf(to);
  const { refit, rows, outputs, options, vocabulary } = plain;
  return {
    drift(from, to) {
      const [a, b] = [ownOf(from), ownOf(to)];
      if (!a || !b) return own(from, to) ? [] : plain.drift(from, to);
      return [missingDrift(a, b)];
    },
    ...(refit && { refit: (from, to) => (own(from, to) ? to : refit(from, to)) }),
    ...(rows && { rows: (from, to) => (own(from, to) ? {} : rows(from, to)) }),
    ...(outputs && { outputs }),
    ...(options && {
      options: (from, given) => (ownOf(from) ? given : options(from, given)),
    }),
    ...(vocabulary && {
      vocabulary: (from, to) =>
        own(from, to) ? { known: 0, added: 0, gone: 0 } : vocabulary(from, to),
    }),
  };
}

/** A view that is the encoder's for states that have one. */
function forwarding<State, Own>(
  plain: View<State>,
  viewOf: (own: Own) => View<Own>,
  ownOf: (state: State) => Own | undefined,
): View<State> {
  const choose = <T>(state: State, call: <S>(view: View<S>, state: S) => T): T => {
    const own = ownOf(state);
    return own === undefined ? call(plain, state) : call(viewOf(own), own);
  };
  return {
    feeds: (state) => choose(state, (view, s) => view.feeds(s)),
    arrives: (state) => choose(state, (view, s) => view.arrives?.(s) ?? false),
    encode: (state, ...rest) => choose(state, (view, s) => view.encode(s, ...rest)),
    boundary: (state, ...rest) => choose(state, (view, s) => view.boundary(s, ...rest)),
    raw: (state, ...rest) => choose(state, (view, s) => view.raw(s, ...rest)),
  };
}
