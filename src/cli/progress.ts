import type { RunEvent } from "../run/experiment.ts";
import type { EpochRecord } from "../train/events.ts";
import type { Channel } from "./terminal.ts";
import { cutToWidth, shortNumber } from "./text-table.ts";

/** Milliseconds between two drawings of the bar. */
const drawEvery = 100;
/** Milliseconds between two lines where nobody watches. */
const lineEvery = 10_000;
const barWidth = 24;

const stages: Readonly<Record<Extract<RunEvent, { type: "stage" }>["stage"], string>> = {
  read: "reading the data",
  encode: "encoding the rows",
  fit: "fitting",
  export: "exporting the model",
  report: "drawing the report",
};

/**
 * Shows how training goes: a bar of one line, redrawn in place, where a person watches; now and then a
 * line where not; nothing where `quiet`.
 */
export class Progress {
  private readonly channel: Channel;
  private readonly quiet: boolean;
  private readonly now: () => number;
  private epochs = 0;
  private stepsPerEpoch = 1;
  private startedAt = 0;
  private firstStep = 0;
  private step = 0;
  private loss = Number.NaN;
  private lastDrawn = Number.NEGATIVE_INFINITY;
  private drawn = false;

  constructor(channel: Channel, options: { quiet?: boolean; now?: () => number } = {}) {
    this.channel = channel;
    this.quiet = options.quiet ?? false;
    this.now = options.now ?? (() => performance.now());
  }

  event(event: RunEvent): void {
    if (this.quiet) return;
    switch (event.type) {
      case "stage":
        this.stage(stages[event.stage]);
        break;
      case "start":
        this.epochs = event.epochs;
        this.stepsPerEpoch = Math.max(1, event.stepsPerEpoch);
        this.startedAt = this.now();
        this.firstStep = event.epoch * this.stepsPerEpoch;
        this.step = this.firstStep;
        this.line(
          `training ${event.parameters.toLocaleString("en")} parameters, ` +
            `at most ${event.epochs} epochs of ${event.stepsPerEpoch} steps` +
            (event.epoch > 0 ? `, from epoch ${event.epoch + 1}` : ""),
        );
        break;
      case "step":
        this.step = event.step;
        // A batch's loss jumps about: what is shown moves towards it.
        this.loss = Number.isNaN(this.loss) ? event.loss : 0.9 * this.loss + 0.1 * event.loss;
        this.draw();
        break;
      case "epoch":
        this.epoch(event.record);
        break;
      case "warning":
        this.line(`${this.channel.colors.yellow("warning:")} ${event.message}`);
        break;
      case "notice":
        this.line(event.message);
        break;
      case "stop":
        this.line(`stopped after epoch ${event.epoch}: ${event.reason}; best epoch ${event.best}`);
        break;
    }
  }

  /** What goes on before and after training: shown until the next thing is. */
  private stage(text: string): void {
    if (!this.channel.interactive) return;
    this.clear();
    this.channel.write(`${this.channel.colors.dim(text)}…`);
    this.drawn = true;
  }

  /** A line that stays. */
  line(text: string): void {
    if (this.quiet) return;
    this.clear();
    this.channel.write(`${text}\n`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (!this.drawn) return;
    this.channel.write("\r\x1b[2K");
    this.drawn = false;
  }

  private epoch(record: EpochRecord): void {
    this.step = record.epoch * this.stepsPerEpoch;
    this.loss = record.loss;
    const last = record.epoch >= this.epochs;
    if (this.channel.interactive) this.draw(last);
    else if (this.now() - this.lastDrawn >= lineEvery || last || record.epoch === 1) {
      this.lastDrawn = this.now();
      this.channel.write(`${this.text()}\n`);
    }
  }

  private draw(force = false): void {
    if (!this.channel.interactive) return;
    const now = this.now();
    if (!force && now - this.lastDrawn < drawEvery) return;
    this.lastDrawn = now;
    // One column is left free: a full line would wrap in some terminals.
    const text = cutToWidth(`${this.bar()} ${this.text()}`, this.channel.width - 1);
    this.channel.write(`\r\x1b[2K${text}`);
    this.drawn = true;
  }

  private share(): number {
    return Math.min(1, this.step / Math.max(1, this.epochs * this.stepsPerEpoch));
  }

  private bar(): string {
    const filled = Math.round(this.share() * barWidth);
    const { green, dim } = this.channel.colors;
    return green("━".repeat(filled)) + dim("╌".repeat(barWidth - filled));
  }

  private text(): string {
    const epoch = Math.min(this.epochs, Math.ceil(this.step / this.stepsPerEpoch) || 1);
    const percent = Math.floor(this.share() * 100);
    return `${percent} % · epoch ${epoch}/${this.epochs} · loss ${shortNumber(this.loss)} · ${this.eta()}`;
  }

  private eta(): string {
    const elapsed = (this.now() - this.startedAt) / 1000;
    const done = this.step - this.firstStep;
    if (done <= 0) return "…";
    const left = this.epochs * this.stepsPerEpoch - this.step;
    return left <= 0 ? clock(elapsed) : `${clock((elapsed / done) * left)} left`;
  }
}

/** Seconds as minutes and seconds, hours where there are any. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}
