import type { TransferComparison, TransferCurves } from "./transfer.ts";
import type { JudgedTask } from "./verdicts.ts";

/** What a comparison of transfer with training from scratch says, in sentences; the outcome first. */
export function transferWords(found: TransferComparison): string[] {
  const { tasks, deltaM, curves } = found;
  const by = (verdict: "helps" | "no difference" | "hurts") =>
    tasks.filter((t) => t.against.transfer?.verdict === verdict).map((t) => t.name);
  const [helped, hurt] = [by("helps"), by("hurts")];
  const share = Number.isFinite(deltaM)
    ? `Over all tasks the scores are ${percent(Math.abs(deltaM))} ${deltaM >= 0 ? "better" : "worse"} on average.`
    : "";
  const sentences = [outcome(helped, hurt, tasks.length), ...(share ? [share] : [])];
  if (helped.length === 0 && hurt.length === 0) sentences.push(...leaning(tasks));
  for (const { name, metric, better } of tasks) {
    const sentence = earlier(name, metric, better, curves[name], found.epochs);
    if (sentence) sentences.push(sentence);
  }
  if (hurt.length > helped.length)
    sentences.push("Train from scratch instead: polytask train with the same configuration.");
  return sentences;
}

function outcome(helped: readonly string[], hurt: readonly string[], count: number): string {
  const all = count > 1 ? "all tasks" : "the task";
  if (helped.length === count) return `Starting from the trained model won on ${all}.`;
  if (hurt.length === count) return `Training from scratch won on ${all}.`;
  if (helped.length > 0 && hurt.length > 0)
    return `Starting from the trained model won on ${list(helped)}; training from scratch won on ${list(hurt)}.`;
  if (helped.length > 0)
    return `Starting from the trained model won on ${list(helped)}, and lost nowhere.`;
  if (hurt.length > 0) return `Training from scratch won on ${list(hurt)}, and lost nowhere.`;
  return "Neither won: no test tells starting from the trained model and training from scratch apart.";
}

/** Which way differences lean that no test is sure of. */
function leaning(tasks: readonly JudgedTask[]): string[] {
  const leans = tasks.filter((t) => (t.against.transfer?.adjusted ?? 1) < 0.2);
  if (leans.length === 0) return [];
  const better = leans.filter((t) => t.against.transfer.mean > 0).map((t) => t.name);
  const worse = leans.filter((t) => t.against.transfer.mean < 0).map((t) => t.name);
  const parts = [
    better.length > 0 ? `for it on ${list(better)}` : "",
    worse.length > 0 ? `against it on ${list(worse)}` : "",
  ].filter((p) => p !== "");
  return [`The differences lean ${parts.join(" and ")}: more folds or seeds may decide.`];
}

/** How much sooner one curve reaches the best of the other, where that is much. */
function earlier(
  task: string,
  metric: string,
  better: "higher" | "lower",
  { transfer, scratch }: TransferCurves,
  epochs: number,
): string | undefined {
  const sign = better === "higher" ? 1 : -1;
  const best = (curve: TransferCurves["scratch"]) =>
    curve.reduce(
      (found, p) => (sign * p.validation > sign * found.validation ? p : found),
      curve[0],
    );
  if (transfer.length === 0 || scratch.length === 0) return undefined;
  const goal = best(scratch);
  if (!Number.isFinite(goal.validation)) return undefined;
  const reached = transfer.find((p) => sign * p.validation >= sign * goal.validation);
  if (reached === undefined || reached.epoch * 2 > goal.epoch) return undefined;
  const total = epochs > goal.epoch ? ` (of ${epochs})` : "";
  return `On ${task} it reached the best validation ${metric} of training from scratch, ${goal.validation.toPrecision(3)} after ${goal.epoch} epochs${total}, after ${reached.epoch}.`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
