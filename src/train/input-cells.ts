/** The cells of an input: a column of the table, or several that its modality joins. */
import { type Column, columnOf, type Table } from "../data/columns.ts";
import type { EncodeContext, Modality } from "../modalities/modality.ts";

/** Which columns an input reads. */
export interface InputSource {
  readonly name: string;
  /** The table's column; the input's name where absent. Of an input of several columns its name. */
  readonly column?: string;
  /** Where one cell is made of several columns, in their order. */
  readonly columns?: readonly string[];
}

/** The table's columns that an input reads. */
export function sourceColumns({ name, column, columns }: InputSource): readonly string[] {
  return columns ?? [column ?? name];
}

/**
 * The cells of an input in a table. Columns that do not go together in a row leave its cell missing, which is told
 * as a problem.
 * @throws DataError DATA_SCHEMA for a column that is not there.
 */
export function inputCells(
  table: Table,
  input: InputSource & { readonly modality: Modality },
  context: EncodeContext,
): Column {
  const columns = sourceColumns(input).map((name) => columnOf(table, name));
  const { joins } = input.modality;
  return input.columns && joins ? joins.join(input.name, columns, context) : columns[0];
}

/** The same for a look at cells, of which nothing is told. */
export function shownCells(
  table: Table,
  input: InputSource & { readonly modality: Modality },
): Column {
  const { baseDir, origin } = table;
  return inputCells(table, input, { baseDir, origin, firstRow: 0, problem() {} });
}
