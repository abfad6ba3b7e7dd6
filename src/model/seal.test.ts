import { describe, expect, it } from "vitest";
import { checkSeal, seal } from "./seal.ts";

const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 37) % 251);

describe("seal", () => {
  it("adds one property and passes its own check", async () => {
    const sealed = await seal(bytes);
    expect(sealed.subarray(0, 300)).toEqual(bytes);
    expect(sealed.length).toBe(300 + 85);
    await checkSeal(sealed, "model.onnx");
  });

  it("notices every flipped bit of what it covers", async () => {
    const sealed = await seal(bytes);
    for (let at = 0; at < 300; at += 23) {
      const damaged = sealed.slice();
      damaged[at] ^= 1 << (at % 8);
      await expect(checkSeal(damaged, "model.onnx")).rejects.toMatchObject({
        code: "MODEL_CORRUPT",
        message: expect.stringMatching(/^model\.onnx: SHA-256 [0-9a-f]{12}…; got [0-9a-f]{12}…$/),
      });
    }
  });

  it("passes files without one", async () => {
    await checkSeal(bytes, "model.onnx");
    await checkSeal(new Uint8Array(3), "model.onnx");
  });
});
