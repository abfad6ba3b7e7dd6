import { z } from "zod";
import { type Extracted, expertCounts, extract } from "./extraction.ts";
import { requireLayers } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";

const config = z
  .strictObject({
    levels: z
      .int()
      .min(1)
      .max(16)
      .default(2)
      .describe("Levels of experts; each expert of each level has the layers of the trunk."),
    ...expertCounts,
  })
  .describe("Options of progressive layered extraction.");

/** Levels of customised gate control, of which the shared part goes on too. @cite tang2020 */
export const ple: Sharing<z.infer<typeof config>> = {
  name: "ple",
  title: "Progressive layered extraction",
  summary: "Levels of task experts and shared experts that separate the tasks step by step.",
  cite: ["tang2020"],
  config,
  build(builder, x, tasks, blocks, { levels, ...counts }) {
    requireLayers(blocks, "ple");
    let at: Extracted = { own: tasks.map(() => x), shared: x };
    for (let level = 0; level < levels; level++) {
      at = builder.scope(`level.${level}`, () =>
        extract(builder, blocks, tasks, at, counts, level === levels - 1),
      );
    }
    return tasks.map(({ name }, i) => blocks.tower(name, at.own[i]));
  },
};
