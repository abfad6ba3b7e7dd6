import { Tabs } from "../components/tabs.tsx";
import {
  formatDifference,
  formatFact,
  formatMetric,
  formatPercent,
  isMeasured,
} from "../format.ts";
import type { Cell, Measure, RunRecord, TaskRecord, WorstExample } from "../record.ts";
import { partNames } from "../results.ts";
import type { Section } from "../section.ts";

/** Only pictures that carry their bytes are drawn: the page never asks a network for anything. */
const picture = /^data:image\/(png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]+$/;

/** Likewise for sounds. */
const sound = /^data:audio\/(wav|mpeg|flac|ogg);base64,[A-Za-z0-9+/=\s]+$/;

/** The rows that the model got most wrong, with what it saw of them. */
export const worstExamples: Section = {
  name: "worst",
  title: "Most wrong",
  when: (record) => (record.worst?.length ?? 0) > 0,
  render: (record) => (
    <>
      <p>
        Rows with the largest loss, worst first. Wrong labels, broken cells and ambiguous rows
        usually show up here before anywhere else. Percentages are the probabilities that the model
        gave.
      </p>
      <Tabs label="Task" name="worst" panels={panelsOf(record)} />
    </>
  ),
};

function panelsOf(record: RunRecord) {
  return record.tasks.flatMap((task) => {
    const examples = (record.worst ?? []).filter((example) => example.task === task.name);
    if (examples.length === 0) return [];
    return [
      {
        title: task.name,
        note: `${task.kind} · ${[...new Set(examples.map((e) => partNames[e.part]))].join(", ")} rows`,
        body: (
          <div class="examples">
            {examples.map((example) => (
              <Example key={example.row} example={example} task={task} />
            ))}
          </div>
        ),
      },
    ];
  });
}

function Example({ example, task }: { example: WorstExample; task: TaskRecord }) {
  const { truth, prediction } = example;
  const numeric = typeof truth === "number" && typeof prediction === "number";
  const images = example.cells.filter((cell) => cell.type === "image");
  const sounds = example.cells.filter((cell) => cell.type === "audio");
  const others = example.cells.filter((cell) => cell.type !== "image" && cell.type !== "audio");
  return (
    <article class="example">
      {images.map((cell) => (
        <Picture key={cell.column} cell={cell} />
      ))}
      <div>
        <dl class="outcome">
          <dt>truth</dt>
          <dd>
            <bdi>{formatFact(truth, task.unit)}</bdi>
            <Probability value={example.truthProbability} />
          </dd>
          <dt>predicted</dt>
          <dd>
            <bdi>{formatFact(prediction, task.unit)}</bdi>
            <Probability value={example.probability} />
          </dd>
          {numeric && (
            <>
              <dt>off by</dt>
              <dd>{formatDifference(prediction - truth)}</dd>
            </>
          )}
        </dl>
        {sounds.map((cell) => (
          <Recording key={cell.column} cell={cell} />
        ))}
        {others.length > 0 && (
          <dl class="cells">
            {others.map((cell) => (
              <div key={cell.column}>
                <dt>{cell.column}</dt>
                <dd>
                  <CellValue cell={cell} />
                </dd>
              </div>
            ))}
          </dl>
        )}
        <p class="foot">{`row ${example.row} · loss ${formatMetric(example.loss)}`}</p>
      </div>
    </article>
  );
}

function Probability({ value }: { value: Measure | undefined }) {
  return isMeasured(value) ? <small>{formatPercent(value)}</small> : null;
}

function Picture({ cell }: { cell: Extract<Cell, { type: "image" }> }) {
  if (!picture.test(cell.src)) return <span class="thumb none">no picture</span>;
  return <img class="thumb" src={cell.src} alt={cell.alt ?? cell.column} title={cell.column} />;
}

/** A recording's waveform and spectrogram, and the sound where the record holds it. */
function Recording({ cell }: { cell: Extract<Cell, { type: "audio" }> }) {
  const { column, seconds } = cell;
  const length = formatFact(seconds, "s");
  return (
    <figure class="sound">
      {picture.test(cell.picture) && (
        <img
          src={cell.picture}
          alt={`waveform and spectrogram of ${column}, ${length}`}
          title={column}
        />
      )}
      {cell.sound !== undefined && sound.test(cell.sound) && (
        // biome-ignore lint/a11y/useMediaCaption: what is said is not known
        <audio controls preload="metadata" src={cell.sound} aria-label={column} />
      )}
      <figcaption class="note">{`${column}, ${length}`}</figcaption>
    </figure>
  );
}

function CellValue({ cell }: { cell: Cell }) {
  switch (cell.type) {
    case "text":
      return <bdi>{cell.text}</bdi>;
    case "number":
      return <span class="figure">{formatFact(cell.value, cell.unit)}</span>;
    default:
      return <span class="note">missing</span>;
  }
}
