/** Three small sets of several kinds of columns, and the inputs and tasks that are natural for each. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSource } from "../src/data/source.ts";

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>>;

export interface CrossModalSet {
  readonly rows: readonly Row[];
  /** The folder that paths in cells are relative to. */
  readonly baseDir: string;
  /** Which of five parts a row is in; one of them is the test. */
  readonly fold: (row: Row, index: number) => number;
  readonly folds: readonly number[];
  readonly inputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly tasks: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly learner: Readonly<Record<string, unknown>>;
  readonly epochs: number;
  /** Options of the stack, and inputs that it does without. */
  readonly stack: {
    readonly learner: Readonly<Record<string, unknown>>;
    readonly without?: readonly string[];
  };
}

/** Every cell of a file as a number, a text or null. */
async function rowsOf(file: string): Promise<Row[]> {
  const source = await openSource(file);
  const table = await source.read();
  source.close();
  const rows: Record<string, Cell>[] = Array.from({ length: table.rows }, () => ({}));
  for (const [name, column] of table.columns) {
    for (const [i, row] of rows.entries()) {
      if (column.storage === "string") {
        const code = column.codes[i];
        row[name] = code < 0 ? null : column.dictionary[code];
      } else if (column.storage === "number" || column.storage === "boolean")
        row[name] = column.valid[i] ? column.values[i] : null;
    }
  }
  return rows;
}

const numbers = (...names: string[]) =>
  Object.fromEntries(names.map((n) => [n, { type: "number" }]));
const categories = (...names: string[]) =>
  Object.fromEntries(names.map((n) => [n, { type: "category", size: 4, minCount: 3 }]));
const texts = (...names: string[]) =>
  Object.fromEntries(
    names.map((n) => [
      n,
      { type: "text", size: 32, buckets: 4096, dropout: 0.3, characterFeatures: true },
    ]),
  );
const regressions = (...names: string[]) =>
  Object.fromEntries(names.map((n) => [n, { type: "regression" }]));
const classes = (...names: string[]) =>
  Object.fromEntries(names.map((n) => [n, { type: "multiclass" }]));

/** Members as a stack has them where none is named, with fewer strengths to choose from. */
const usualLinear = {
  type: "linear",
  select: { l2: [0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4], folds: 3 },
};
const usualNetwork = { type: "neural", trunk: { sizes: [128], dropout: 0.3 } };

