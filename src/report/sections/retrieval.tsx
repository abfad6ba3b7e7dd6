import { BarChart } from "../charts/bar-chart.tsx";
import { LineChart } from "../charts/line-chart.tsx";
import { FoundRows, SmallCells } from "../components/found.tsx";
import { Tabs } from "../components/tabs.tsx";
import { formatCount, formatPlural, isMeasured } from "../format.ts";
import type { RetrievalExample, RunRecord, TaskDetail } from "../record.ts";
import { detailOf, partNames } from "../results.ts";
import type { Section } from "../section.ts";

type Retrieval = NonNullable<TaskDetail["retrieval"]>;

/** How well one input is found from another: recall by rank, ranks, and examples to look at. */
export const retrieval: Section = {
  name: "retrieval",
  title: "Finding one input from another",
  when: (record) => record.tasks.some((task) => detailOf(task)?.retrieval !== undefined),
  render: (record) => (
    <>
      <p>
        Each row is asked for by one of its sides, and all rows are ranked by how alike their other
        side is. The queries shown run from the one whose own other side stands first to the one for
        which it stands last.
      </p>
      <Tabs label="Task" name="retrieval" panels={panelsOf(record)} />
    </>
  ),
};

function panelsOf(record: RunRecord) {
  return record.tasks.flatMap((task) => {
    const detail = detailOf(task);
    const found = detail?.retrieval;
    if (!detail || !found || found.directions.length === 0) return [];
    const examples = (record.retrieval ?? []).filter((e) => e.task === task.name);
    return [
      {
        title: task.name,
        note: `${task.kind} · ${formatPlural(found.candidates, `${partNames[detail.part]} row`)}`,
        body: <Panel found={found} examples={examples} />,
      },
    ];
  });
}

function Panel({ found, examples }: { found: Retrieval; examples: readonly RetrievalExample[] }) {
  const { candidates, directions } = found;
  const most = directions[0].recall.length;
  return (
    <>
      <div class="charts">
        <LineChart
          title="Recall by rank"
          note="share of queries whose own other side is among the first k"
          series={directions.map((d) => ({ name: `${d.from} → ${d.to}`, points: d.recall }))}
          segments={[{ from: [1, 1 / candidates], to: [most, most / candidates], label: "chance" }]}
          xDomain={[1, most]}
          yDomain={[0, 1]}
          xTitle="k"
          yTitle="recall"
          xIntegers
        />
        {directions.map((d) => (
          <BarChart
            key={d.from}
            title={`Ranks, ${d.from} → ${d.to}`}
            note="queries by where their own other side stands"
            bars={d.ranks.map(({ upTo, queries }, i) => ({
              label: rangeOf(i === 0 ? 1 : d.ranks[i - 1].upTo + 1, upTo),
              value: queries,
            }))}
          />
        ))}
      </div>
      {directions.map((d) => (
        <Queries
          key={d.from}
          title={`${d.from} → ${d.to}`}
          examples={examples.filter((e) => e.from === d.from && e.to === d.to)}
        />
      ))}
    </>
  );
}

function Queries({ title, examples }: { title: string; examples: readonly RetrievalExample[] }) {
  if (examples.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      {examples.map((example) => (
        <article key={example.row} class="query">
          <div class="asked">
            <SmallCells cells={example.query} />
            <small>
              {`row ${example.row} · found at ${isMeasured(example.rank) ? formatCount(Math.round(example.rank)) : "—"}`}
            </small>
          </div>
          <FoundRows found={example.found} />
        </article>
      ))}
    </>
  );
}

function rangeOf(from: number, to: number): string {
  return from >= to ? formatCount(to) : `${formatCount(from)}–${formatCount(to)}`;
}
