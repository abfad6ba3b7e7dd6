import { isObject } from "../json-schema.ts";

/** Something that a configuration says and that has no counterpart here, or is worth a look. */
export interface Left {
  /** Dotted path, as the configuration has it. */
  readonly path: string;
  readonly why: string;
}

const noCounterpart = "no counterpart";

/** A map of a configuration that remembers what was read of it: what was not, is left out. */
export class Block {
  readonly path: string;
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly read = new Set<string>();
  private readonly blocks: Block[] = [];
  private readonly noted: Left[] = [];

  constructor(value: unknown, path = "") {
    this.path = path;
    this.values = isObject(value) ? value : {};
  }

  /** The value of a key, which counts as read. */
  take(key: string): unknown {
    this.read.add(key);
    return this.values[key] ?? undefined;
  }

  number(key: string): number | undefined {
    return this.taken(key, (value) => typeof value === "number");
  }

  text(key: string): string | undefined {
    return this.taken(key, (value) => typeof value === "string");
  }

  flag(key: string): boolean | undefined {
    return this.taken(key, (value) => typeof value === "boolean");
  }

  /** The name that a table has for a text; one that it has not is noted as left out. */
  choice<Name extends string>(
    key: string,
    names: Readonly<Record<string, Name>>,
  ): Name | undefined {
    const said = this.text(key);
    if (said === undefined) return undefined;
    if (Object.hasOwn(names, said)) return names[said];
    this.leave(key, `${said} has no counterpart`);
    return undefined;
  }

  /** A map under a key; a text there is its `type`. */
  block(key: string): Block {
    const value = this.take(key);
    const inner = new Block(typeof value === "string" ? { type: value } : value, this.at(key));
    this.blocks.push(inner);
    return inner;
  }

  /** The maps of a list. */
  list(key: string): Block[] {
    const value = this.take(key);
    const all = Array.isArray(value) ? value : [];
    const inner = all.map((one, i) => {
      const name = isObject(one) && typeof one.name === "string" ? one.name : String(i);
      return new Block(one, `${this.at(key)}.${name}`);
    });
    this.blocks.push(...inner);
    return inner;
  }

  /** Takes a key off the list of what is left out without a word: it says what happens here anyway. */
  skip(...keys: readonly string[]): void {
    for (const key of keys) this.read.add(key);
  }

  leave(key: string, why = noCounterpart): void {
    this.read.add(key);
    this.noted.push({ path: this.at(key), why });
  }

  /** All that was left out of it, in the order of the configuration. */
  left(): Left[] {
    const unread = Object.keys(this.values).filter((key) => !this.read.has(key));
    const own = unread.map((key) => ({ path: this.at(key), why: noCounterpart }));
    return [...this.noted, ...own, ...this.blocks.flatMap((block) => block.left())];
  }

  private taken<T>(key: string, fits: (value: unknown) => boolean): T | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (fits(value)) return value as T;
    this.leave(key, `no counterpart of ${JSON.stringify(value)}`);
    return undefined;
  }

  private at(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }
}

/** The entries of a map that have a value. */
export function defined(
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
