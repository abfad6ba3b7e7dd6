import { formatPercent, isMeasured } from "../format.ts";
import type { PredictedCell } from "../record.ts";

/** Only pictures that carry their bytes are drawn: the page never asks a network for anything. */
const picture = /^data:image\/png;base64,[A-Za-z0-9+/=\s]+$/;

/** A cell as it is predicted: drawn, in words, or the most probable names with those that are right marked. */
export function DrawnCell({ cell }: { cell: PredictedCell }) {
  switch (cell.type) {
    case "image":
      return picture.test(cell.src) ? (
        <img class="drawn" src={cell.src} alt="" />
      ) : (
        <span class="thumb none">no picture</span>
      );
    case "names":
      return (
        <ol class="names">
          {cell.names.map(({ name, probability, right }) => (
            <li key={name} class={right ? "right" : undefined}>
              <bdi>{name}</bdi>
              <small>{isMeasured(probability) ? formatPercent(probability) : "—"}</small>
            </li>
          ))}
        </ol>
      );
    default:
      return <bdi class="said">{cell.text}</bdi>;
  }
}
