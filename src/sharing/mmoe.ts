import { z } from "zod";
import { gate, mixtures } from "./mixture.ts";
import { expertCount } from "./options.ts";
import { requireLayers } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";

const config = z
  .strictObject({
    experts: expertCount,
  })
  .describe("Options of multi-gate mixture of experts.");

/** Experts that all tasks share, weighed by a gate a task and a row. @cite ma2018 */
export const mmoe: Sharing<z.infer<typeof config>> = {
  name: "mmoe",
  title: "Multi-gate mixture of experts",
  summary: "Shared experts; a gate a task weighs them for each row.",
  cite: ["ma2018"],
  config,
  build(builder, x, tasks, blocks, options) {
    requireLayers(blocks, "mmoe");
    const experts = Array.from({ length: options.experts }, (_, e) =>
      blocks.trunk(`expert.${e}`, x),
    );
    // A single expert needs no gate.
    if (experts.length === 1) return tasks.map(({ name }) => blocks.tower(name, experts[0]));
    const gates = tasks.map(({ name }) => gate(builder, `gate.${name}`, x, experts.length));
    const mixed = mixtures(gates, experts);
    return tasks.map(({ name }, i) => blocks.tower(name, mixed[i]));
  },
};