/** The kind of a work, by the first word of its medium that says one. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  print:
    "print prints screenprint lithograph etching aquatint drypoint woodcut mezzotint linocut".split(
      " ",
    ),
  photograph: "photograph photographs gelatin chromogenic".split(" "),
  painting: "oil acrylic painting gouache".split(" "),
  drawing: "graphite ink watercolour pastel charcoal pencil drawing".split(" "),
  video: "video film projection projections monitor".split(" "),
  sculpture:
    "steel wood wooden bronze aluminium glass metal plastic resin plaster marble fabric".split(" "),
};
const kindOf = new Map(
  Object.entries(kinds).flatMap(([kind, words]) => words.map((w) => [w, kind])),
);

export const sets: Readonly<Record<string, (data: string) => Promise<CrossModalSet>>> = {
  async countries(data) {
    const baseDir = join(data, "countries-flags");
    const rows = await rowsOf(join(baseDir, "countries.csv"));
    return {
      baseDir,
      rows: rows.map((row) => ({
        ...row,
        area: Number(row.area_km2) > 0 ? Math.log10(Number(row.area_km2)) : null,
        landlocked: Number(row.landlocked) ? "yes" : "no",
        un_member: Number(row.un_member) ? "yes" : "no",
      })),
      fold: (_, i) => i % 5,
      folds: [0, 1, 2, 3, 4],
      inputs: {
        flag: { type: "image", filters: [16, 32], size: 32, dropout: 0.3 },
        ...texts("name", "official_name", "capital", "demonym", "languages", "currencies"),
        ...numbers("n_borders", "n_languages", "flag_aspect"),
      },
      tasks: {
        ...classes("region", "subregion"),
        landlocked: { type: "binary", positive: "yes" },
        un_member: { type: "binary", positive: "yes" },
        ...regressions("area", "lat", "lng"),
      },
      learner: { trunk: { sizes: [64], dropout: 0.3 } },
      epochs: 60,
      // On training rows flags said nothing of any task, to a network as to a linear model.
      stack: { learner: { folds: 5 }, without: ["flag"] },
    };
  },
  async coffee(data) {
    const baseDir = join(data, "coffee-quality");
    // Its first column has no name, which is refused.
    const folder = mkdtempSync(join(tmpdir(), "coffee-"));
    const named = join(folder, "coffee.csv");
    const content = readFileSync(join(baseDir, "arabica_data_cleaned.csv"), "utf8");
    writeFileSync(named, content.replace(/^""/, '"row"'));
    const rows = await rowsOf(named);
    rmSync(folder, { recursive: true });
    return {
      baseDir,
      // One row without scores, and altitudes in wrong units.
      rows: rows
        .filter((row) => Number(row["Total.Cup.Points"]) > 0)
        .map((row) => {
          const metres = Number(row.altitude_mean_meters);
          return { ...row, altitude: metres >= 100 && metres <= 4000 ? metres : null };
        }),
      fold: (_, i) => i % 5,
      folds: [0],
      inputs: {
        ...texts("Farm.Name", "Mill", "Company", "Region", "Producer", "Owner"),
        ...categories("Variety", "Harvest.Year", "Bag.Weight", "unit_of_measurement"),
        ...numbers("altitude", "Number.of.Bags", "Moisture", "Quakers"),
        ...numbers("Category.One.Defects", "Category.Two.Defects"),
      },
      tasks: {
        ...regressions(
          "Aroma",
          "Flavor",
          "Aftertaste",
          "Acidity",
          "Body",
          "Balance",
          "Cupper.Points",
        ),
        ...classes("Processing.Method", "Color", "Country.of.Origin"),
      },
      learner: { trunk: { sizes: [128], dropout: 0.3 } },
      epochs: 20,
      stack: { learner: { folds: 3 } },
    };
  },
  async tate(data) {
    const baseDir = join(data, "tate-artworks");
    const rows = await rowsOf(join(baseDir, "tate.csv"));
    const works = new Map<Cell, number>();
    for (const { artist } of rows) works.set(artist, (works.get(artist) ?? 0) + 1);
    const first = (medium: Cell) =>
      String(medium ?? "")
        .toLowerCase()
        .match(/[a-z]+/g)
        ?.find((word) => kindOf.has(word));
    return {
      baseDir,
      rows: rows.map((row) => ({
        ...row,
        artist: (works.get(row.artist) ?? 0) >= 20 ? row.artist : null,
        kind: kindOf.get(first(row.medium) ?? "") ?? null,
      })),
      fold: (row) => Number(row.id) % 5,
      folds: [0],
      inputs: texts("title", "medium"),
      tasks: { ...regressions("year"), ...classes("artist", "kind") },
      // The kind is made from the medium, and is to be found from the title alone.
      learner: { trunk: { sizes: [128], dropout: 0.3 }, perTask: { kind: { inputs: ["title"] } } },
      epochs: 20,
      stack: {
        learner: {
          folds: 3,
          members: Object.fromEntries(
            (
              [
                ["", ["title", "medium"], ["year", "artist"]],
                [" of titles", ["title"], ["kind"]],
              ] as const
            ).flatMap(([of, inputs, tasks]) => [
              [`linear${of}`, { inputs, tasks, learner: usualLinear }],
              [`network${of}`, { inputs, tasks, learner: usualNetwork }],
            ]),
          ),
        },
      },
    };
  },
};
