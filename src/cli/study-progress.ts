import type { Channel } from "./terminal.ts";
import { cutToWidth } from "./text-table.ts";

/** What a study tells: how many fits there are, and each as it is done. */
export type StudyEvent =
  | { readonly type: "plan"; readonly fits: number; readonly done: number }
  | { readonly type: "fit"; readonly fits: number; readonly done: number; readonly regime: string }
  | { readonly type: "warning"; readonly message: string };

/** Shows how far a study is: a line redrawn in place where a person watches, a line a tenth where not. */
export class StudyProgress {
  private readonly channel: Channel;
  private readonly quiet: boolean;
  private drawn = false;

  constructor(channel: Channel, quiet: boolean) {
    this.channel = channel;
    this.quiet = quiet;
  }

  event(event: StudyEvent): void {
    if (this.quiet) return;
    const { channel } = this;
    if (event.type === "warning") {
      this.clear();
      channel.write(`warning: ${event.message}\n`);
    } else if (event.type === "plan") {
      const kept = event.done > 0 ? `, ${event.done} of them done before` : "";
      this.clear();
      if (event.fits > event.done) channel.write(`${event.fits} fits${kept}\n`);
    } else if (channel.interactive) {
      const line = `fit ${event.done} of ${event.fits}: ${event.regime}`;
      channel.write(`\r\u001b[2K${cutToWidth(line, channel.width - 1)}`);
      this.drawn = true;
    } else if (event.done % Math.max(1, Math.ceil(event.fits / 10)) === 0) {
      channel.write(`fit ${event.done} of ${event.fits}\n`);
    }
  }

  /** Takes the line away. */
  clear(): void {
    if (this.drawn) this.channel.write("\r\u001b[2K");
    this.drawn = false;
  }
}
