import { describe, expect, it } from "vitest";
import type { ParameterSpec } from "../nn/builder.ts";
import { initializeParameters, layoutParameters, parameterGroups } from "./parameters.ts";

const spec = (name: string, shape: number[], decay = true): ParameterSpec => ({
  name,
  shape,
  decay,
  initialize: (values, _, random) => {
    for (let i = 0; i < values.length; i++) values[i] = random.uniform();
  },
});

describe("layoutParameters", () => {
  it("packs small models without gaps", () => {
    const layout = layoutParameters([spec("w", [3, 5]), spec("b", [5], false), spec("v", [2])]);
    expect(layout.packed).toBe(true);
    expect(layout.slots.map((s) => [s.name, s.start, s.size])).toEqual([
      ["w", 0, 15],
      ["b", 15, 5],
      ["v", 20, 2],
    ]);
    expect(layout.length).toBe(22);
  });

  it("puts parameters of large models on 16-byte boundaries", () => {
    const layout = layoutParameters([spec("b", [5]), spec("w", [300, 300]), spec("v", [3])]);
    expect(layout.packed).toBe(false);
    for (const { start } of layout.slots) expect(start % 4).toBe(0);
    expect(layout.slots[1].start).toBe(8);
  });
});

describe("initializeParameters", () => {
  it("draws by seed and name, whatever else there is", () => {
    const draw = (specs: ParameterSpec[], seed: number) => {
      const layout = layoutParameters(specs);
      const weights = new Float32Array(layout.length);
      initializeParameters(new Map(specs.map((s) => [s.name, s])), layout, weights, seed);
      const slot = layout.slots.find((s) => s.name === "w");
      return slot && [...weights.subarray(slot.start, slot.start + slot.size)];
    };
    const alone = draw([spec("w", [4])], 3);
    expect(draw([spec("a", [7]), spec("w", [4]), spec("z", [1])], 3)).toEqual(alone);
    expect(draw([spec("w", [4])], 4)).not.toEqual(alone);
  });
});

describe("parameterGroups", () => {
  it("joins neighbours that decay alike, and covers every parameter", () => {
    const layout = layoutParameters([
      spec("w", [4]),
      spec("u", [4]),
      spec("b", [2], false),
      spec("v", [3]),
    ]);
    expect(parameterGroups(layout)).toEqual([
      { start: 0, end: 8, weightDecay: true },
      { start: 8, end: 10, weightDecay: false },
      { start: 10, end: 13, weightDecay: true },
    ]);
  });
});
