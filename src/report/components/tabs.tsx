import type { ComponentChildren } from "preact";

/** Panels one below the other, each under its heading; where scripts run, one at a time behind a row of tabs. */
export function Tabs(props: {
  label: string;
  /** Prefix of the panels' anchors. */
  name: string;
  panels: readonly {
    readonly title: string;
    readonly note?: string;
    readonly body: ComponentChildren;
  }[];
}) {
  return (
    <div class="tabs" data-tabs={props.panels.length > 1 ? props.label : undefined}>
      {props.panels.map((panel, k) => (
        <section
          key={panel.title}
          class="panel"
          id={`${props.name}-${k + 1}`}
          data-tab={panel.title}
        >
          <h3>
            <bdi>{panel.title}</bdi>
            {panel.note !== undefined && <span class="note">{panel.note}</span>}
          </h3>
          {panel.body}
        </section>
      ))}
    </div>
  );
}
