import { z } from "zod";

const warmup = z
  .number()
  .min(0)
  .lt(1)
  .default(0)
  .describe("Share of all steps over which the rate first rises linearly from near 0");

const final = (value: number) =>
  z.number().positive().max(1).default(value).describe("Factor reached at the end of training");

/** How the learning rate changes over training; every length is a share of all steps. */
export const scheduleConfig = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("constant"), warmup }),
  z.strictObject({
    type: z.literal("step"),
    every: z
      .number()
      .positive()
      .max(1)
      .default(0.3)
      .describe("Share of the steps after warm-up between two drops"),
    factor: z.number().positive().lt(1).default(0.1).describe("Multiplies the rate at each drop"),
    warmup,
  }),
  z.strictObject({ type: z.literal("exponential"), final: final(0.01), warmup }),
  z.strictObject({
    type: z.literal("cosine"),
    final: z.number().min(0).max(1).default(0).describe("Factor reached at the end of training"),
    warmup,
  }),
  z.strictObject({
    type: z.literal("oneCycle"),
    peak: z
      .number()
      .positive()
      .lt(1)
      .default(0.3)
      .describe("Share of all steps after which the rate is at its base value"),
    start: z.number().positive().max(1).default(0.04).describe("Factor of the first step"),
    final: final(4e-6),
  }),
]);

export type ScheduleConfig = z.output<typeof scheduleConfig>;

/**
 * The factor that a schedule puts on the base learning rate.
 * @param step counted from 0; at or beyond `totalSteps` the schedule stays at its end.
 * @cite loshchilov2017 (cosine), smith2019 (one cycle)
 */
export function scheduleFactor(config: ScheduleConfig, step: number, totalSteps: number): number {
  if (config.type === "oneCycle") return oneCycle(config, step, totalSteps);
  const warmupSteps = Math.min(Math.round(config.warmup * totalSteps), totalSteps - 1);
  if (step < warmupSteps) return ((step + 1) / warmupSteps) * decayFactor(config, 0);
  return decayFactor(config, Math.min((step - warmupSteps) / (totalSteps - warmupSteps), 1));
}

/** The factor at a progress from 0 to 1 after warm-up. */
function decayFactor(
  config: Exclude<ScheduleConfig, { type: "oneCycle" }>,
  progress: number,
): number {
  switch (config.type) {
    case "constant":
      return 1;
    case "step":
      // The slack keeps a drop on its step where the division rounds down, as 0.3 / 0.1 does.
      return config.factor ** Math.floor(progress / config.every + 1e-9);
    case "exponential":
      return config.final ** progress;
    case "cosine":
      return anneal(1, config.final, progress);
  }
}

function oneCycle(
  { peak, start, final }: Extract<ScheduleConfig, { type: "oneCycle" }>,
  step: number,
  totalSteps: number,
): number {
  const top = Math.max(peak * totalSteps - 1, 0);
  if (step < top) return anneal(start, 1, step / top);
  const rest = totalSteps - 1 - top;
  return rest > 0 ? anneal(1, final, Math.min((step - top) / rest, 1)) : 1;
}

/** Half a cosine wave from one value to another. */
function anneal(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}
