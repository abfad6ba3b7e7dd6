import { Facts } from "./components/facts.tsx";
import { formatBytes, formatCount, formatDuration, formatInstant } from "./format.ts";
import type { RunRecord } from "./record.ts";
import { script } from "./script.ts";
import type { Section } from "./section.ts";
import { style } from "./style.ts";

/** The whole document but for its doctype. `policy` is the content security policy of the page. */
export function Page(props: { record: RunRecord; sections: readonly Section[]; policy: string }) {
  const { record, sections, policy } = props;
  const { run } = record;
  const shown = sections.filter((section) => section.when(record));
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="polytask" />
        <title>{`${run.project} · ${run.name}`}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <nav aria-label="Contents">
          <p class="brand">
            <bdi>{run.project}</bdi>
          </p>
          <ol>
            {shown.map((section) => (
              <li key={section.name}>
                <a href={`#${section.name}`}>{section.title}</a>
              </li>
            ))}
          </ol>
          <button type="button" class="theme" hidden>
            theme
          </button>
        </nav>
        <main>
          <Header record={record} />
          {shown.map((section) => (
            <section key={section.name} class="section" id={section.name}>
              <h2>{section.title}</h2>
              {section.render(record)}
            </section>
          ))}
          <footer>{`Written by polytask ${run.versions.polytask ?? ""} for run ${run.name}.`}</footer>
        </main>
        <div id="tip" role="status" hidden />
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  );
}

function eyebrowOf({ comparison, tuning }: RunRecord): string {
  if (comparison) return "Learning together or apart";
  return tuning ? "Values chosen on folds" : "Training report";
}

function Header({ record }: { record: RunRecord }) {
  const { run, split, model, inputs, tasks, comparison, tuning } = record;
  const study = comparison ?? tuning;
  const { train, validation, test } = split.rows;
  const ending =
    run.ending === "interrupted" ? " · interrupted: results of the last checkpoint" : "";
  return (
    <header>
      <p class="eyebrow">{eyebrowOf(record)}</p>
      <h1>
        <bdi>{run.project}</bdi>
      </h1>
      <p class="note">
        <bdi>{run.name}</bdi>
        {` · ${formatInstant(run.startedAt)}${ending}`}
      </p>
      <Facts
        entries={[
          ["tasks", tuning ? undefined : formatCount(comparison?.tasks.length ?? tasks.length)],
          ["inputs", study ? undefined : formatCount(inputs.length)],
          ["folds × seeds", study && `${study.folds} × ${study.seeds}`],
          ["training rows", formatCount(train)],
          ["held-out rows", comparison && formatCount(Math.round(comparison.rows.heldOut))],
          ["validation rows", formatCount(validation ?? 0)],
          ["test rows", formatCount(test ?? 0)],
          ["model", model?.family],
          ["parameters", model?.parameters ? formatCount(model.parameters) : undefined],
          ["ONNX file", model?.onnx && formatBytes(model.onnx.bytes)],
          ["wall time", formatDuration(run.wallSeconds)],
          [
            "peak memory",
            run.peakMemoryBytes === undefined ? undefined : formatBytes(run.peakMemoryBytes),
          ],
          ["seed", String(run.seed)],
        ]}
      />
    </header>
  );
}
