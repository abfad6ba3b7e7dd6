import { z } from "zod";
import { concat as join } from "../compiler/graph.ts";
import type { Fusion } from "./fusion.ts";

const config = z.strictObject({}).describe("No options.");

/** Lays the parts' features side by side. */
export const concat: Fusion<z.infer<typeof config>> = {
  name: "concat",
  title: "Concatenation",
  summary: "The features of all inputs side by side.",
  config,
  build: (_, parts) =>
    join(
      parts.map((p) => p.features),
      1,
    ),
};
