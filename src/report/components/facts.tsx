import type { ComponentChildren } from "preact";

/** Names and values side by side; entries without a value are left out. */
export function Facts(props: {
  entries: readonly (readonly [string, ComponentChildren | undefined])[];
  plain?: boolean;
}) {
  const shown = props.entries.filter(([, value]) => value !== undefined && value !== "");
  return (
    <dl class={props.plain ? "facts plain" : "facts"}>
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
