import { z } from "zod";
import { expertCounts, extract } from "./extraction.ts";
import { requireLayers } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";

const config = z.strictObject(expertCounts).describe("Options of customised gate control.");

/** Experts of each task and shared ones, weighed by a gate a task. @cite tang2020 */
export const cgc: Sharing<z.infer<typeof config>> = {
  name: "cgc",
  title: "Customised gate control",
  summary: "Experts of each task beside shared ones; a gate a task weighs both for each row.",
  cite: ["tang2020"],
  config,
  build(builder, x, tasks, blocks, options) {
    requireLayers(blocks, "cgc");
    const inputs = { own: tasks.map(() => x), shared: x };
    const { own } = extract(builder, blocks, tasks, inputs, options, true);
    return tasks.map(({ name }, i) => blocks.tower(name, own[i]));
  },
};
