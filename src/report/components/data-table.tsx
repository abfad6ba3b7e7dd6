import type { ComponentChildren } from "preact";

export interface Column<Row> {
  readonly title: string;
  /** Right-aligned with figures of equal width. */
  readonly numeric?: boolean;
  readonly cell: (row: Row, index: number) => ComponentChildren;
  /** Sort key; columns with one can be sorted by a click where scripts run. */
  readonly key?: (row: Row) => string | number | null | undefined;
  /** Explains the heading when pointed at. */
  readonly hint?: string;
  /** Wraps long content and takes the room that is left. */
  readonly wide?: boolean;
}

/** A table of one kind of row; long tables scroll inside their own box on screen and are complete in print. */
export function DataTable<Row>(props: {
  caption?: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Cap the height on screen. */
  tall?: boolean;
  /** A closing row about all others, a cell a column; it stays last when the table is sorted. */
  total?: readonly ComponentChildren[];
  /** Marks rows that matter more. */
  strong?: (row: Row) => boolean;
}) {
  const { columns, rows } = props;
  return (
    <div class={props.tall ? "table tall" : "table"}>
      <table>
        {props.caption !== undefined && <caption>{props.caption}</caption>}
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.title}
                scope="col"
                class={column.numeric ? "num" : undefined}
                title={column.hint}
                data-sort={column.key ? (column.numeric ? "number" : "text") : undefined}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} class={props.strong?.(row) ? "strong" : undefined}>
              {columns.map((column) => (
                <td
                  key={column.title}
                  class={[column.numeric && "num", column.wide && "wide"].filter(Boolean).join(" ")}
                  data-key={column.key ? String(column.key(row) ?? "") : undefined}
                >
                  {column.cell(row, index)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {props.total !== undefined && (
          <tfoot>
            <tr>
              {columns.map((column, k) => (
                <td key={column.title} class={column.numeric ? "num" : undefined}>
                  {props.total?.[k]}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}
