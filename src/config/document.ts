import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import type { Problem } from "./problems.ts";

/** Largest configuration file, in characters. */
const largest = 4_000_000;
/** Deepest nesting of maps and lists. */
const deepest = 100;
/** Most values that the aliases of a file may stand for. */
const mostValues = 100_000;

/** Places in a configuration file. */
export interface Positions {
  /** The file as messages name it. */
  readonly file: string;
  /** Line and column of a value, or of the nearest thing around it that is written; both from 1. */
  value(path: readonly PropertyKey[]): Place | undefined;
  /** Line and column of a key. */
  key(path: readonly PropertyKey[]): Place | undefined;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Offsets of a key and its value, and whether that is a single word or number. */
interface Known {
  key?: number;
  value?: number;
  scalar?: boolean;
}

export interface ConfigDocument {
  /** Plain data; undefined for an empty file. */
  readonly value: unknown;
  readonly positions: Positions;
  /** What is wrong with the text itself; with any, `value` is not to be used. */
  readonly problems: readonly Problem[];
}

/**
 * Reads the text of a configuration, YAML 1.2 or JSON, into plain data with the place of every key and value.
 * Anchors and aliases may be used; what they stand for is bounded.
 */
export function readDocument(
  text: string,
  file: string,
  format: "yaml" | "json" = "yaml",
): ConfigDocument {
  const lines = new LineCounter();
  const places = new Map<string, Known>();
  const positions = placesOf(file, lines, places);
  const failed = (problems: Problem[]): ConfigDocument => ({
    value: undefined,
    positions,
    problems,
  });
  const tooDeep = checkSize(text, lines);
  if (tooDeep) return failed([tooDeep]);
  // JSON may be indented by tabs, which YAML may not; inside its strings there are none.
  const source = format === "json" ? text.replaceAll("\t", " ") : text;
  const document = parseDocument(source, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  });
  const tags = document.warnings.filter((warning) => warning.code === "TAG_RESOLVE_FAILED");
  const syntax = [...document.errors, ...tags].map((error) => ({
    path: [],
    syntax: true,
    ...syntaxMessage(error.code, error.message, source, error.pos[0]),
    place: placeAt(lines, error.pos[0]),
  }));
  // One slip of the hand makes several errors; the first is the one to mend.
  if (syntax.length > 0) return failed(syntax.slice(0, 1));
  const walk = new Walk(document, lines, places);
  const value = walk.plain(document.contents as Node | null, []);
  return walk.problems.length > 0 ? failed(walk.problems) : { value, positions, problems: [] };
}

function checkSize(text: string, lines: LineCounter): Problem | undefined {
  const problem = (expected: string, got: string, offset: number): Problem => {
    lines.addNewLine(0);
    for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
      lines.addNewLine(at + 1);
    }
    return { path: [], syntax: true, expected, got, place: placeAt(lines, offset) };
  };
  if (text.length > largest) {
    return problem(`at most ${largest} characters`, `${text.length}`, 0);
  }
  // The parser calls itself for each level, so the depth is bounded before it starts.
  let offset = 0;
  let flow = 0;
  let dashes = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") flow++;
    else if (token === "]" || token === "}") flow--;
    else if (token === "-" || token === "?") dashes++;
    else if (token.includes("\n")) dashes = 0;
    const indent = /\n( *)[^\n]*$/.exec(token)?.[1].length ?? 0;
    if (flow > deepest || dashes > deepest || indent > 8 * deepest) {
      return problem(`at most ${deepest} levels of nesting`, "more", offset);
    }
    if (token !== "\x02" && token !== "\x1f") offset += token.length;
  }
  return undefined;
}

/** Turns nodes into plain data, noting where everything is. */
class Walk {
  readonly problems: Problem[] = [];
  private readonly document: Document;
  private readonly lines: LineCounter;
  private readonly places: Map<string, Known>;
  private readonly open = new Set<Node>();
  private values = 0;

  constructor(document: Document, lines: LineCounter, places: Map<string, Known>) {
    this.document = document;
    this.lines = lines;
    this.places = places;
  }

