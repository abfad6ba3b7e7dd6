import { expect, it } from "vitest";
import { stalePages } from "../scripts/gen-docs.ts";

it("docs/reference says what the tables say; npm run docs writes it again", async () => {
  expect(await stalePages()).toEqual([]);
});
