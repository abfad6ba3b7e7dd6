/** The contract of a command. `commands.ts` is the literal table. */
import type { Override } from "../config/override.ts";
import type { Terminal } from "./terminal.ts";

export interface CommandArgument {
  /** In capitals, as the usage line has it. */
  readonly name: string;
  readonly summary: string;
  /** Whether the command does without it in some calls. */
  readonly optional?: boolean;
}

export interface CommandOption {
  /** As commander takes it: `--out <DIR>`. */
  readonly flags: string;
  readonly summary: string;
  /** Whether the command cannot do without it. */
  readonly required?: boolean;
  /** May be given several times; the values come as a list. */
  readonly repeatable?: boolean;
}

export interface CommandCall {
  /** Those given. */
  readonly arguments: readonly string[];
  /** Values by camel-case name: text, true for a switch, a list for repeatable options. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  /** Options of the configuration set by flags; only for commands that take them. */
  readonly overrides: readonly Override[];
  /** The command line as typed. */
  readonly line: string;
  readonly terminal: Terminal;
}

export interface Command {
  readonly name: string;
  readonly arguments: readonly CommandArgument[];
  readonly options: readonly CommandOption[];
  /** Whether any option of the configuration may be set by a flag. */
  readonly overrides?: boolean;
  /** Printed below the options by `--help`. */
  details?(width: number): Promise<string> | string;
  /** @throws PolytaskError; what it writes on `terminal.out` is its result. */
  run(call: CommandCall): Promise<void>;
}

/** What a command's row in the table says without loading it. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** The option for machine-readable results. */
export const jsonOption: CommandOption = {
  flags: "--json",
  summary: "Print one JSON document on standard output, and nothing else there.",
};
