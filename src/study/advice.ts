import type { Comparison } from "./comparison.ts";
import type { JudgedTask, OverallTest, Verdict } from "./verdicts.ts";

/** A mean relative difference that is too large to pass over although no test is sure of it. */
const unsettled = 0.1;
/** More tasks than this are judged at once too: adjusted over so many, single tests see little. */
const many = 8;

/** What to do, in sentences, the most important first. */
export function adviceOf({
  tasks,
  regimes,
  deltaM,
  costs,
  groups,
  overall,
}: Pick<Comparison, "tasks" | "regimes" | "deltaM" | "costs" | "groups" | "overall">): string[] {
  const said = (regime: string, verdict: Verdict) =>
    tasks.filter((t) => t.against[regime]?.verdict === verdict);
  const helped = said("multiTask", "helps");
  const hurt = said("multiTask", "hurts");
  const same = tasks.length - helped.length - hurt.length;
  const whole = overall.multiTask;
  const speaks = tasks.length > many && whole !== undefined && Number.isFinite(whole.p);
  const onlyAsWhole = speaks && same === tasks.length && whole.verdict !== "no difference";
  const sentences = [
    onlyAsWhole
      ? `Learning the ${tasks.length} tasks together ${whole.verdict} them as a whole, although no single one shows it.`
      : headline(tasks, helped, hurt, same),
  ];
  if (speaks) sentences.push(together(whole));
  if (hurt.length > 0) {
    const rescued = regimes.filter(
      ({ name }) =>
        name !== "multiTask" &&
        name !== "independent" &&
        said(name, "hurts").length === 0 &&
        said(name, "helps").length > 0,
    );
    const best = bestOf(
      rescued.map((r) => r.name),
      deltaM,
    );
    const way = regimes.find((r) => r.name === best);
    sentences.push(
      way
        ? `${way.title} models hurt no task measurably and help ${listOf(said(way.name, "helps"))} (Δm ${percent(deltaM[way.name])}): ${way.summary.toLowerCase().replace(/\.$/, "")}.`
        : `Learn ${listOf(hurt)} by ${hurt.length === 1 ? "itself" : "themselves"}, or give the tasks more that is their own: wider layers, towers, or a sharing such as mmoe or ple.`,
    );
  } else if (helped.length > 0 || (speaks && whole.verdict === "helps")) {
    sentences.push("Train all tasks with this configuration: polytask train.");
  } else if (speaks && whole.verdict === "hurts") {
    sentences.push("Learn them apart, or tie them less: no single task gains by the others.");
  } else {
    if (Math.abs(deltaM.multiTask) > unsettled)
      return [
        ...sentences,
        `Mean scores differ (Δm ${percent(deltaM.multiTask)}), but vary too much from fold to fold to tell them from chance: compare again with more folds or seeds before choosing.`,
      ];
    const [one, all] = ["independent", "multiTask"].map((name) =>
      costs.find((c) => c.regime === name),
    );
    if (one && all && one.parameters > 0 && all.parameters > 0)
      sentences.push(
        `One model has ${share(all.parameters / one.parameters)} of the parameters and takes ${share(all.seconds / one.seconds)} of the time of one model a task: choose by those, not by the scores. More folds or seeds would show smaller differences.`,
      );
  }
  const others = regimes.filter(
    ({ name }) =>
      hurt.length === 0 && name !== "multiTask" && said(name, "helps").length > helped.length,
  );
  for (const { name, title } of others)
    sentences.push(`${title} models help on ${listOf(said(name, "helps"))}.`);
  if (groups !== undefined && groups.length > 1 && groups.length < tasks.length) {
    const better = said("grouped", "helps").length - said("grouped", "hurts").length;
    const before = helped.length - hurt.length;
    sentences.push(
      `The gradients propose the groups ${groups.map((g) => g.join(" + ")).join("; ")}: trained so, ${better > before ? "the tasks do better than all together" : better < before ? "the tasks do worse than all together" : "the verdicts are as for all together"}.`,
    );
  }
  return sentences;
}

/** What all tasks show at once: of many none may show it by itself. */
function together({ mean, low, high, p, verdict }: OverallTest): string {
  const said = verdict === "no difference" ? "makes no difference that can be shown" : verdict;
  const sure = p < 0.001 ? "p < 0.001" : `p ${p.toFixed(3)}`;
  return `Over all tasks at once it ${said}: scores are ${mean < 0 ? "worse" : "better"} by ${percent(Math.abs(mean))} on average (improvement, 95 % interval: ${percent(low)} to ${percent(high)}, ${sure}).`;
}

function headline(
  tasks: readonly JudgedTask[],
  helped: readonly JudgedTask[],
  hurt: readonly JudgedTask[],
  same: number,
): string {
  const all = tasks.length;
  if (helped.length === all) return `Learning the ${all} tasks together helps every one of them.`;
  if (hurt.length === all) return `Learning the ${all} tasks together hurts every one of them.`;
  if (same === all)
    return `Learning the ${all} tasks together makes no difference that these rows can show.`;
  const parts = [
    helped.length > 0 ? `helps ${listOf(helped)}` : "",
    hurt.length > 0 ? `hurts ${listOf(hurt)}` : "",
    same > 0
      ? `makes no clear difference for ${same === 1 ? "the other task" : `the other ${same}`}`
      : "",
  ].filter((part) => part !== "");
  return `Learning the ${all} tasks together ${parts.join(", ")}.`;
}

function bestOf(
  names: readonly string[],
  deltaM: Readonly<Record<string, number>>,
): string | undefined {
  return [...names].sort((a, b) => (deltaM[b] ?? -Infinity) - (deltaM[a] ?? -Infinity))[0];
}

function listOf(tasks: readonly JudgedTask[]): string {
  const names = tasks.map((t) => t.name);
  if (names.length > 5) return `${names.slice(0, 4).join(", ")} and ${names.length - 4} more`;
  return names.length < 2
    ? names.join()
    : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

function percent(value: number): string {
  return `${(value * 100).toFixed(Math.abs(value) < 0.1 ? 1 : 0)} %`;
}

function share(value: number): string {
  return `${Math.max(1, Math.round(value * 100))} %`;
}
