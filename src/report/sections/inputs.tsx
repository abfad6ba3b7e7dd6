import { DataTable } from "../components/data-table.tsx";
import { Meter } from "../components/meter.tsx";
import { formatFact } from "../format.ts";
import type { InputRecord } from "../record.ts";
import type { Section } from "../section.ts";

/** What goes in, and what was learned about it from the training rows. */
export const inputs: Section = {
  name: "inputs",
  title: "Inputs",
  when: (record) => record.inputs.length > 0,
  render: (record) => (
    <>
      <p>Everything learned about an input (means, vocabularies) comes from training rows only.</p>
      <DataTable
        rows={record.inputs}
        columns={[
          {
            title: "input",
            cell: (input) => (
              <>
                <bdi>{input.name}</bdi>
                {input.columns !== undefined && input.columns.join() !== input.name && (
                  <small class="under">{`from ${input.columns.join(", ")}`}</small>
                )}
              </>
            ),
          },
          { title: "modality", cell: (input) => input.modality },
          { title: "missing in training", cell: (input) => <Meter share={input.missing} /> },
          {
            title: "learned from training rows",
            wide: true,
            cell: (input) => <Learned input={input} />,
          },
        ]}
      />
    </>
  ),
};

function Learned({ input }: { input: InputRecord }) {
  if (input.facts.length === 0) return <span class="note">nothing</span>;
  return (
    <ul class="pairs">
      {input.facts.map((fact) => (
        <li key={fact.name}>
          <span class="note">{fact.name}</span> {formatFact(fact.value, fact.unit)}
        </li>
      ))}
    </ul>
  );
}
