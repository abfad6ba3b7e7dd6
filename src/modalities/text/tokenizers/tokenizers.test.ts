import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { references } from "../../../core/references.ts";
import { bpe } from "./bpe.ts";
import { bytesOf, Joiner, learnJoins, unitOfByte } from "./byte-pairs.ts";
import { characters } from "./characters.ts";
import { runsOf, spaced, wordsOf } from "./pieces.ts";
import type { Tokenize, Tokenizer } from "./tokenizer.ts";
import { tokenizers } from "./tokenizers.ts";
import { wordpiece } from "./wordpiece.ts";
import { words } from "./words.ts";

interface Peers {
  readonly train: readonly string[];
  readonly test: readonly string[];
  readonly bpe: {
    readonly vocabulary: number;
    readonly joins: readonly [number, number][];
    readonly ids: readonly number[][];
  };
  readonly wordpiece: {
    readonly alphabet: number;
    readonly pieces: readonly string[];
    readonly ids: readonly number[][];
  };
}
const peers: Peers = JSON.parse(
  readFileSync(new URL("fixtures/peers.json", import.meta.url), "utf8"),
);

const setting = { lowercase: true };

/** Learns from texts, and opens again what was learned after it was stored as JSON. */
async function learn<Config, State>(
  tokenizer: Tokenizer<Config, State>,
  texts: readonly string[],
  options: unknown = {},
): Promise<{ state: State; tokenize: Tokenize; again: Tokenize }> {
  const config = tokenizer.config.parse(options);
  const learning = await tokenizer.learn(config, setting, { baseDir: undefined });
  for (const text of texts) learning.add(text);
  const { state, tokenize } = learning.finish();
  const stored = JSON.parse(JSON.stringify(state)) as State;
  return { state, tokenize, again: await tokenizer.open(stored, setting) };
}

/** The text that the ids of byte pairs stand for. */
function decode(ids: readonly number[], joins: ArrayLike<number>): string {
  const contents: number[][] = [];
  unitOfByte.forEach((unit, byte) => {
    contents[unit] = [byte];
  });
  for (let i = 0; i < joins.length; i += 2) {
    const joined = [...contents[joins[i]], ...contents[joins[i + 1]]];
    if (!contents.some((c) => c.join() === joined.join())) contents.push(joined);
  }
  return new TextDecoder().decode(Uint8Array.from(ids.flatMap((id) => contents[id - 1])));
}

/** The text with lone surrogates replaced. */
const wellFormed = (text: string) => new TextDecoder().decode(new TextEncoder().encode(text));

