import { resolve } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import { cell, type Table } from "../../data/columns.ts";
import type { Model } from "../../model/model.ts";
import type { Found, Searchable, SearchSide } from "../../model/search.ts";
import { type Command, type CommandCall, jsonOption } from "../command.ts";
import { jsonDocument } from "../json.ts";
import { cutToWidth, textTable } from "../text-table.ts";

/** Ranks the rows of a table for a text, a picture or a row. */
export const search: Command = {
  name: "search",
  arguments: [
    { name: "DIR", summary: "Run folder, or an ONNX file of a model." },
    { name: "DATA", summary: "Table with the rows to rank." },
  ],
  options: [
    { flags: "--text <TEXT>", summary: "What to look for, in words." },
    { flags: "--image <FILE>", summary: "What to look for, as a picture." },
    { flags: "--row <N>", summary: "What to look for, as a row of the table, counted from 1." },
    {
      flags: "--of <SIDE>",
      summary: "The side of the task whose rows are ranked; the other one where left out.",
    },
    { flags: "--from <SIDE>", summary: "With --row: the side of the row that is the query." },
    { flags: "--task <NAME>", summary: "The task whose vectors are compared; the first that can." },
    { flags: "--top <N>", summary: "Rows to show; 10 where left out." },
    { flags: "--html <FILE>", summary: "Writes what was found as a page with its pictures." },
    jsonOption,
  ],
  run,
};

const widestCell = 60;

async function run({ arguments: [dir, data], options, terminal }: CommandCall): Promise<void> {
  const given = (["text", "image", "row"] as const).filter((name) => options[name] !== undefined);
  if (given.length !== 1) {
    throw new ConfigError(
      "USAGE",
      `polytask search: one of --text, --image and --row; got ${given.map((n) => `--${n}`).join(" and ") || "none"}`,
    );
  }
  const top = wholeNumber(options.top ?? "10", "--top");
  const { withModel } = await import("../read-model.ts");
  const { queryVector, SearchIndex, searchable, sideNamed } = await import("../../model/search.ts");
  await withModel(dir, data, terminal, async ({ model, source, cells }) => {
    const found = searchable(model, options.task as string | undefined);
    const from = querySide(found, options, sideNamed);
    const other = from === found.sides[0] ? found.sides[1] : found.sides[0];
    const of = options.of === undefined ? other : sideNamed(found, options.of as string, "--of");
    const names = new Set((await source.schema()).map(({ name }) => name));
    const shown = model.inputs.map((i) => i.column).filter((column) => names.has(column));
    const index = new SearchIndex(model, found, of);
    const tables: Table[] = [];
    for await (const table of source.batches({ columns: shown, batchRows: 8192 })) {
      await index.add(table, (column, row, message) =>
        cells.add(column, index.rows + row, message),
      );
      tables.push(table);
    }
    const rows = readerOf(tables);
    const query =
      options.row === undefined
        ? queryCells(from, options)
        : rows(wholeNumber(options.row, "--row") - 1, "--row");
    const baseDir = options.row === undefined ? terminal.cwd : tables[0]?.baseDir;
    const results = index.search(await queryVector(model, found, from, query, baseDir), top);
    if (typeof options.html === "string") {
      await writePage(resolve(terminal.cwd, options.html), {
        model,
        task: found.task.name,
        query,
        from,
        of,
        results,
        rows,
        queryDir: baseDir,
        baseDir: tables[0]?.baseDir,
      });
    }
    if (options.json) {
      const list = results.map(({ row, similarity }) => ({
        row: row + 1,
        similarity,
        cells: shownCells(rows(row, "row")),
      }));
      terminal.out.write(
        jsonDocument({ task: found.task.name, from: from.name, of: of.name, found: list }),
      );
      return;
    }
    terminal.out.write(printed(results, rows, shown));
  });
}

