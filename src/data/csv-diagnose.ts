import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { DataError, show } from "../core/errors.ts";
import type { CsvDialect } from "./csv-dialect.ts";
import type { DataFile } from "./files.ts";

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Reads a file byte by byte and returns the first thing wrong with its structure: a NUL byte, invalid
 * UTF-8, a row with too many or too few cells, text after a closing quote, a quote that is never
 * closed. Slow beside the real reader, so it runs only after that one has failed.
 */
export async function diagnoseCsv(
  file: DataFile,
  dialect: CsvDialect,
): Promise<DataError | undefined> {
  const width = dialect.header.length;
  const delimiter = dialect.delimiter.charCodeAt(0);
  let line = 1;
  let recordLine = 1;
  let quoteLine = 1;
  let cells = 1;
  let cellEmpty = true;
  let quoted = false;
  let afterQuote = false;
  let previousReturn = false;
  let recordBytes = 0;
  let lineEnd: "LF" | "CR LF" | "CR" | undefined;

  const at = (n: number) => `${file.shown}, line ${n}`;
  const ragged = (): DataError | undefined => {
    if (recordBytes === 0 || cells === width) return undefined;
    return new DataError(
      "DATA_FORMAT",
      `${at(recordLine)}: ${width} cells as in the header; got ${cells}`,
      {
        hint: `cells that contain ${show(dialect.delimiter)} must be quoted: "like${dialect.delimiter}this"`,
        details: { line: recordLine, expected: width, got: cells },
      },
    );
  };

  const stream = createReadStream(file.path, { highWaterMark: 1 << 20 });
  const bytes = dialect.gzip ? stream.pipe(createGunzip()) : stream;
  const checkUtf8 = utf8Checker();
  try {
    for await (const chunk of bytes) {
      const part = chunk as Buffer;
      const invalid = checkUtf8(part);
      for (let i = 0; i < part.length; i++) {
        const byte = part[i];
        if (byte === 0) return nulByte(file, line);
        if (i === invalid) return invalidUtf8(file, line);
        const wasReturn = previousReturn;
        previousReturn = false;
        if (!quoted && (wasReturn || byte === NEWLINE)) {
          const found = !wasReturn ? "LF" : byte === NEWLINE ? "CR LF" : "CR";
          lineEnd ??= found;
          if (lineEnd !== found)
            return mixedLineEnds(at(wasReturn ? line - 1 : line), lineEnd, found);
        }
        if (wasReturn && byte === NEWLINE) continue;
        if (byte === NEWLINE || byte === RETURN) {
          previousReturn = byte === RETURN;
          line++;
          if (quoted) continue;
          const problem = ragged();
          if (problem) return problem;
          recordLine = line;
          recordBytes = 0;
          cells = 1;
          cellEmpty = true;
          afterQuote = false;
          continue;
        }
        recordBytes++;
        if (quoted) {
          if (byte === QUOTE) {
            quoted = false;
            afterQuote = true;
          }
        } else if (byte === QUOTE && afterQuote) {
          quoted = true;
          afterQuote = false;
        } else if (byte === delimiter) {
          cells++;
          cellEmpty = true;
          afterQuote = false;
        } else if (byte === QUOTE && cellEmpty) {
          quoted = true;
          quoteLine = line;
          cellEmpty = false;
        } else {
          if (afterQuote) return textAfterQuote(at(line), dialect.delimiter);
          cellEmpty = false;
        }
      }
    }
  } catch (cause) {
    return new DataError(
      "DATA_FORMAT",
      `${file.shown}: a whole file; reading stopped at line ${line}`,
      {
        cause,
      },
    );
  } finally {
    stream.destroy();
  }
  if (quoted) {
    return new DataError(
      "DATA_FORMAT",
      `${at(quoteLine)}: a closing quote for the cell that starts there; the file ends first`,
      { hint: 'a quote inside a quoted cell is written twice: ""', details: { line: quoteLine } },
    );
  }
  return ragged();
}

function mixedLineEnds(where: string, first: string, found: string): DataError {
  return new DataError(
    "DATA_FORMAT",
    `${where}: lines that end in ${first} as line 1 does; got ${found}`,
    {
      hint: "save the file with one kind of line end",
    },
  );
}

function textAfterQuote(where: string, delimiter: string): DataError {
  return new DataError(
    "DATA_FORMAT",
    `${where}: ${show(delimiter)} or the end of the line after a closing quote; got other text`,
    { hint: 'a quote inside a quoted cell is written twice: ""' },
  );
}

/** The error for a NUL byte in a text file. */
export function nulByte(file: DataFile, line: number): DataError {
  return new DataError("DATA_FORMAT", `${file.shown}, line ${line}: text; got a NUL byte`, {
    hint: "the file is damaged, or not text in UTF-8",
    details: { line },
  });
}

function invalidUtf8(file: DataFile, line: number): DataError {
  return new DataError(
    "DATA_FORMAT",
    `${file.shown}, line ${line}: text in UTF-8; got other bytes`,
    {
      hint: "save the file in UTF-8 (it may be in Latin-1, Windows-1252 or UTF-16)",
      details: { line },
    },
  );
}

/** Returns a function that gives the index of the first byte at fault in successive parts, or −1. */
function utf8Checker(): (part: Uint8Array) => number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return (part) => {
    try {
      decoder.decode(part, { stream: true });
      return -1;
    } catch {
      return firstInvalid(part);
    }
  };
}

/** Bisects for the longest prefix that decodes. */
function firstInvalid(part: Uint8Array): number {
  let low = 0;
  let high = part.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(part.subarray(0, middle), { stream: true });
      low = middle;
    } catch {
      high = middle;
    }
  }
  return low;
}
