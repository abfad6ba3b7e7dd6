import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { columnFromCells } from "../data/from-rows.ts";
import { pcm, wavOf } from "./audio/fixtures/wav-file.ts";
import { type Drift, kolmogorovSmirnov, totalVariation } from "./carry.ts";
import { learnState } from "./contract.ts";
import { type ModalityName, modalityNamed } from "./modalities.ts";
import { textIndex } from "./text/state.ts";

const column = (cells: readonly unknown[], storage: "number" | "string" | "boolean") =>
  columnFromCells("x", cells, storage, { origin: "test", convert: true });

/** States of two lists of cells, and what carries over. */
async function both(
  name: ModalityName,
  storage: "number" | "string" | "boolean",
  [a, b]: readonly [readonly unknown[], readonly unknown[]],
  options: object = {},
) {
  const modality = modalityNamed(name);
  const parsed = modality.options.parse(options);
  const from = await learnState(modality, parsed, [column(a, storage)]);
  const to = await learnState(modality, parsed, [column(b, storage)]);
  const carry = modality.carry as NonNullable<typeof modality.carry>;
  return { from, to, carry };
}

const normals = (rows: number, mean = 0, scale = 1, seed = 1) => {
  const random = Random.from(seed, "normals", `${rows}`, `${mean}`);
  return Array.from({ length: rows }, () => mean + scale * random.normal());
};
const measured = (list: readonly Drift[], measure: Drift["measure"]) =>
  list.find((d) => d.measure === measure) as Drift;

describe("drift of numbers", () => {
  it("is the distance of distribution functions", async () => {
    // Φ(0.5) − Φ(−0.5) = 0.3829: normal distributions one deviation apart.
    const { from, to, carry } = await both("number", "number", [normals(4000), normals(4000, 1)]);
    expect(measured(carry.drift(from, to), "ks").value).toBeCloseTo(0.383, 1);
    const uniform = Array.from({ length: 21 }, (_, i) => i / 20);
    const shifted = uniform.map((x) => x + 0.3);
    expect(kolmogorovSmirnov(uniform, shifted, [1e6, 1e6]).value).toBeCloseTo(0.3, 12);
    expect(kolmogorovSmirnov(uniform, uniform, [10, 10]).value).toBe(0);
  });

  it("stays near what so few rows show by chance", async () => {
    const values: number[] = [];
    let noise = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const cells = [normals(80, 0, 1, seed), normals(60, 0, 1, seed + 100)] as const;
      const { from, to, carry } = await both("number", "number", cells);
      const drift = measured(carry.drift(from, to), "ks");
      values.push(drift.value);
      noise = drift.noise;
    }
    const mean = values.reduce((a, b) => a + b) / values.length;
    expect(noise).toBeCloseTo(0.1482, 3);
    expect(mean).toBeGreaterThan(0.7 * noise);
    expect(mean).toBeLessThan(1.3 * noise);
  });

  it("knows jumps: counts with many zeros", () => {
    const zeros = [...Array.from({ length: 16 }, () => 0), 1, 2, 3, 4, 5];
    expect(kolmogorovSmirnov(zeros, zeros, [9, 9]).value).toBe(0);
    const fewer = [
      ...Array.from({ length: 6 }, () => 0),
      ...Array.from({ length: 15 }, (_, i) => i + 1),
    ];
    expect(kolmogorovSmirnov(zeros, fewer, [9, 9]).value).toBeCloseTo(0.5, 1);
  });
});

