/** What training reports while it runs; progress bars and logs are made of these. */
export type TrainEvent =
  | {
      readonly type: "start";
      readonly epochs: number;
      readonly stepsPerEpoch: number;
      readonly parameters: number;
      readonly epoch: number;
    }
  | { readonly type: "step"; readonly epoch: number; readonly step: number; readonly loss: number }
  | { readonly type: "epoch"; readonly record: EpochRecord }
  | {
      readonly type: "checkpoint";
      readonly epoch: number;
      readonly step: number;
      readonly path: string;
    }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "notice"; readonly message: string }
  | {
      readonly type: "stop";
      readonly reason: string;
      readonly epoch: number;
      readonly best: number;
    };

/** One line of `history.jsonl`. */
export interface EpochRecord {
  readonly epoch: number;
  readonly learningRate: number;
  /** Joint training loss with penalties, mean over steps. */
  readonly loss: number;
  readonly tasks: Readonly<
    Record<
      string,
      {
        readonly loss: number;
        readonly weight: number;
        /** Metrics on the validation rows, and `loss`, the mean loss of their labelled rows. */
        readonly validation?: Readonly<Record<string, number>>;
      }
    >
  >;
  readonly seconds: number;
}
