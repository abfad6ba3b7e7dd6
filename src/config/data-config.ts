import { z } from "zod";

const path = z.string().min(1);

/** Where the rows are. */
export const dataConfig = z
  .strictObject({
    path: z
      .union([path, z.array(path).min(1).max(10_000)])
      .meta({ expects: "a path or a list of paths" })
      .optional()
      .describe(
        "Path of a file, a pattern such as `part-*.csv`, or a list of them; relative to the configuration file.",
      ),
    tables: z
      .record(z.string().min(1).max(200), path)
      .optional()
      .describe(
        "Tables with rows of their own, by name, in the place of `path`: their rows are stacked, a column that a table lacks is missing there, and a column `table` holds the names, for tasks with `by: table`.",
      ),
    format: z
      .enum(["csv", "tsv", "json", "jsonl", "parquet"])
      .optional()
      .describe("Format of the files, where their endings do not say."),
    delimiter: z
      .string()
      .min(1)
      .max(4)
      .optional()
      .describe("What cuts the cells of delimited text; found out where absent."),
    types: z
      .record(z.string(), z.enum(["number", "boolean", "datetime", "string", "bytes", "list"]))
      .optional()
      .describe(
        "How the cells of a column are read, by column name, where the type found is wrong.",
      ),
    infinite: z
      .enum(["error", "missing"])
      .default("error")
      .describe("What an infinite number is: an error or a missing cell."),
  })
  .meta({ expects: "a path, a list of paths, or a map with `path`" })
  .describe(
    "Where the rows are: a path, a list of paths, or an object with `path` and how to read it.",
  );

export type DataConfig = z.output<typeof dataConfig>;