const count = (texts: readonly string[], parts: (text: string) => Iterable<string>) => {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const part of parts(text)) counts.set(part, (counts.get(part) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
};

describe("byte pairs", () => {
  const runs = count(peers.train, (text) => runsOf(spaced(text, true)));

  test("are joined as the tokenizers package joins them", () => {
    const joins = learnJoins(runs, peers.bpe.vocabulary, 2);
    const pairs = peers.bpe.joins.map((_, i) => [joins[2 * i], joins[2 * i + 1]]);
    expect(pairs).toEqual(peers.bpe.joins);
    expect(joins.length).toBe(2 * peers.bpe.joins.length);
  });

  test("cut texts as the tokenizers package does", async () => {
    const { vocabulary } = peers.bpe;
    const { tokenize, again } = await learn(bpe, peers.train, { vocabulary });
    peers.test.forEach((text, i) => {
      expect(tokenize(text, 1000).map((id) => id - 1)).toEqual(peers.bpe.ids[i]);
      expect(again(text, 1000)).toEqual(tokenize(text, 1000));
    });
  });

  test("hold every text, whatever its characters", async () => {
    const { vocabulary } = peers.bpe;
    const joins = learnJoins(runs, vocabulary, 2);
    const { tokenize } = await learn(bpe, peers.train, { vocabulary });
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const ids = tokenize(text, 10_000);
        expect(decode(ids, joins)).toBe(wellFormed(spaced(text, true)));
        expect(ids.every((id) => id >= 1)).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("find Chinese words where no blank parts them", async () => {
    const { tokenize } = await learn(bpe, peers.train, { vocabulary: 400 });
    const [ids] = [tokenize("学习", 100)];
    expect(ids.length).toBeLessThan(bytesOf(" 学习").length);
    expect(tokenize("多任务学习", 100).length).toBeLessThan(8);
  });

  test("do not depend on the order of the texts", async () => {
    const options = { vocabulary: 350 };
    const forward = await learn(bpe, peers.train, options);
    const backward = await learn(bpe, peers.train.toReversed(), options);
    expect(backward.state).toEqual(forward.state);
  });

  test("that are seldom stay apart", () => {
    expect(learnJoins([["ab", 1]], 1000, 2)).toEqual([]);
    expect(learnJoins([["ab", 2]], 1000, 2).length).toBe(2);
    expect(new Joiner([]).of("é")).toEqual(bytesOf("é"));
  });
});

describe("word pieces", () => {
  test("are those that raise the likelihood most", async () => {
    const { pieces, alphabet } = peers.wordpiece;
    const { state } = await learn(wordpiece, peers.train, { vocabulary: pieces.length });
    expect(state.tokens.slice(0, alphabet)).toEqual(pieces.slice(0, alphabet));
    expect(state.tokens).toEqual(pieces);
  });

  test("cut texts as the tokenizers package does", async () => {
    const { pieces, ids } = peers.wordpiece;
    const { tokenize, again } = await learn(wordpiece, peers.train, { vocabulary: pieces.length });
    peers.test.forEach((text, i) => {
      expect(tokenize(text, 1000)).toEqual(ids[i]);
      expect(again(text, 1000)).toEqual(ids[i]);
    });
  });

  test("are no more than asked for, and cover the training texts", async () => {
    const { state, tokenize } = await learn(wordpiece, peers.train, {
      vocabulary: 240,
      minCount: 1,
    });
    expect(state.tokens.length).toBe(240);
    expect(new Set(state.tokens).size).toBe(240);
    for (const text of peers.train) expect(tokenize(text, 1000)).not.toContain(1);
    expect([...wordsOf("don't stop 学习x2")]).toEqual(["don", "'", "t", "stop", "学", "习", "x2"]);
  });
});

describe("words and characters", () => {
  test("have ids by how frequent they are, and one for the unknown", async () => {
    const { tokenize, state } = await learn(words, ["b a", "a b a", "学习 a c"], {});
    expect(state.tokens).toEqual(["a", "b"]);
    expect(tokenize("A, b: c?", 10)).toEqual([2, 3, 1]);
    const few = await learn(words, ["b a", "a"], { minCount: 1, vocabulary: 1 });
    expect(few.tokenize("a b", 10)).toEqual([2, 1]);
  });

  test("are split in English and Chinese", async () => {
    const { tokenize } = await learn(words, peers.train);
    const ids = tokenize("我们研究学习", 100);
    expect(ids.length).toBe(3);
    expect(ids).not.toContain(1);
    const own = await learn(characters, peers.train);
    expect(own.tokenize("研究 dog", 100).length).toBe(6);
    expect(own.tokenize("龘", 100)).toEqual([1]);
  });
});

const english = "the dog sleeps over the fox";
const odd: Record<string, string> = {
  empty: "",
  blanks: " \t\n ",
  "a lone surrogate": "dog \ud83d fox",
  "a family joined by invisible characters": "👨‍👩‍👧‍👦",
  "a flag": "🇩🇪",
  "marks on nothing": "\u0301\u0301",
  "invisible characters": "\u200b\u200d\ufeff",
  "control characters": "\u0000\u0001\u0007",
};

describe.each(["words", "characters", "bpe", "wordpiece"] as const)("%s", (name) => {
  const tokenizer = tokenizers[name] as Tokenizer;

  test.each(Object.entries(odd))("takes %s", async (_, text) => {
    const { state, tokenize, again } = await learn(tokenizer, [...peers.train, text]);
    const ids = tokenize(text, 50);
    expect(again(text, 50)).toEqual(ids);
    const size = tokenizer.count(state);
    for (const id of ids) {
      expect(Number.isInteger(id)).toBe(true);
      expect(id).toBeGreaterThan(0);
      expect(id).toBeLessThan(size);
    }
    if (text.trim() === "") expect(ids).toEqual([]);
  });

  test("reads no further than asked in a megabyte of text", async () => {
    const { tokenize } = await learn(tokenizer, peers.train);
    for (const long of ["x".repeat(2 ** 20), "学习".repeat(2 ** 16), "dog ".repeat(2 ** 18)]) {
      expect(tokenize(long.slice(0, 16_384), 256).length).toBeLessThan(256 + 256);
    }
  });

  test("learns from nothing", async () => {
    const { tokenize } = await learn(tokenizer, []);
    expect(tokenize("", 10)).toEqual([]);
    if (name === "bpe") expect(tokenize("a", 10).length).toBe(2);
    else expect(new Set(tokenize(english, 10))).toEqual(new Set([1]));
  });

  test("gives the same ids for the same texts", async () => {
    const [a, b] = [await learn(tokenizer, peers.train), await learn(tokenizer, peers.train)];
    expect(a.state).toEqual(b.state);
    expect(a.tokenize(english, 100)).toEqual(b.tokenize(english, 100));
  });
});

test.each(Object.entries<Tokenizer>(tokenizers))("%s is named and cited", (name, tokenizer) => {
  expect(tokenizer.name).toBe(name);
  for (const key of tokenizer.cite ?? []) expect(references).toHaveProperty(key);
});
