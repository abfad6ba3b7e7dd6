import { ModelDiagram } from "../charts/model-diagram.tsx";
import { DataTable } from "../components/data-table.tsx";
import { Facts } from "../components/facts.tsx";
import { formatBytes, formatCount, formatFact, formatMetric, isMeasured } from "../format.ts";
import type { ModelRecord, PortRecord } from "../record.ts";
import type { Section } from "../section.ts";

/** The model that was left behind: its file, its interface, and whether the file does what was trained. */
export const model: Section = {
  name: "model",
  title: "Model",
  when: (record) => record.model !== undefined,
  render(record) {
    const found = record.model as ModelRecord;
    const { onnx, files = [] } = found;
    return (
      <>
        {found.summary !== undefined && <p>{found.summary}</p>}
        {found.diagram !== undefined && <ModelDiagram diagram={found.diagram} />}
        <Facts
          entries={[
            ["family", found.family],
            [
              "parameters",
              isMeasured(found.parameters) ? formatCount(found.parameters) : undefined,
            ],
            ...(found.facts ?? []).map(
              (fact) => [fact.name, formatFact(fact.value, fact.unit)] as const,
            ),
            ["file", onnx && <code>{onnx.file}</code>],
            ["size", onnx && formatBytes(onnx.bytes)],
            ["ONNX opset", onnx && String(onnx.opset)],
          ]}
        />
        <Parity found={found} />
        {onnx !== undefined && (
          <>
            <Ports title="Inputs of the ONNX file" ports={onnx.inputs} />
            <Ports title="Outputs of the ONNX file" ports={onnx.outputs} />
          </>
        )}
        {files.length > 0 && (
          <DataTable
            caption="Files of the run"
            rows={files}
            columns={[
              { title: "file", cell: (file) => <code>{file.path}</code> },
              { title: "size", numeric: true, cell: (file) => formatBytes(file.bytes) },
              {
                title: "SHA-256",
                wide: true,
                cell: (file) => <code class="hash">{file.sha256}</code>,
              },
            ]}
          />
        )}
      </>
    );
  },
};

function Parity({ found }: { found: ModelRecord }) {
  const { parity } = found;
  if (parity === undefined) {
    return <p class="note">The exported file was not compared with the trained model.</p>;
  }
  const { maxAbsDifference: difference, tolerance } = parity;
  const equal = isMeasured(difference) && difference <= tolerance;
  return (
    <p class={equal ? "fine" : "broken"}>
      {`${equal ? "The exported file reproduces the trained model" : "The exported file does not reproduce the trained model"}: largest absolute difference ${formatMetric(difference)} over ${formatCount(parity.rows)} rows (tolerance ${formatMetric(tolerance)}).`}
    </p>
  );
}

function Ports({ title, ports }: { title: string; ports: readonly PortRecord[] }) {
  if (ports.length === 0) return null;
  return (
    <DataTable
      caption={title}
      rows={ports}
      columns={[
        { title: "name", cell: (port) => <code>{port.name}</code> },
        { title: "type", cell: (port) => port.type },
        {
          title: "shape",
          cell: (port) => <span class="figure">{`[${port.shape.join(", ")}]`}</span>,
        },
        ...(ports.some((port) => port.note)
          ? [{ title: "meaning", wide: true, cell: (port: PortRecord) => port.note ?? "" }]
          : []),
      ]}
    />
  );
}
