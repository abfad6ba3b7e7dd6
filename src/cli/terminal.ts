import pico from "picocolors";

type Colors = ReturnType<typeof pico.createColors>;

/** Where a command writes: results on `out`, everything else on `err`. */
export interface Terminal {
  readonly out: Channel;
  readonly err: Channel;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export interface Channel {
  write(text: string): void;
  /** Whether a person watches, so that lines may be redrawn. */
  readonly interactive: boolean;
  /** Columns of the window. */
  readonly width: number;
  readonly colors: Colors;
}

/** The terminal of this process; no colours where they would not be seen or `NO_COLOR` is set. */
export function processTerminal(): Terminal {
  return {
    out: channel(process.stdout),
    err: channel(process.stderr),
    env: process.env,
    cwd: process.cwd(),
  };
}

function channel(stream: NodeJS.WriteStream): Channel {
  const { env } = process;
  const interactive = Boolean(stream.isTTY) && env.TERM !== "dumb" && !env.CI;
  const colored = env.NO_COLOR ? false : env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : interactive;
  return {
    write: (text) => {
      stream.write(text);
    },
    interactive,
    get width() {
      return stream.columns || 80;
    },
    colors: pico.createColors(colored),
  };
}
