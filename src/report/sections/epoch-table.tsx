import { DataTable } from "../components/data-table.tsx";
import { formatCount, formatMetric, isMeasured } from "../format.ts";
import type { Measure } from "../record.ts";

/** The values of one task at one epoch. */
export interface EpochValues {
  readonly epoch: number;
  readonly train: Measure | undefined;
  readonly validation: Measure | undefined;
  readonly primary: Measure | undefined;
}

/** The epochs that tell the course of one task: first, best, kept and last. */
export function EpochTable(props: {
  values: readonly EpochValues[];
  better: "higher" | "lower";
  kept?: number;
  title: string;
}) {
  const { values, better, kept } = props;
  const sign = better === "higher" ? 1 : -1;
  const best = values.reduce<EpochValues | undefined>((found, at) => {
    if (!isMeasured(at.primary)) return found;
    return found && sign * (found.primary as number) >= sign * at.primary ? found : at;
  }, undefined);
  const rows = [
    { name: "first", at: values[0] },
    { name: "best", at: best },
    { name: "kept", at: values.find((value) => value.epoch === kept) },
    { name: "last", at: values[values.length - 1] },
  ].flatMap(({ name, at }) => (at ? [{ name, at }] : []));
  return (
    <DataTable
      rows={rows}
      strong={(row) => row.name === "kept"}
      columns={[
        { title: "epoch", cell: (row) => `${row.name}, ${formatCount(row.at.epoch)}` },
        { title: "training loss", numeric: true, cell: (row) => formatMetric(row.at.train) },
        { title: "validation loss", numeric: true, cell: (row) => formatMetric(row.at.validation) },
        { title: props.title, numeric: true, cell: (row) => formatMetric(row.at.primary) },
      ]}
    />
  );
}
