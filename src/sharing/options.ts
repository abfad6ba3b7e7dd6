import { z } from "zod";

/** How many experts of a trunk's layers tasks choose among. */
export const expertCount = z
  .int()
  .min(1)
  .max(256)
  .default(4)
  .describe("Experts, each with the layers of the trunk.");
