/** What a model is made of, as boxes in stages with links between them: plain data, for pictures and text. */

export interface Box {
  /** Unique in the diagram. */
  readonly id: string;
  readonly title: string;
  /** What it is and does, in a few words a line. */
  readonly lines: readonly string[];
  /** Fitted numbers in it. */
  readonly parameters?: number;
}

export interface Stage {
  readonly title: string;
  readonly boxes: readonly Box[];
}

export interface Diagram {
  /** From the inputs to the tasks. */
  readonly stages: readonly Stage[];
  /** Ids of boxes, from and to. */
  readonly links: readonly (readonly [string, string])[];
}

/** A diagram as text: the stages, each box with what it is and where its numbers come from. */
export function diagramText({ stages, links }: Diagram): string {
  const titles = new Map(stages.flatMap((s) => s.boxes.map((b) => [b.id, b.title] as const)));
  const lines = stages.flatMap(({ title, boxes }) => [
    `${title}`,
    ...boxes.flatMap(({ id, title: name, lines: said, parameters }) => {
      const from = links
        .filter(([, to]) => to === id)
        .map(([source]) => titles.get(source) ?? source);
      const facts = [
        ...said,
        ...(parameters ? [`${parameters.toLocaleString("en")} parameters`] : []),
      ];
      const sources = from.length > 0 ? [`    ← ${from.join(", ")}`] : [];
      return [`  ${name}${facts.length > 0 ? `: ${facts.join("; ")}` : ""}`, ...sources];
    }),
  ]);
  return `${lines.join("\n")}\n`;
}
