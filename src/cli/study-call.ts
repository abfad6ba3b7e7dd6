import { dirname, resolve } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import { parseConfig } from "../config/load.ts";
import type { Override } from "../config/override.ts";
import { BackendError, ConfigError, PolytaskError, show } from "../core/errors.ts";
import type { CommandCall, CommandOption } from "./command.ts";
import { interruptible } from "./interrupt.ts";
import { readConfig } from "./read-config.ts";
import { type StudyEvent, StudyProgress } from "./study-progress.ts";

/** A flag of a study that sets an option of the configuration. */
export interface StudyFlag {
  /** Name of the flag as the call has it. */
  readonly name: string;
  readonly flag: string;
  readonly path: string;
  /** The value in YAML, where it is not the text of the flag. */
  value?(given: string | true): string;
}

/** Options that every study has. */
export const studyOptions: readonly CommandOption[] = [
  { flags: "--jobs <N>", summary: "Processes at work at once (default: one a core)." },
  { flags: "--resume", summary: "Go on where an interrupted study stopped." },
];

/** What every study is given: a configuration, a folder, and how it runs. */
export interface StudyCall {
  readonly config: ExperimentConfig;
  /** The configuration with further options. @throws ConfigError. */
  configOf(more: readonly Override[]): ExperimentConfig;
  readonly shared: {
    readonly out: string;
    readonly baseDir: string;
    readonly jobs: number | undefined;
    readonly resume: boolean;
    readonly command: string;
  };
  readonly json: boolean;
  /** Does the study, shows how far it is, and says how to go on where it is interrupted. */
  run<Result>(
    work: (how: {
      readonly signal: AbortSignal;
      onEvent(event: StudyEvent): void;
    }) => Promise<Result>,
  ): Promise<Result>;
}

/** Reads what the commands of studies have in common. @throws ConfigError, BackendError. */
export async function openStudyCall(
  call: CommandCall,
  command: string,
  flags: readonly StudyFlag[],
): Promise<StudyCall> {
  const { options, terminal } = call;
  const [file] = call.arguments;
  const path = resolve(terminal.cwd, file);
  const text = await readConfig(path, file);
  const set = flags.flatMap(({ name, flag, path: at, value }): Override[] => {
    const given = options[name];
    if (typeof given !== "string" && given !== true) return [];
    return [{ path: at, value: value ? value(given) : String(given), shown: flag }];
  });
  const parse = (more: readonly Override[]) =>
    parseConfig(text, { file, overrides: [...call.overrides, ...set, ...more] });
  const { config, notes } = parse([]);
  for (const note of notes) terminal.err.write(`${note}\n`);
  if (typeof options.out !== "string") {
    throw new ConfigError("USAGE", `polytask ${command}: --out DIR; got nothing`, {
      hint: "name a new folder for what it leaves",
    });
  }
  const json = options.json === true;
  return {
    config,
    configOf: (more) => parse(more).config,
    json,
    shared: {
      out: resolve(terminal.cwd, options.out),
      baseDir: dirname(path),
      jobs: jobsOf(options.jobs),
      resume: options.resume === true,
      command: call.line,
    },
    run(work) {
      const progress = new StudyProgress(terminal.err, json && !terminal.err.interactive);
      return interruptible(terminal, (signal) =>
        work({ signal, onEvent: (event) => progress.event(event) }),
      )
        .finally(() => progress.clear())
        .catch((error) => {
          throw withResume(error, call);
        });
    },
  };
}

/** @throws ConfigError USAGE for what is no whole number. */
export function jobsOf(value: CommandCall["options"][string]): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new ConfigError("USAGE", `--jobs: a whole number; got ${show(value)}`);
}

/** An interruption with the command that goes on after it; any other error as it is. */
export function withResume(
  error: unknown,
  { line, options }: CommandCall,
  kept = "the fits that were done are kept",
): unknown {
  if (!(error instanceof PolytaskError) || error.code !== "INTERRUPTED") return error;
  return new BackendError("INTERRUPTED", error.message, {
    cause: error,
    hint: `${kept}; to go on: ${line}${options.resume ? "" : " --resume"}`,
  });
}
