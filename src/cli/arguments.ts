import type { Override } from "../config/override.ts";
import { ConfigError, show } from "../core/errors.ts";

/**
 * Takes the flags that set options of the configuration, `--training.epochs 20`, `--training.epochs=20` and
 * `--set training.epochs=20`, out of a command line.
 * @throws ConfigError USAGE for a flag without a value.
 */
export function takeOverrides(args: readonly string[]): { rest: string[]; overrides: Override[] } {
  const rest: string[] = [];
  const overrides: Override[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--") {
      rest.push(...args.slice(i));
      break;
    }
    if (arg === "--set" || arg.startsWith("--set=")) {
      const text = arg === "--set" ? args[++i] : arg.slice("--set=".length);
      overrides.push(assignment(text));
      continue;
    }
    const flag = /^--([^=\s]*\.[^=\s]*)(?:=([\s\S]*))?$/.exec(arg);
    if (flag === null) {
      rest.push(arg);
      continue;
    }
    const [, path, attached] = flag;
    const value = attached ?? args[++i];
    if (value === undefined || (attached === undefined && value.startsWith("--"))) {
      throw new ConfigError("USAGE", `--${path}: a value; got ${value ?? "nothing"}`);
    }
    overrides.push({ path, value, shown: `--${path}` });
  }
  return { rest, overrides };
}

function assignment(text: string | undefined): Override {
  const equals = text?.indexOf("=") ?? -1;
  if (text === undefined || equals < 1) {
    throw new ConfigError(
      "USAGE",
      `--set: an option as path=value; got ${text === undefined ? "nothing" : show(text)}`,
    );
  }
  const path = text.slice(0, equals);
  return { path, value: text.slice(equals + 1), shown: `--${path}` };
}