describe("drift of categories and texts", () => {
  it("is half the sum of differences of frequencies, and the share of unknown ones", async () => {
    const cells = [
      ["a", "a", "a", "a", "b", "b", "b", "b"],
      ["a", "a", "c", "c", "c", "c", "b", "b"],
    ] as const;
    const { from, to, carry } = await both("category", "string", cells);
    const drift = carry.drift(from, to);
    expect(measured(drift, "totalVariation").value).toBe(0.5);
    expect(measured(drift, "unknown").value).toBe(0.5);
    expect(measured(drift, "missing").value).toBe(0);
  });

  it("allows for what chance makes of few rows", () => {
    const random = Random.from(3, "counts");
    const draw = (rows: number) => {
      const counts = new Map<string, number>();
      for (let i = 0; i < rows; i++) {
        const name = `${random.integer(20)}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return counts;
    };
    let [value, noise] = [0, 0];
    for (let k = 0; k < 200; k++) {
      const drift = totalVariation(draw(100), draw(150));
      value += drift.value / 200;
      noise += drift.noise / 200;
    }
    expect(value / noise).toBeGreaterThan(0.95);
    expect(value / noise).toBeLessThan(1.05);
  });

  it("counts words of a text that were never seen", async () => {
    const cells = [
      ["red cat", "red dog", "blue cat", "blue dog"],
      ["red cat", "red bird", "green bird", "green cat"],
    ] as const;
    const { from, to, carry } = await both("text", "string", cells, { buckets: 16, size: 2 });
    expect(measured(carry.drift(from, to), "unknown").value).toBe(0.5);
  });
});

describe("vocabularies that grow", () => {
  it("append new categories and keep the rows of known ones", async () => {
    const cells = [
      ["a", "a", "a", "b", "b"],
      ["c", "c", "c", "b", "b"],
    ] as const;
    const { from, to, carry } = await both("category", "string", cells);
    const grown = carry.refit?.(from, to) as { categories: string[]; counts: number[] };
    expect(grown).toMatchObject({ categories: ["a", "b", "c"], counts: [0, 2, 3] });
    expect(carry.rows?.(from, grown)["embedding.table"]).toEqual(Int32Array.of(0, 1, 2, -1, 3));
    expect(carry.vocabulary?.(from, to)).toEqual({ known: 1, added: 1, gone: 1 });
    const options = modalityNamed("category").options.parse({});
    expect(carry.options?.(from, options)).toMatchObject({ size: 2 });
  });

  it("append new terms, keep known ones that are not seen again, and hash buckets", async () => {
    const cells = [
      ["red cat", "red cat", "dog", "dog"],
      ["red bird", "red bird", "red bird", "dog", "dog"],
    ] as const;
    const { from, to, carry } = await both("text", "string", cells, {
      buckets: 4,
      words: 1,
      size: 2,
    });
    const merged = carry.refit?.(from, to) as { terms: string[]; known: number };
    const old = (from as { terms: string[] }).terms;
    expect([...old].sort()).toEqual(["cat", "dog", "red"]);
    expect(merged).toMatchObject({ terms: [...old, "bird"], known: 4 });
    const rows = carry.rows?.(from, merged)["embedding.table"];
    expect([...(rows ?? [])]).toEqual([0, 1, 2, 3, -1, 4, 5, 6, 7]);
    const { termWeights } = textIndex(merged as never);
    // ln((1 + 5)/(1 + n)) + 1 for n of the 5 new texts: none has "cat", 3 have "bird".
    expect(termWeights[old.indexOf("cat")]).toBeCloseTo(Math.log(6) + 1, 12);
    expect(termWeights[3]).toBeCloseTo(Math.log(6 / 4) + 1, 12);
  });

  it("keep a tokenizer with the embeddings of its pieces, but not beside another's", async () => {
    const cells = [
      ["red cat", "red cat", "dog", "dog"],
      ["red bird", "red bird", "red bird", "dog"],
    ] as const;
    const of = (type: string) =>
      both("text", "string", cells, {
        encoder: { type: "gru" },
        tokenizer: { type },
        size: 4,
      });
    const { from, to, carry } = await of("wordpiece");
    const merged = carry.refit?.(from, to) as { tokens: { count: number } };
    expect(merged.tokens).toEqual((from as typeof merged).tokens);
    const { count } = merged.tokens;
    expect(carry.rows?.(from, merged)["embedding.table"]).toEqual(
      Int32Array.from({ length: count }, (_, i) => i),
    );
    const other = (await of("bpe")).to;
    const replaced = carry.refit?.(from, other) as typeof merged;
    expect(replaced.tokens).toEqual((other as typeof merged).tokens);
    expect(carry.rows?.(from, other)["embedding.table"].every((row) => row === -1)).toBe(true);
  });

  it("find the numbers of a row again by what they are", async () => {
    const cells = [
      [1, 2, 3, null],
      [1, 2, 3, 4],
    ] as const;
    const { from, to, carry } = await both("number", "number", cells);
    expect(carry.outputs?.(from, to)).toEqual(Int32Array.of(0));
    expect(carry.outputs?.(to, from)).toEqual(Int32Array.of(0, -1));
  });
});

describe("drift of inputs of several numbers", () => {
  const lists = (cells: readonly unknown[]) =>
    columnFromCells("x", cells, "list", { origin: "test", convert: true });
  async function drift(name: ModalityName, a: readonly unknown[], b: readonly unknown[]) {
    const modality = modalityNamed(name);
    const options = modality.options.parse({});
    const from = await learnState(modality, options, [lists(a)]);
    const to = await learnState(modality, options, [lists(b)]);
    const carry = modality.carry as NonNullable<typeof modality.carry>;
    return { from, to, carry, found: carry.drift(from, to) };
  }
  const vectors = (rows: number, moved: number, seed: number, size = 8) => {
    const random = Random.from(seed, "vectors");
    return Array.from({ length: rows }, () =>
      Array.from({ length: size }, (_, i) => random.normal() + (i === 2 ? moved : 0)),
    );
  };

  it("names the number of a vector that moved most, and allows for their count", async () => {
    const moved = await drift("vector", vectors(200, 0, 1), vectors(150, 2, 2));
    const ks = measured(moved.found, "ks");
    expect(ks.of).toBe("number 3");
    // Φ(1) − Φ(−1) = 0.683.
    expect(ks.value).toBeCloseTo(0.683, 1);
    let [value, noise] = [0, 0];
    for (let seed = 1; seed <= 20; seed++) {
      const same = await drift("vector", vectors(80, 0, seed), vectors(60, 0, seed + 50));
      value += measured(same.found, "ks").value / 20;
      noise = measured(same.found, "ks").noise;
    }
    expect(value).toBeGreaterThan(0.7 * noise);
    expect(value).toBeLessThan(1.2 * noise);
  });

  it("is a matter of shape where vectors or series hold another count of numbers", async () => {
    const { found } = await drift("vector", vectors(20, 0, 1), vectors(20, 0, 2, 5));
    expect(measured(found, "shape")).toMatchObject({ value: 1, noise: 0 });
  });

  it("compares series by their steps and the mean and deviation of each channel", async () => {
    const random = Random.from(9, "series");
    const of = (scale: number) =>
      Array.from({ length: 60 }, () =>
        Array.from({ length: 10 + random.integer(10) }, () => [
          random.normal(),
          scale * random.normal(),
        ]),
      );
    const { found, from, carry } = await drift("series", of(1), of(5));
    expect(measured(found, "ks")).toMatchObject({ of: "deviation of channel 2", value: 1 });
    const { steps } = from as { steps: number };
    const options = modalityNamed("series").options.parse({});
    expect(carry.options?.(from, options)).toMatchObject({ steps });
    const gappy = { ...(from as object), gaps: 3 };
    expect(carry.refit?.(gappy, from)).toMatchObject({ gaps: 1 });
  });

  it("compares places by latitude and longitude, and instants by their time", async () => {
    const places = (longitude: number) =>
      Array.from({ length: 50 }, (_, i) => [40 + (i % 10) / 10, longitude + (i % 7) / 10]);
    const geo = await drift("geo", places(10), places(20));
    expect(measured(geo.found, "ks")).toMatchObject({ of: "longitude", value: 1 });
    const gone = [...places(10), null];
    const named = await drift("geo", gone, places(10));
    expect(named.carry.outputs?.(named.from, named.to)).toEqual(
      Int32Array.from({ length: 27 }, (_, i) => i),
    );
    const days = (year: number) =>
      Array.from({ length: 40 }, (_, i) => `${year}-0${1 + (i % 9)}-05`);
    const { from, to, carry } = await both("datetime", "string", [days(2001), days(2002)]);
    expect(measured(carry.drift(from, to), "ks").value).toBe(1);
  });

  it("compares sets by the frequencies of members, and keeps embeddings of known ones", async () => {
    const a = Array.from({ length: 20 }, (_, i) => (i % 2 ? ["red", "blue"] : ["red"]));
    const b = Array.from({ length: 20 }, (_, i) => (i % 2 ? ["red", "black"] : ["red"]));
    const { found, from, to, carry } = await drift("set", a, b);
    expect(measured(found, "totalVariation").value).toBeCloseTo(1 / 3, 12);
    expect(measured(found, "unknown").value).toBeCloseTo(1 / 3, 12);
    expect(carry.vocabulary?.(from, to)).toEqual({ known: 1, added: 1, gone: 1 });
    const grown = carry.refit?.(from, to) as { members: string[]; counts: number[] };
    expect(grown).toMatchObject({ members: ["red", "blue", "black"], counts: [20, 0, 10] });
    expect(carry.rows?.(from, grown)["embedding.table"]).toEqual(Int32Array.of(0, 1, 2, -1));
  });

  it("compares recordings by duration and level of their bands, and keeps rate and room", async () => {
    const tone = (seconds: number, hertz: number) => {
      const samples = Array.from({ length: Math.round(8000 * seconds) }, (_, i) =>
        Math.round(16_000 * Math.sin((2 * Math.PI * hertz * i) / 8000)),
      );
      return new Uint8Array(wavOf(pcm(...samples)));
    };
    const column = (list: readonly Uint8Array[]) =>
      columnFromCells("x", list, "bytes", { origin: "test", convert: true });
    const audio = modalityNamed("audio");
    const options = audio.options.parse({});
    const carry = audio.carry as NonNullable<typeof audio.carry>;
    const short = Array.from({ length: 12 }, (_, i) => tone(0.3 + i / 100, 440));
    const long = Array.from({ length: 12 }, (_, i) => tone(0.8 + i / 100, 440));
    const from = await learnState(audio, options, [column(short)]);
    const pinned = carry.options?.(from, options);
    const to = await learnState(audio, pinned, [column(long)]);
    expect(measured(carry.drift(from, to), "ks")).toMatchObject({ of: "seconds", value: 1 });
    const { frames, sampleRate } = from as { frames: number; sampleRate: number };
    expect(to).toMatchObject({ frames, sampleRate });
  });

  it("takes a model of before quantities were kept: nothing is measured", async () => {
    const { from, to, carry } = await drift("vector", vectors(20, 0, 1), vectors(20, 3, 2));
    const { compared: _, ...old } = from as { compared: unknown };
    expect(carry.drift(old, to).map((d) => d.measure)).toEqual(["missing"]);
  });
});
