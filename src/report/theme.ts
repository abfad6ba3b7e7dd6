/** The colours of one theme, as CSS variables. */
type Theme = Readonly<Record<string, string>>;

/**
 * Series colours follow Okabe and Ito's palette, which stays apart under the common kinds of colour blindness; yellow is
 * darkened and black turned to grey to be legible on both grounds. Dashes tell series apart where colour does not.
 */
const light: Theme = {
  ground: "#ffffff",
  panel: "#f6f7f9",
  rule: "#e0e3e8",
  faint: "#a9b0bb",
  note: "#596273",
  ink: "#1b212c",
  link: "#00629b",
  heat: "#005b96",
  "heat-negative": "#b44500",
  "on-heat": "#ffffff",
  good: "#00694c",
  "good-ground": "#e3f3ec",
  bad: "#a63c00",
  "bad-ground": "#fbeadf",
  unclear: "#5c6470",
  c0: "#0072b2",
  c1: "#d55e00",
  c2: "#009e73",
  c3: "#b0588d",
  c4: "#c78500",
  c5: "#3b9bd4",
  c6: "#8a7a00",
  c7: "#6b7380",
};

const dark: Theme = {
  ground: "#12161d",
  panel: "#1a2029",
  rule: "#2d3541",
  faint: "#5f6a7a",
  note: "#9ea8b7",
  ink: "#e6e9ee",
  link: "#74bdf0",
  heat: "#5bb0ec",
  "heat-negative": "#f0884a",
  "on-heat": "#0b1016",
  good: "#4fcf9f",
  "good-ground": "#143328",
  bad: "#f59a62",
  "bad-ground": "#3a2317",
  unclear: "#a6afbc",
  c0: "#4aa8e8",
  c1: "#f28340",
  c2: "#2fc596",
  c3: "#dd93bf",
  c4: "#e9b03a",
  c5: "#9fd3f7",
  c6: "#d6c84a",
  c7: "#9aa4b2",
};

const variables = (theme: Theme) =>
  Object.entries(theme)
    .map(([name, value]) => `--${name}:${value};`)
    .join("");

/** The variables of both themes: the system's choice unless the reader chose, always light in print. */
export const themeStyle = `
:root{color-scheme:light;${variables(light)}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${variables(dark)}}}
:root[data-theme=dark]{color-scheme:dark;${variables(dark)}}
@media print{:root:root:root{color-scheme:light;${variables(light)}}}
`;
