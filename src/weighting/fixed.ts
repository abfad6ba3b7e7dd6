import { z } from "zod";
import { constant } from "./equal.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({}).describe("No options.");

/** The weights that the tasks declare, as they are. */
export const fixed: Weighting<z.infer<typeof config>> = {
  name: "fixed",
  title: "Fixed weights",
  summary: "Every task counts its own `weight`, a number in (0, 1).",
  config,
  needs: "nothing",
  create: (_, { lambda }) => constant(lambda),
};
