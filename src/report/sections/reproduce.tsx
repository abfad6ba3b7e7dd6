import { Facts } from "../components/facts.tsx";
import { formatBytes, formatDuration, formatInstant } from "../format.ts";
import type { Section } from "../section.ts";

/** What it takes to run this again: command, seed, data, versions, configuration. */
export const reproduce: Section = {
  name: "reproduce",
  title: "Reproduce",
  when: () => true,
  render(record) {
    const { run, config } = record;
    const { platform, data } = run;
    return (
      <>
        <p>
          {`The same command on the same data with the same versions gives the same ${record.comparison ? "scores" : "weights"}.`}
        </p>
        <pre class="command" data-copy>
          <code>{run.command}</code>
        </pre>
        <Facts
          plain
          entries={[
            ["seed", String(run.seed)],
            ["started", formatInstant(run.startedAt)],
            ["wall time", formatDuration(run.wallSeconds)],
            [
              "peak memory",
              run.peakMemoryBytes === undefined ? undefined : formatBytes(run.peakMemoryBytes),
            ],
            ["data", data && <code>{data.source}</code>],
            ["format", data?.format],
            ["data fingerprint", data?.fingerprint && <code class="hash">{data.fingerprint}</code>],
            ["system", platform?.system],
            ["processor", platform?.processor],
            ["threads", platform?.threads === undefined ? undefined : String(platform.threads)],
            ...Object.entries(run.versions).map(
              ([name, version]) => [name, <code key={name}>{version}</code>] as const,
            ),
          ]}
        />
        {config.trim() !== "" && (
          <>
            <h3>
              Configuration <span class="note">every default written out</span>
            </h3>
            <pre class="config" data-copy>
              <code>
                {config
                  .trimEnd()
                  .split("\n")
                  .map((line, k) => (
                    <ConfigLine key={k} line={line} />
                  ))}
              </code>
            </pre>
          </>
        )}
      </>
    );
  },
};

/** One line of YAML with its key and its comment set apart. */
function ConfigLine({ line }: { line: string }) {
  const parts = /^(\s*(?:- )?)([^\s#:"'{[][^:#]*)(:)(\s.*|)$/.exec(line);
  if (parts === null) {
    return (
      <>
        {/^\s*#/.test(line) ? <i>{line}</i> : line}
        {"\n"}
      </>
    );
  }
  const [, indent, key, colon, rest] = parts;
  const comment = /\s#.*$/.exec(rest)?.[0] ?? "";
  return (
    <>
      {indent}
      <b>{key}</b>
      {colon}
      {rest.slice(0, rest.length - comment.length)}
      {comment !== "" && <i>{comment}</i>}
      {"\n"}
    </>
  );
}