  plain(node: Node | null, path: readonly PropertyKey[]): unknown {
    if (node === null || node === undefined || this.problems.length > 0) return undefined;
    this.note(path, "value", node);
    if (++this.values > mostValues) {
      return this.problem(path, node, `at most ${mostValues} values, aliases written out`, "more");
    }
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target === undefined) {
        return this.problem(path, node, `an anchor &${node.source} before its alias`, "none");
      }
      if (this.open.has(target)) {
        return this.problem(path, node, "values that do not contain themselves", `*${node.source}`);
      }
      return this.plain(target, path);
    }
    if (path.length > deepest) {
      return this.problem(path, node, `at most ${deepest} levels of nesting`, "more");
    }
    if (isScalar(node)) {
      return typeof node.value === "bigint" ? Number(node.value) : node.value;
    }
    this.open.add(node);
    let result: unknown;
    if (isSeq(node)) {
      result = node.items.map((item, i) => this.plain(item as Node, [...path, i]));
    } else if (isMap(node)) result = this.map(node.items, path);
    this.open.delete(node);
    return result;
  }

  private map(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    path: readonly PropertyKey[],
  ): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const { key, value } of items) {
      const node = key as Node;
      const name =
        isScalar(node) && node.value !== null ? String(node.source ?? node.value) : undefined;
      if (name === undefined || name === "__proto__") {
        this.problem(path, node, "keys that are names", name ?? "a key that is none");
        break;
      }
      const at = [...path, name];
      this.note(at, "key", node);
      result[name] = this.plain(value as Node | null, at) ?? null;
    }
    return result;
  }

  private note(path: readonly PropertyKey[], what: "key" | "value", node: Node): void {
    const id = pathId(path);
    const known = this.places.get(id) ?? {};
    // An alias's own place comes first; that of what it stands for is elsewhere.
    known[what] ??= node.range?.[0];
    if (what === "value") known.scalar ??= isScalar(node);
    this.places.set(id, known);
  }

  private problem(
    path: readonly PropertyKey[],
    node: Node,
    expected: string,
    got: string,
  ): undefined {
    this.problems.push({
      path,
      syntax: true,
      expected,
      got,
      place: placeAt(this.lines, node?.range?.[0] ?? 0),
    });
    return undefined;
  }
}

function pathId(path: readonly PropertyKey[]): string {
  return JSON.stringify(path);
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function placesOf(file: string, lines: LineCounter, places: ReadonlyMap<string, Known>): Positions {
  const find = (path: readonly PropertyKey[], first: "key" | "value") => {
    for (let length = path.length; length >= 0; length--) {
      const known = places.get(pathId(path.slice(0, length)));
      if (known === undefined) continue;
      // What is not written is at the word that stands for it, or at the key of the map that lacks it.
      const at = length === path.length ? first : known.scalar ? "value" : "key";
      const offset = known[at] ?? known.key ?? known.value;
      if (offset !== undefined) return placeAt(lines, offset);
    }
    return undefined;
  };
  return { file, value: (path) => find(path, "value"), key: (path) => find(path, "key") };
}

/** What the parser's errors mean to someone who writes a configuration. */
function syntaxMessage(
  code: string,
  message: string,
  text: string,
  offset: number,
): { expected: string; got: string; hint?: string } {
  const key = /^[^\s:]+/.exec(text.slice(offset))?.[0] ?? "";
  switch (code) {
    case "DUPLICATE_KEY":
      return { expected: "each key once in its map", got: `${key} again` };
    case "TAB_AS_INDENT":
      return { expected: "indentation by spaces", got: "a tab" };
    case "MULTIPLE_DOCS":
      return { expected: "one document", got: "a second one after ---" };
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return {
        expected: "one `key: value` a line, keys of a map at one indentation",
        got: `something else at ${JSON.stringify(lineAround(text, offset))}`,
        hint: "check the indentation, and quote values that contain `: `",
      };
    case "TAG_RESOLVE_FAILED":
      return { expected: "values without tags", got: key };
    case "MISSING_CHAR":
      return { expected: "a closing quote or bracket", got: "none" };
    case "BAD_INDENT":
      return {
        expected: "consistent indentation and closed brackets",
        got: `something else at ${JSON.stringify(lineAround(text, offset))}`,
      };
    default:
      return {
        expected: "YAML or JSON",
        got: message.charAt(0).toLowerCase() + message.slice(1),
      };
  }
}

function lineAround(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(start, end < 0 ? undefined : end).trim();
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
