import { describe, expect, it } from "vitest";
import { resolveSides } from "./objective.ts";

const inputs = ["photo", "title", "tags", "x.1", "x.2", "a+b"];
const sides = (first: string, second: string) =>
  resolveSides("match", [first, second], inputs).map((side) => side.inputs);

describe("the sides of a task that compares inputs", () => {
  it("are inputs, several joined, or a pattern", () => {
    expect(sides("photo", "title")).toEqual([["photo"], ["title"]]);
    expect(sides("title + tags", "photo")).toEqual([["title", "tags"], ["photo"]]);
    expect(sides("x.*", "photo")).toEqual([["x.1", "x.2"], ["photo"]]);
    // A dot is a dot, and the name of an input comes first.
    expect(sides("a+b", "x.1+x.2")).toEqual([["a+b"], ["x.1", "x.2"]]);
  });

  it.each([
    ["photo", "titel", /got "titel"/, "did you mean title?"],
    ["photo", "photo", /without a common input; got photo on both/, undefined],
    ["title+tags", "t*", /got title on both/, undefined],
    ["title+title", "photo", /each input once; got title twice/, undefined],
    ["y*", "photo", /got "y\*"/, undefined],
    ["", "photo", /got ""/, undefined],
  ])("%s and %s are refused", (first, second, message, hint) => {
    let error: unknown;
    try {
      sides(first, second);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
    });
    expect((error as Error).message).toMatch(/^tasks\.match\.inputs: /);
    if (hint) expect(error).toMatchObject({ hint });
  });
});
