import { readdirSync, type Stats, statSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { DataError, didYouMean, PolytaskError, show } from "../core/errors.ts";

export type FileFormat = "csv" | "tsv" | "json" | "jsonl" | "parquet";

/** A data file that exists. */
export interface DataFile {
  /** Absolute path. */
  readonly path: string;
  /** The path as messages print it. */
  readonly shown: string;
  readonly format: FileFormat;
}

const formats: Readonly<Record<string, FileFormat>> = {
  csv: "csv",
  txt: "csv",
  tsv: "tsv",
  tab: "tsv",
  json: "json",
  jsonl: "jsonl",
  ndjson: "jsonl",
  parquet: "parquet",
  pq: "parquet",
};

/** Formats that are known and not read, with what to do instead. */
const otherFormats: Readonly<Record<string, string>> = {
  xlsx: "Excel workbook",
  xls: "Excel workbook",
  xlsm: "Excel workbook",
  ods: "OpenDocument sheet",
  arrow: "Arrow file",
  feather: "Feather file",
  avro: "Avro file",
  orc: "ORC file",
  db: "database file",
  sqlite: "SQLite file",
  duckdb: "DuckDB file",
  h5: "HDF5 file",
  pkl: "pickle file",
  npy: "NumPy file",
  npz: "NumPy file",
  zip: "zip archive",
  tar: "tar archive",
  zst: "Zstandard file",
  bz2: "bzip2 file",
  xz: "xz file",
};

const supported = "CSV, TSV, JSON, JSON Lines or Parquet (text formats also gzipped)";

export interface LocateOptions {
  /** Folder for relative paths; the working folder where absent. */
  readonly baseDir?: string;
  readonly format?: FileFormat;
  /** Lists the files a pattern matches. */
  readonly glob: (pattern: string) => Promise<string[]>;
}

/**
 * Resolves paths and glob patterns to files, each pattern's files sorted by name.
 * @throws DataError DATA_NOT_FOUND, DATA_FORMAT (a folder, mixed formats); PolytaskError UNSUPPORTED.
 */
export async function locateFiles(
  spec: string | readonly string[],
  options: LocateOptions,
): Promise<DataFile[]> {
  const specs = typeof spec === "string" ? [spec] : spec;
  if (specs.length === 0 || specs.some((one) => one.trim() === "")) {
    throw new DataError("DATA_NOT_FOUND", `data: the path of a file; got ${show(spec)}`);
  }
  const base = options.baseDir ?? process.cwd();
  const files: DataFile[] = [];
  for (const one of specs) {
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(one)) {
      throw new PolytaskError("UNSUPPORTED", `${one}: a local file; got an address`, {
        hint: "download the file and give its path",
      });
    }
    const path = isAbsolute(one) ? one : resolve(base, one);
    for (const found of await expand(one, path, options.glob)) {
      const shown = found === path ? one : shownPath(one, found, base);
      files.push({ path: found, shown, format: options.format ?? formatOf(found, shown) });
    }
  }
  const other = files.find((file) => file.format !== files[0].format);
  if (other) {
    throw new DataError(
      "DATA_FORMAT",
      `${other.shown}: a ${files[0].format} file as ${files[0].shown} is; got ${other.format}`,
      { hint: "files read together share one format; convert one of them" },
    );
  }
  return files;
}

/** The path of a matched file, written the way the pattern was: absolute or relative. */
function shownPath(pattern: string, path: string, base: string): string {
  return isAbsolute(pattern) ? path : relative(base, path).split(sep).join("/");
}

async function expand(shown: string, path: string, glob: LocateOptions["glob"]): Promise<string[]> {
  const stats = statOf(path);
  if (stats?.isDirectory()) {
    throw new DataError("DATA_FORMAT", `${shown}: a data file; got a folder`, {
      hint: `name the files in it, for example ${show(`${shown.replace(/\/+$/, "")}/*.parquet`)}`,
    });
  }
  if (stats) return [path];
  if (!/[*?[]/.test(shown)) throw missingFile(shown, path);
  const matches = (await glob(path)).filter((match) => statOf(match)?.isFile());
  if (matches.length === 0) {
    throw new DataError("DATA_NOT_FOUND", `${shown}: a pattern that matches files; matched none`, {
      hint: `relative paths start at ${shownFolder(path)}`,
    });
  }
  return matches.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function shownFolder(path: string): string {
  const fixed = path.slice(0, path.search(/[*?[]/));
  return dirname(`${fixed}x`);
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** The error for a file that is not there, with a sibling of a similar name where there is one. */
function missingFile(shown: string, path: string): DataError {
  const folder = dirname(path);
  const siblings = statOf(folder)?.isDirectory() ? readdirSync(folder) : undefined;
  if (siblings === undefined) {
    return new DataError(
      "DATA_NOT_FOUND",
      `${shown}: an existing file; there is no folder ${folder}`,
    );
  }
  const near = didYouMean(basename(path), siblings);
  return new DataError("DATA_NOT_FOUND", `${shown}: an existing file; there is none at ${path}`, {
    hint: near === undefined ? undefined : `did you mean ${show(near)}?`,
  });
}

function formatOf(path: string, shown: string): FileFormat {
  const name = basename(path).toLowerCase();
  const ending = name.replace(/\.gz$/, "").split(".").slice(1).pop() ?? "";
  if (Object.hasOwn(formats, ending)) return formats[ending];
  if (Object.hasOwn(otherFormats, ending)) {
    throw new PolytaskError(
      "UNSUPPORTED",
      `${shown}: ${supported}; got ${aAn(otherFormats[ending])}`,
      {
        hint: `convert it to CSV or Parquet first`,
      },
    );
  }
  throw new PolytaskError(
    "UNSUPPORTED",
    `${shown}: a file ending that names its format: ${supported}; got ${ending === "" ? "no ending" : show(`.${ending}`)}`,
    { hint: 'rename the file, or give its format, for example format: "csv"' },
  );
}

function aAn(noun: string): string {
  return `${/^[AEIO]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** Says whether a path in a cell, taken from the table's folder, is that of a file. */
export function fileFinder(baseDir: string | undefined): (path: string) => boolean {
  return (path) => statOf(resolve(baseDir ?? ".", path))?.isFile() ?? false;
}

/** The deepest folder that holds all the files. */
export function commonFolder(paths: readonly string[]): string {
  let common = dirname(paths[0]).split(sep);
  for (const path of paths) {
    const parts = dirname(path).split(sep);
    let k = 0;
    while (k < common.length && common[k] === parts[k]) k++;
    common = common.slice(0, k);
  }
  return common.join(sep) || sep;
}
