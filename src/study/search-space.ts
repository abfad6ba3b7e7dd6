import type { Override } from "../config/override.ts";
import { ConfigError, show } from "../core/errors.ts";
import type { Random } from "../core/random.ts";

/** A value of the configuration that is searched over. */
export type Parameter = { readonly path: string } & (
  | { readonly kind: "values"; readonly values: readonly string[] }
  | {
      readonly kind: "range";
      readonly low: number;
      readonly high: number;
      /** Whether equal ratios count alike, instead of equal differences. */
      readonly log: boolean;
      readonly whole: boolean;
    }
);

/** A choice of every parameter, as it would stand in YAML: path → value. */
export type Point = Readonly<Record<string, string>>;

/** Parts of a configuration that decide which rows are compared, so that they cannot be searched over. */
const fixedParts = [
  "data",
  "split",
  "seed",
  "name",
  "memoryLimit",
  "weightColumn",
  "pareto",
  "tune",
  "compare",
];

/** Most points of one range in a grid. */
const gridPoints = 5;

/**
 * Reads a parameter as `tune.space` has it: a list of values, or text: `a,b,c`, `LOW..HIGH` or
 * `log:LOW..HIGH`; a range between whole numbers has whole numbers only.
 * @throws ConfigError CONFIG_INVALID.
 */
export function readParameter(path: string, given: string | readonly unknown[]): Parameter {
  const wrong = (expected: string) =>
    new ConfigError("CONFIG_INVALID", `tune.space.${path}: ${expected}; got ${show(given)}`, {
      hint: "for example training.optimizer.learningRate: log:1e-4..1e-2",
    });
  if (fixedParts.includes(path.split(".")[0]))
    throw wrong(`a path that leaves the rows as they are (not ${fixedParts.join(", ")})`);
  if (typeof given !== "string") {
    const values = given.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
    return { path, kind: "values", values };
  }
  const value = given.trim();
  const range = /^(log:)?([^.,[][^,]*?)\.\.([^,]+)$/.exec(value);
  if (range === null) {
    const values = splitList(value);
    if (values.includes("")) throw wrong("a value between commas");
    return { path, kind: "values", values };
  }
  const [, log, first, last] = range;
  const [low, high] = [Number(first), Number(last)];
  if (!(low < high)) throw wrong("a range from a lower to a higher number");
  if (log && !(low > 0)) throw wrong("a range above 0, as it is logarithmic");
  return {
    path,
    kind: "range",
    low,
    high,
    log: log !== undefined,
    whole: Number.isInteger(low) && Number.isInteger(high),
  };
}

/**
 * Reads `PATH=a,b,c`, `PATH=LOW..HIGH` or `PATH=log:LOW..HIGH`, as a flag has it.
 * @throws ConfigError USAGE, CONFIG_INVALID.
 */
export function parseParameter(text: string): Parameter {
  const at = text.indexOf("=");
  const path = text.slice(0, Math.max(0, at)).trim();
  const value = text.slice(at + 1).trim();
  if (path !== "" && value !== "") return readParameter(path, value);
  throw new ConfigError(
    "USAGE",
    `--param: PATH=a,b,c or PATH=LOW..HIGH or PATH=log:LOW..HIGH; got ${show(text)}`,
    { hint: "for example --param training.optimizer.learningRate=log:1e-4..1e-2" },
  );
}

/** The options that a point sets. */
export function pointOverrides(point: Point): Override[] {
  return Object.entries(point).map(([path, value]) => ({
    path,
    value,
    shown: `tune.space.${path}`,
  }));
}

/** Reads every parameter of a space. @throws ConfigError CONFIG_INVALID. */
export function readSpace(
  space: Readonly<Record<string, string | readonly unknown[]>>,
): Parameter[] {
  return Object.entries(space).map(([path, given]) => readParameter(path, given));
}

/** A parameter in words: its values, or its range. */
export function rangeText(parameter: Parameter): string {
  if (parameter.kind === "values") return parameter.values.join(", ");
  return `${parameter.low} to ${parameter.high}${parameter.log ? ", logarithmic" : ""}`;
}

/** The values between commas that are not inside brackets. */
function splitList(text: string): string[] {
  const values = [""];
  let depth = 0;
  for (const letter of text) {
    if ("[{".includes(letter)) depth++;
    if ("]}".includes(letter)) depth--;
    if (letter === "," && depth === 0) values.push("");
    else values[values.length - 1] += letter;
  }
  return values.map((one) => one.trim());
}

/** The value at a share of the way, 0 to 1, through a parameter. */
export function valueAt(parameter: Parameter, share: number): string {
  if (parameter.kind === "values") {
    const { values } = parameter;
    return values[Math.min(values.length - 1, Math.floor(share * values.length))];
  }
  const { low, high, log, whole } = parameter;
  const value = log
    ? Math.exp(Math.log(low) + share * (Math.log(high) - Math.log(low)))
    : low + share * (high - low);
  return whole ? String(Math.round(value)) : String(Number(value.toPrecision(6)));
}

/** Draws every parameter at random. */
export function drawPoint(space: readonly Parameter[], random: Random): Point {
  return Object.fromEntries(space.map((p) => [p.path, valueAt(p, random.uniform())]));
}

/** All combinations: every listed value, and up to five points of a range. */
export function gridOf(space: readonly Parameter[]): Point[] {
  return space.reduce<Point[]>(
    (points, parameter) =>
      points.flatMap((point) =>
        stops(parameter).map((value) => ({ ...point, [parameter.path]: value })),
      ),
    [{}],
  );
}

function stops(parameter: Parameter): string[] {
  if (parameter.kind === "values") return [...parameter.values];
  const all = Array.from({ length: gridPoints }, (_, i) =>
    valueAt(parameter, i / (gridPoints - 1)),
  );
  return [...new Set(all)];
}
