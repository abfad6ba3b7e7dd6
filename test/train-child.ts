/** @file Trains in a process of its own, which may be killed: `train-child.ts CONFIG OUT [MOMENT N]`. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname } from "node:path";

const [file, out, moment, count] = process.argv.slice(2);
let left = Number(count);

/** Ends this process at its `count`th call, without any clean-up. */
function die(): void {
  left--;
  if (left === 0) process.kill(process.pid, "SIGKILL");
}

// The moments inside a write, which no signal from outside would hit reliably.
const { writeSync, fsyncSync, renameSync } = fs;
if (moment === "write") {
  fs.writeSync = ((descriptor: number, bytes: Uint8Array, start?: number | null) => {
    const offset = start ?? 0;
    if (left === 1) writeSync(descriptor, bytes, offset, Math.floor((bytes.length - offset) / 2));
    die();
    return writeSync(descriptor, bytes, offset);
  }) as typeof fs.writeSync;
}
if (moment === "fsync") {
  fs.fsyncSync = (descriptor) => {
    die();
    fsyncSync(descriptor);
  };
}
if (moment === "rename") {
  fs.renameSync = (from, to) => {
    die();
    renameSync(from, to);
  };
}
syncBuiltinESMExports();

const { parseConfig } = await import("../src/config/load.ts");
const { trainRun } = await import("../src/run/train-run.ts");
const { config } = parseConfig(fs.readFileSync(file, "utf8"), { file });
await trainRun(config, {
  out,
  baseDir: dirname(file),
  resume: true,
  onEvent(event) {
    if (event.type === "epoch") process.stdout.write(`${event.record.epoch}\n`);
    if (event.type === moment) die();
  },
});
process.stdout.write("done\n");
