import { type Block, defined } from "./block.ts";

type Options = Readonly<Record<string, unknown>>;

const optimizers: Readonly<Record<string, string>> = {
  adam: "adam",
  adamw: "adamw",
  sgd: "sgd",
  lbfgs: "lbfgs",
};

/** How training goes; what a configuration leaves open is as Ludwig has it. */
export function trainingOf(trainer: Block): Options {
  const optimizer = trainer.block("optimizer");
  trainer.skip("type");
  const type = optimizer.choice("type", optimizers) ?? "adam";
  const stop = trainer.number("early_stop") ?? 5;
  const schedule = scheduleOf(trainer, trainer.number("epochs") ?? 100);
  return {
    epochs: trainer.number("epochs") ?? 100,
    batchSize: trainer.number("batch_size") ?? 128,
    optimizer: { type, ...(type !== "lbfgs" && rateOf(trainer)), ...ownOf(optimizer, type) },
    ...defined({ schedule, clip: clipOf(trainer.block("gradient_clipping")) }),
    earlyStopping: { patience: Math.max(0, stop) },
  };
}

function rateOf(trainer: Block): Options {
  return { learningRate: trainer.number("learning_rate") ?? 0.001 };
}

function ownOf(optimizer: Block, type: string): Options {
  const weightDecay = optimizer.number("weight_decay");
  if (type === "sgd") {
    const momentum = optimizer.number("momentum") ?? 0;
    return defined({ momentum, nesterov: optimizer.flag("nesterov"), weightDecay });
  }
  if (type === "lbfgs") return {};
  const betas = optimizer.take("betas");
  const [beta1, beta2] = Array.isArray(betas) ? betas : [];
  return defined({ beta1, beta2, epsilon: optimizer.number("eps"), weightDecay });
}

function scheduleOf(trainer: Block, epochs: number): Options | undefined {
  const scheduler = trainer.block("learning_rate_scheduler");
  const type = scheduler.choice("decay", { exponential: "exponential", cosine: "cosine" });
  const rate = scheduler.number("decay_rate") ?? trainer.number("decay_rate");
  const fraction = scheduler.number("warmup_fraction");
  const old = trainer.number("learning_rate_warmup_epochs");
  const warmup = fraction ?? (old === undefined ? undefined : Math.min(0.9, old / epochs));
  const falls = trainer.flag("decay") === true ? "exponential" : type;
  if (falls === undefined && !warmup) return undefined;
  if (rate !== undefined)
    trainer.leave("decay_rate", "schedules here end at a share of the rate: schedule.final");
  return { type: falls ?? "constant", ...(warmup && { warmup }) };
}

function clipOf(clipping: Block): Options | undefined {
  const whole = clipping.number("clipglobalnorm") ?? clipping.number("clipnorm");
  clipping.skip("clipnorm");
  const value = clipping.number("clipvalue");
  if (whole !== undefined) return { type: "norm", maximum: whole };
  return value === undefined ? undefined : { type: "value", maximum: value };
}

const shares = [0.7, 0.1, 0.2];

/** Which rows train, validate and test. */
export function splitOf(preprocessing: Block): Options | undefined {
  const split = preprocessing.block("split");
  const given = split.take("probabilities") ?? preprocessing.take("split_probabilities");
  const list = Array.isArray(given) && given.length === 3 ? given.map(Number) : shares;
  const fractions = { validation: list[1], test: list[2] };
  const column = split.text("column") ?? preprocessing.text("stratify");
  const type = split.text("type") ?? (column === undefined ? "random" : "stratify");
  const known: Readonly<Record<string, Options>> = {
    random: { type: "random", fractions },
    ...(column !== undefined && {
      stratify: { type: "stratified", columns: [column], fractions },
      datetime: { type: "time", column, fractions },
      hash: { type: "group", column, fractions },
    }),
  };
  if (Object.hasOwn(known, type)) return known[type];
  split.leave("type", fixedHint(type));
  return undefined;
}

function fixedHint(type: string): string {
  return type === "fixed"
    ? "a column of 0, 1 and 2: write train, validation and test there, then split: { type: column, column: NAME }"
    : `${type} has no counterpart`;
}