function querySide(
  found: Searchable,
  options: CommandCall["options"],
  named: (found: Searchable, name: string, option: string) => SearchSide,
): SearchSide {
  const kind = options.text !== undefined ? "text" : options.image !== undefined ? "image" : "";
  if (options.from !== undefined) return named(found, options.from as string, "--from");
  if (kind === "")
    return options.of ? otherThan(found, options.of as string, named) : found.sides[0];
  const side = found.sides.find((s) => s.columns.some((c) => c.modality.name === kind));
  if (side) return side;
  throw new ConfigError(
    "USAGE",
    `--${kind}: a task with an input of type ${kind} (${found.task.name} compares ${found.sides.map((s) => s.name).join(" and ")}); got none`,
    { hint: "ask with --row" },
  );
}

function otherThan(
  found: Searchable,
  name: string,
  named: (found: Searchable, name: string, option: string) => SearchSide,
): SearchSide {
  return named(found, name, "--of") === found.sides[0] ? found.sides[1] : found.sides[0];
}

/** The query as cells: every input of its kind reads it. */
function queryCells(
  side: SearchSide,
  { text, image }: CommandCall["options"],
): Record<string, unknown> {
  const kind = text === undefined ? "image" : "text";
  return Object.fromEntries(
    side.columns.filter((c) => c.modality.name === kind).map((c) => [c.column, text ?? image]),
  );
}

type RowReader = (row: number, option: string) => Record<string, unknown>;

function readerOf(tables: readonly Table[]): RowReader {
  const total = tables.reduce((sum, table) => sum + table.rows, 0);
  return (row, option) => {
    let left = row;
    for (const table of tables) {
      if (left >= 0 && left < table.rows) return cellsOf(table, left);
      left -= table.rows;
    }
    throw new ConfigError("USAGE", `${option}: a row from 1 to ${total}; got ${row + 1}`);
  };
}

function cellsOf(table: Table, row: number): Record<string, unknown> {
  const cells: Record<string, unknown> = {};
  for (const [name, column] of table.columns) cells[name] = cell(column, row);
  return cells;
}

/** Cells to print: bytes are none. */
function shownCells(cells: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(cells).filter(([, value]) => !(value instanceof Uint8Array)),
  );
}

function printed(results: readonly Found[], rows: RowReader, columns: readonly string[]): string {
  const lines = results.map(({ row }) => shownCells(rows(row, "row")));
  const titles = columns.filter((name) => lines.some((line) => name in line)).slice(0, 6);
  return textTable(
    [
      { title: "", align: "right" },
      { title: "similarity", align: "right" },
      { title: "row", align: "right" },
      ...titles.map((title) => ({ title })),
    ],
    results.map(({ row, similarity }, i) => [
      String(i + 1),
      similarity.toFixed(4),
      String(row + 1),
      ...titles.map((name) => cutToWidth(String(lines[i][name] ?? ""), widestCell)),
    ]),
  );
}

interface PageParts {
  readonly model: Model;
  readonly task: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly from: SearchSide;
  readonly of: SearchSide;
  readonly results: readonly Found[];
  readonly rows: RowReader;
  readonly queryDir: string | undefined;
  readonly baseDir: string | undefined;
}

async function writePage(path: string, parts: PageParts): Promise<void> {
  const { model, task, query, from, of, results, rows, queryDir, baseDir } = parts;
  const { renderSearch } = await import("../../report/search-page.tsx");
  const { showCell } = await import("../../run/show-cell.ts");
  const { writeAtomic } = await import("../../train/atomic-file.ts");
  const show = (cells: Readonly<Record<string, unknown>>, dir: string | undefined) =>
    Promise.all(
      model.inputs.flatMap((input) =>
        input.column in cells ? [showCell(input, cells[input.column], dir)] : [],
      ),
    );
  const asked = Object.fromEntries(
    from.columns.flatMap(({ column }) => (column in query ? [[column, query[column]]] : [])),
  );
  const found = await Promise.all(
    results.map(async ({ row, similarity }) => ({
      row: row + 1,
      similarity,
      cells: await show(rows(row, "row"), baseDir),
    })),
  );
  const page = renderSearch({
    task,
    from: from.name,
    of: of.name,
    query: await show(asked, queryDir),
    found,
  });
  writeAtomic(path, [Buffer.from(page)]);
}

function wholeNumber(value: unknown, option: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new ConfigError("USAGE", `${option}: a whole number from 1; got ${String(value)}`);
}
