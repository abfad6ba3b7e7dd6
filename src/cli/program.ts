import { Command as Commander, CommanderError } from "commander";
import { ConfigError } from "../core/errors.ts";
import { takeOverrides } from "./arguments.ts";
import type { Command, CommandOption, CommandRow } from "./command.ts";
import { commands } from "./commands.ts";
import { exitCodes } from "./exit-codes.ts";
import { foreignCommands } from "./foreign-commands.ts";
import { printError } from "./print-error.ts";
import type { Terminal } from "./terminal.ts";
import { readVersion } from "./version.ts";

/** Runs a command line (without `node` and the script) and gives the exit code; never throws. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await dispatch(args, terminal);
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof CommanderError)) return printError(error, terminal);
    if (error.exitCode === 0) return exitCodes.done;
    if (error.code === "commander.help") return exitCodes.usage;
    return printError(await usageError(error, args), terminal);
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<void> {
  // Only the command that is called is loaded: the others are a name and a sentence.
  const called = calledCommand(args);
  const loaded = called && (await called.load());
  const { rest, overrides } = loaded?.overrides
    ? takeOverrides(args)
    : { rest: [...args], overrides: [] };
  const program = new Commander("polytask")
    .description("Learn many tasks from many kinds of input, and leave one ONNX file.")
    .version(readVersion(), "-V, --version", "Print the version.")
    .helpOption("-h, --help", "Print this help.")
    .helpCommand("help [COMMAND]", "Print the help of a command.")
    .enablePositionalOptions()
    .addHelpText("after", "\npolytask COMMAND --help says more.");
  settle(program, terminal);
  for (const row of commands) {
    const child = program
      .command(row.name)
      .description(row.summary)
      .helpOption("-h, --help", "Print this help.");
    settle(child, terminal);
    if (row !== called || loaded === undefined) continue;
    await declare(child, loaded, terminal);
    child.action(async () => {
      const options = child.opts();
      const line = `polytask ${args.map(quoted).join(" ")}`;
      await loaded.run({ arguments: child.args, options, overrides, line, terminal });
    });
  }
  await program.parseAsync(rest, { from: "user" });
}

function settle(command: Commander, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.out.write(text),
    // Errors are printed by `printError`; only help that nobody asked for comes here.
    writeErr: (text) => {
      if (!text.startsWith("error:")) terminal.err.write(text);
    },
    getOutHelpWidth: () => Math.min(100, terminal.out.width),
    getErrHelpWidth: () => Math.min(100, terminal.err.width),
  });
}

async function declare(child: Commander, command: Command, terminal: Terminal): Promise<void> {
  for (const { name, summary, optional } of command.arguments)
    child.argument(optional ? `[${name}]` : `<${name}>`, summary);
  for (const option of command.options) addOption(child, option);
  if (command.overrides) {
    addOption(child, {
      flags: "--set <PATH=VALUE>",
      summary:
        "Set an option of the configuration; also written --PATH VALUE, as in --training.epochs 20.",
    });
  }
  const details = await command.details?.(Math.min(100, terminal.out.width));
  if (details) child.addHelpText("after", `\n${details}`);
}

function addOption(child: Commander, { flags, summary, repeatable }: CommandOption): void {
  if (repeatable) {
    child.option(flags, summary, (value: string, list: string[]) => [...list, value], []);
  } else child.option(flags, summary);
}

function calledCommand(args: readonly string[]): CommandRow | undefined {
  const words = args.filter((arg) => !arg.startsWith("-"));
  const name = words[0] === "help" ? words[1] : words[0];
  return commands.find((row) => row.name === name);
}

/** The parser's errors in this program's grammar. */
async function usageError(error: CommanderError, args: readonly string[]): Promise<ConfigError> {
  const [first, second] = error.message.replace(/^error: /, "").split("\n");
  const near = /Did you mean (.+)\?/.exec(second ?? "")?.[1];
  const name = calledCommand(args)?.name;
  const where = name === undefined ? "polytask" : `polytask ${name}`;
  const words = /'([^']*)'/.exec(first)?.[1] ?? "";
  const option = name === "train" ? await optionCalled(words) : undefined;
  const foreign = error.code === "commander.unknownCommand" && foreignCommands[words];
  const hint = foreign
    ? foreign
    : option
      ? `did you mean --${option}?`
      : near !== undefined
        ? `did you mean ${near}?`
        : `${where} --help lists what there is`;
  const expected: Readonly<Record<string, string>> = {
    "commander.unknownOption": `a known option; got ${words}`,
    "commander.unknownCommand": `a known command; got ${words}`,
    "commander.missingArgument": `the argument ${words}; got nothing`,
    "commander.optionMissingArgument": `a value after ${words.split(" ")[0]}; got nothing`,
    "commander.excessArguments": `no more arguments than it takes; got ${error.message.match(/got (\d+)/)?.[1] ?? "more"}`,
  };
  return new ConfigError("USAGE", `${where}: ${expected[error.code] ?? first}`, { hint });
}

/** The option of the configuration whose last name a flag has: `--epochs` means `training.epochs`. */
async function optionCalled(flag: string): Promise<string | undefined> {
  const { optionRows } = await import("../config/describe.ts");
  const name = flag
    .replace(/^--?/, "")
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return optionRows().find(({ path }) => path.endsWith(`.${name}`) && !path.includes("<name>"))
    ?.path;
}

function quoted(arg: string): string {
  return /^[\w./:=,@+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
