import { z } from "zod";
import type { Sharing } from "./sharing.ts";

const config = z.strictObject({}).describe("No options.");

/** One trunk for all tasks, a tower each. @cite caruana1997 */
export const hard: Sharing<z.infer<typeof config>> = {
  name: "hard",
  title: "Hard parameter sharing",
  summary: "All tasks share the trunk; each has a tower of its own.",
  cite: ["caruana1997"],
  config,
  build: (_, x, tasks, blocks) => {
    const shared = blocks.trunk("trunk", x);
    return tasks.map((task) => blocks.tower(task.name, shared));
  },
};
