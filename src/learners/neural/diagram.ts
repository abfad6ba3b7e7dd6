import { type FusionName, fusions } from "../../fusion/fusions.ts";
import { streams } from "../../fusion/streams/streams.ts";
import { type SharingName, sharings } from "../../sharing/sharings.ts";
import { answersOf } from "../../tasks/answers.ts";
import type { ParameterLayout } from "../../train/parameters.ts";
import type { ProblemInput, ProblemTask } from "../../train/problem.ts";
import type { Box, Diagram, Stage } from "../diagram.ts";
import type { NeuralConfig } from "./config.ts";
import { partsOf } from "./parts.ts";
import { tables } from "./table.ts";
import { viewsOf } from "./views.ts";

/** The diagram of a fitted network: encoders → streams → fusion → sharing → heads. */
export function networkDiagram(
  inputs: readonly ProblemInput[],
  tasks: readonly ProblemTask[],
  config: NeuralConfig,
  { slots }: ParameterLayout,
): Diagram {
  const count = (test: (name: string) => boolean) =>
    slots.reduce((sum, s) => sum + (test(s.name) ? s.size : 0), 0);
  const width = (name: string) => slots.find((s) => s.name === name)?.shape[0];
  const links: (readonly [string, string])[] = [];
  const labelled = tasks.filter((t) => !t.kind.objective);
  const encoders = inputs.map(({ name, modality, options }): Box => {
    const size = width(`encoder.${name}.missing`);
    const { encoder } = options as { encoder?: string | { type: string } };
    const by = typeof encoder === "string" ? encoder : encoder?.type;
    return {
      id: `input:${name}`,
      title: name,
      lines: [by ? `${modality.name}, ${by}` : modality.name, ...(size ? [`${size} numbers`] : [])],
      parameters: count((n) => n.startsWith(`encoder.${name}.`)),
    };
  });
  const parts = partsOf(inputs);
  const views = viewsOf(labelled, config);
  const stages: Stage[] = [{ title: "inputs and encoders", boxes: encoders }];
  const together = tables[config.table.type as keyof typeof tables];
  const made = count((n) => n.startsWith("columns."));
  const columns = new Set(
    parts.flatMap((p) => (p.table && made > 0 ? p.inputs.map((i) => inputs[i].name) : [])),
  );
  const source = (name: string) => (columns.has(name) ? "columns" : `input:${name}`);
  if (made > 0) {
    const lines = [`${columns.size} ${columns.size === 1 ? "column" : "columns"}`];
    const box = { id: "columns", title: together.title, lines, parameters: made };
    stages.push({ title: "columns of the table", boxes: [box] });
    for (const name of columns) links.push([`input:${name}`, "columns"]);
  }
  const several = config.streams.type !== "none";
  if (several) {
    const { title } = streams[config.streams.type as keyof typeof streams];
    const parameters = count((n) => /^fusion\.(@[^.]*\.)?streams\./.test(n));
    stages.push({
      title: "shared by inputs",
      boxes: [{ id: "streams", title, lines: [], parameters }],
    });
    for (const id of new Set(inputs.map(({ name }) => source(name)))) links.push([id, "streams"]);
  }
  const fused: Box[] = [];
  const shared: Box[] = [];
  const heads: Box[] = [];
  for (const [v, view] of views.entries()) {
    const { apart } = view;
    const own = apart ? ` for ${view.takes.join(", ")}` : "";
    const seen = inputs.filter(({ name }) => !view.inputs || view.inputs.has(name));
    const joint = apart ? `@${v}` : "";
    const [fusionId, sharingId] = [`fusion${joint}`, `sharing${joint}`];
    const row = fusions[view.fusion.type as FusionName];
    const late = row.form === "decisions";
    const prefix = apart ? `fusion.${apart}.` : "fusion.";
    const inFusion = (n: string) =>
      n.startsWith(prefix) &&
      !n.includes("streams.") &&
      (apart !== undefined || !n.startsWith("fusion.@"));
    const inLayers = (n: string) =>
      apart ? n.startsWith(`part.${apart}.`) : /^(part\.[^@][^.]*\.)?sharing\./.test(n);
    const fusionBox: Box = {
      id: fusionId,
      title: row.title,
      lines: [
        late
          ? `joins decisions${own}`
          : `joins ${parts.length} ${parts.length === 1 ? "part" : "parts"}${own}`,
      ],
      parameters: count(inFusion),
    };
    const sharing = sharings[view.options.sharing.type as SharingName];
    const { sizes } = config.trunk;
    const sharingBox: Box = {
      id: sharingId,
      title: sharing.title,
      lines: [
        sizes.length > 0 ? `layers of ${sizes.join(", ")}` : "no hidden layer",
        ...(late ? ["for each input"] : []),
      ],
      parameters: count((n) => inLayers(n) && !/(^|\.)head\./.test(n)),
    };
    if (!fused.some((b) => b.id === fusionId)) fused.push(fusionBox);
    if (!shared.some((b) => b.id === sharingId)) shared.push(sharingBox);
    const [first, second] = late ? [sharingId, fusionId] : [fusionId, sharingId];
    const link = (from: string, to: string) => {
      if (!links.some(([a, b]) => a === from && b === to)) links.push([from, to]);
    };
    if (several) link("streams", first);
    else for (const { name } of seen) link(source(name), first);
    link(first, second);
    for (const name of view.takes) {
      const { kind, state } = labelled.find((t) => t.name === name) as ProblemTask;
      heads.push({
        id: `task:${name}`,
        title: name,
        lines: [
          kind.name,
          `${kind.outputSize(state)} raw ${kind.outputSize(state) === 1 ? "output" : "outputs"}`,
          ...(view.inputs ? [`sees ${seen.map((i) => i.name).join(", ")}`] : []),
        ],
        parameters: count((n) => new RegExp(`(^|\\.)head\\.${escaped(name)}\\.`).test(n)),
      });
      link(second, `task:${name}`);
    }
  }
  for (const { name, kind, options } of tasks) {
    if (!kind.objective) continue;
    const sides = kind.objective.sides(options);
    heads.push({
      id: `task:${name}`,
      title: name,
      lines: [
        kind.name,
        answersOf({ kind, options }) ? sides.join(" → ") : `compares ${sides.join(" and ")}`,
      ],
      parameters: count((n) => new RegExp(`(^|\\.)${escaped(name)}\\.`).test(n)),
    });
    for (const side of sides) links.push([`input:${side}`, `task:${name}`]);
  }
  const late = views.every((v) => fusions[v.fusion.type as FusionName].form === "decisions");
  const fusionStage = { title: "fusion", boxes: fused };
  const sharingStage = { title: "shared by tasks", boxes: shared };
  stages.push(...(late ? [sharingStage, fusionStage] : [fusionStage, sharingStage]));
  return { stages: [...stages, { title: "tasks", boxes: heads }], links };
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
