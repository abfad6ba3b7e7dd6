import { expect, it } from "vitest";
import { recordingTerminal } from "./fixtures/recording.ts";
import { clock, Progress } from "./progress.ts";
import { cutToWidth, shortNumber, textTable } from "./text-table.ts";

const start = { type: "start", epochs: 4, stepsPerEpoch: 10, parameters: 1234, epoch: 0 } as const;

function session(options: { interactive: boolean; quiet?: boolean; width?: number }) {
  let time = 0;
  const recorded = recordingTerminal(".", options);
  const progress = new Progress(recorded.terminal.err, { quiet: options.quiet, now: () => time });
  const steps = (count: number, from: number) => {
    for (let step = from + 1; step <= from + count; step++) {
      time += 1000;
      progress.event({ type: "step", epoch: Math.floor((step - 1) / 10), step, loss: 2 });
    }
  };
  return { progress, steps, err: recorded.err };
}

it("draws one line in place, no wider than the window, with the time that is left", () => {
  const { progress, steps, err } = session({ interactive: true, width: 60 });
  progress.event(start);
  steps(10, 0);
  const last = err().split("\r\x1b[2K").at(-1) as string;
  expect(last.length).toBeLessThan(60);
  expect(last).toContain("25 % · epoch 1/4");
  progress.clear();
  expect(err().endsWith("\r\x1b[2K")).toBe(true);
});

it("says how long is left from the pace so far", () => {
  const { progress, steps, err } = session({ interactive: true, width: 100 });
  progress.event(start);
  steps(10, 0);
  expect(err()).toMatch(/loss 2 · 0:30 left$/);
});

it("writes whole lines now and then where nobody watches, and nothing where quiet", () => {
  const record = { epoch: 1, learningRate: 1, loss: 1.5, tasks: {}, seconds: 1 };
  const plain = session({ interactive: false });
  plain.progress.event(start);
  plain.steps(10, 0);
  plain.progress.event({ type: "epoch", record });
  plain.steps(1, 10);
  expect(plain.err()).not.toContain("\r");
  expect(plain.err().split("\n")).toEqual([
    "training 1,234 parameters, at most 4 epochs of 10 steps",
    "25 % · epoch 1/4 · loss 1.500 · 0:30 left",
    "",
  ]);
  const quiet = session({ interactive: true, quiet: true });
  quiet.progress.event(start);
  quiet.steps(10, 0);
  expect(quiet.err()).toBe("");
});

it("writes times, numbers and tables for people", () => {
  expect([59.6, 61, 3725].map(clock)).toEqual(["1:00", "1:01", "1:02:05"]);
  expect([0, 1, 0.123456, 12.3456, 1234.56, 1e-7, 1.5e9, Number.NaN].map(shortNumber)).toEqual([
    "0",
    "1",
    "0.1235",
    "12.35",
    "1235",
    "1.00e-7",
    "1.50e+9",
    "–",
  ]);
  expect(cutToWidth("长江大桥 is long", 8)).toBe("长江大…");
  expect(
    textTable(
      [{ title: "name" }, { title: "n", align: "right" }],
      [
        ["长江", "1"],
        ["a", "10"],
      ],
    ),
  ).toBe("name   n\n────  ──\n长江   1\na     10\n");
});
