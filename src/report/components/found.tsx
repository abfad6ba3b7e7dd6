import { formatFact, formatMetric } from "../format.ts";
import type { Cell, FoundRecord } from "../record.ts";

/** Only pictures that carry their bytes are drawn: the page never asks a network for anything. */
const picture = /^data:image\/(png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]+$/;

/** Cells as small as they can be looked at: pictures, then the rest as text. */
export function SmallCells({ cells }: { cells: readonly Cell[] }) {
  return (
    <>
      {cells.map((cell) => (
        <SmallCell key={cell.column} cell={cell} />
      ))}
    </>
  );
}

function SmallCell({ cell }: { cell: Cell }) {
  switch (cell.type) {
    case "image":
      return picture.test(cell.src) ? (
        <img class="thumb" src={cell.src} alt={cell.alt ?? cell.column} title={cell.column} />
      ) : (
        <span class="thumb none">no picture</span>
      );
    case "text":
      return <bdi title={cell.column}>{cell.text}</bdi>;
    case "number":
      return <span title={cell.column}>{formatFact(cell.value, cell.unit)}</span>;
    default:
      return <span class="note">missing</span>;
  }
}

/** What was found for a query, best first; its own row is marked. */
export function FoundRows({ found }: { found: readonly FoundRecord[] }) {
  return (
    <ol class="found">
      {found.map((one) => (
        <li key={one.row} class={one.own ? "own" : undefined}>
          <SmallCells cells={one.cells} />
          <small>{`${one.own ? "its own · " : ""}row ${one.row} · ${formatMetric(one.similarity)}`}</small>
        </li>
      ))}
    </ol>
  );
}
