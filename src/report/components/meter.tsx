import { formatPercent } from "../format.ts";

/** A share as a short bar with its percentage. */
export function Meter(props: { share: number | null | undefined }) {
  const share = Math.min(1, Math.max(0, props.share ?? 0));
  return (
    <span class="meter">
      <span class="bar">
        <i style={{ width: `${Math.round(share * 1000) / 10}%` }} />
      </span>
      <span>{formatPercent(props.share)}</span>
    </span>
  );
}
