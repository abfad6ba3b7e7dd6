import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { load } from "../../src/index.ts";
import { CheckpointFolder } from "../../src/train/checkpoint.ts";
import { resultsOf } from "../run-fixture.ts";
import { configText, expectMessage, failureOf, trainIn, workplace } from "./harness.ts";

let dir: string;
beforeEach(() => {
  dir = workplace();
});
afterEach(() => rmSync(dir, { recursive: true }));

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const epochs = (count: number) => ({ training: `{ epochs: ${count}, threads: 1 }` });

/** Trains in a process whose files may not grow beyond so many kilobytes, as on a disk that fills up. */
function trainWithin(kilobytes: number | "unlimited", ...flags: string[]) {
  const places = [join(dir, "config.yaml"), "--out", join(dir, "out")];
  const args = [process.execPath, "--import", "tsx", main, "train", ...places, ...flags];
  const { status, stderr } = spawnSync(
    "bash",
    ["-c", `ulimit -f ${kilobytes}; exec "$@"`, "bash", ...args],
    {
      encoding: "utf8",
    },
  );
  return { status, stderr };
}

describe.skipIf(process.platform === "win32")("a disk that fills up", () => {
  it("stops training, keeps the checkpoint before, and training goes on when there is room", async () => {
    await trainIn(dir, epochs(1));
    const checkpoint = readdirSync(join(dir, "out/checkpoints"))[0];
    const size = statSync(join(dir, "out/checkpoints", checkpoint)).size;
    rmSync(join(dir, "out"), { recursive: true });
    writeFileSync(join(dir, "config.yaml"), configText(epochs(60)));

    // A checkpoint grows with the history: there is room for some epochs.
    const full = trainWithin(Math.ceil(size / 1024) + 4);
    expect(full.stderr).toMatch(
      /^error\[IO\] .*step-\d+\.ckpt: a file that can be written; the file would be larger than the system allows$/m,
    );
    expect(full.stderr).toMatch(/^hint: free some space.*what was saved before is untouched$/m);
    expect(full.stderr).not.toMatch(/\n\s+at /);
    expect(full.status).toBe(74);
    expect(readdirSync(join(dir, "out"))).toEqual(["checkpoints"]);
    const kept = readdirSync(join(dir, "out/checkpoints"));
    expect(kept.filter((name) => name.endsWith(".tmp"))).toEqual([]);
    const newest = new CheckpointFolder(join(dir, "out/checkpoints")).newest(() => {});
    expect(newest?.facts.epoch).toBeGreaterThan(0);

    const resume = trainWithin("unlimited", "--resume");
    expect([resume.status, resume.stderr.match(/^error.*$/m)?.[0]]).toEqual([0, undefined]);
    const resumed = resultsOf(join(dir, "out"));
    rmSync(join(dir, "out"), { recursive: true });
    expect(trainWithin("unlimited").status).toBe(0);
    expect(resumed).toEqual(resultsOf(join(dir, "out")));
  }, 120_000);

  it.skipIf(!existsSync("/dev/full"))(
    "is told when a model is saved, and the old file stays",
    async () => {
      await trainIn(dir);
      const model = await load(join(dir, "out"));
      const path = join(dir, "model.onnx");
      writeFileSync(path, "old");
      symlinkSync("/dev/full", `${path}.tmp`);
      expectMessage(await failureOf(() => model.save(path)), {
        what: "",
        code: "IO",
        message: /model\.onnx: a file that can be written; the disk is full$/,
        hint: /free some space or choose another folder/,
      });
      expect(readFileSync(path, "utf8")).toBe("old");
      expect(existsSync(`${path}.tmp`)).toBe(false);
      await model.dispose();
    },
  );

  it("is told for encoded rows, and nothing is left of them", () => {
    const rows = Array.from(
      { length: 4000 },
      (_, i) => `${(i * 7) % 31},${"abc"[i % 3]},${i % 17}.5,${i % 2}`,
    );
    writeFileSync(join(dir, "rows.csv"), `x,kind,price,ok\n${rows.join("\n")}\n`);
    writeFileSync(join(dir, "config.yaml"), configText({ ...epochs(1), memoryLimit: "64MB" }));
    const { status, stderr } = trainWithin(16);
    expect(stderr).toMatch(
      /^error\[IO\] .*train\.(rows|labels): a file for (encoded rows|labels); /m,
    );
    expect(status).toBe(74);
    expect(existsSync(join(dir, "out"))).toBe(false);
  }, 60_000);
});

describe("places that cannot be written", () => {
  it("are named when a model is saved", async () => {
    await trainIn(dir);
    const model = await load(join(dir, "out"));
    writeFileSync(join(dir, "file"), "");
    for (const [path, came] of [
      ["nowhere/model.onnx", "there is no such file or folder"],
      ["file/model.onnx", "a part of the path is a file"],
    ]) {
      expectMessage(await failureOf(() => model.save(join(dir, path))), {
        what: "",
        code: "IO",
        message: new RegExp(`${path}: a file that can be written; ${came}$`),
      });
    }
    await model.dispose();
  });

  it.skipIf(process.getuid?.() === 0)("are refused as the run folder", async () => {
    chmodSync(dir, 0o555);
    try {
      expectMessage(await failureOf(() => trainIn(dir)), {
        what: "",
        code: "IO",
        message: /out: a folder for the run; permission is denied$/,
      });
    } finally {
      chmodSync(dir, 0o755);
    }
  });
});
