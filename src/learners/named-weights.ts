/** A parameter of a family whose weights are features by outputs: what its numbers belong to, for transfer. */
export type NamedWeights = {
  readonly name: string;
  /** `[features, outputs]` or, for intercepts, `[outputs]`; the outputs are those of all tasks, side by side. */
  readonly shape: readonly number[];
} & (
  | {
      /** The input, the feed of it and the features that the rows belong to. */
      readonly input: string;
      readonly feed: string;
      readonly features: readonly string[];
    }
  | { readonly input?: undefined }
);
