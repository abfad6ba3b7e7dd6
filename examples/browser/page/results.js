/** What the model says of each task, as bars and scales that move. */
import { element } from "./element.js";

const mostBars = 6;

/** Makes a panel a task: `show(prediction, truth)` moves it. */
export function makeResults(tasks, rows) {
  return tasks.map((task) => {
    const labels = rows.map((row) => row.truth[task.name]).filter((label) => label !== null);
    const panel = panelOf(task, labels);
    const truth = element("span", { className: "truth" });
    const box = element(
      "div",
      { className: "task" },
      element(
        "div",
        { className: "task-name" },
        element("b", {}, task.name),
        element("span", { className: "kind" }, task.kind.name),
        truth,
      ),
      panel.node,
    );
    return {
      name: task.name,
      box,
      show(prediction, label) {
        const right = panel.show(prediction, label);
        truth.className = `truth ${right === undefined ? "" : right ? "right" : "wrong"}`;
        truth.textContent =
          label === undefined ? "" : label === null ? "no label" : `label: ${words(label)}`;
      },
    };
  });
}

function panelOf(task, labels) {
  const { classes } = task.state;
  if (task.kind.name === "binary") {
    return bars(1, (prediction) => ({ [classes[1]]: prediction.probability }), classes.at(1));
  }
  const names = task.kind.outputs(task.state).find((output) => output.labels)?.labels;
  if (names) return bars(names.length, (prediction) => prediction.probabilities);
  return scale(labels.map(Number));
}

/** The most probable classes, a bar each. */
function bars(count, probabilitiesOf, positive) {
  const slots = Array.from({ length: Math.min(count, mostBars) }, () => {
    const fill = element("i");
    const name = element("span", { className: "bar-name" });
    const share = element("span", { className: "bar-share" });
    const row = element("div", { className: "bar" }, name, element("u", {}, fill), share);
    return { row, fill, name, share };
  });
  return {
    node: element("div", {}, ...slots.map((slot) => slot.row)),
    show(prediction, label) {
      const probabilities = Object.entries(probabilitiesOf(prediction));
      probabilities.sort(([, a], [, b]) => b - a);
      const wanted = Array.isArray(label) ? label.map(String) : [words(label)];
      slots.forEach(({ row, fill, name, share }, i) => {
        const [text, p] = probabilities[i];
        name.textContent = text;
        name.title = text;
        share.textContent = percent(p);
        fill.style.width = `${100 * p}%`;
        row.classList.toggle("is-truth", label != null && wanted.includes(text));
      });
      if (label === null || label === undefined || Array.isArray(label)) return undefined;
      if (positive === undefined) return probabilities[0][0] === words(label);
      return probabilities[0][1] > 0.5 === (words(label) === positive);
    },
  };
}

/** A number on the scale of the rows' labels. */
function scale(labels) {
  const [low, high] = [Math.min(...labels), Math.max(...labels)];
  const place = (x) => `${100 * Math.min(Math.max((x - low) / (high - low || 1), 0), 1)}%`;
  const value = element("span", { className: "value" });
  const here = element("i", { className: "here" });
  const there = element("i", { className: "there", title: "label" });
  const ends = [low, high].map((x) => element("span", {}, number(x)));
  return {
    node: element(
      "div",
      { className: "scale" },
      value,
      element("u", {}, there, here),
      element("div", { className: "ends" }, ...ends),
    ),
    show(prediction, label) {
      value.textContent = number(prediction.value);
      here.style.left = place(prediction.value);
      there.hidden = label === null || label === undefined;
      if (!there.hidden) there.style.left = place(Number(label));
      return undefined;
    },
  };
}

function words(label) {
  return Array.isArray(label) ? label.join(", ") : String(label);
}

function percent(p) {
  if (p < 0.001) return "< 0.1 %";
  return `${(100 * p).toFixed(p < 0.0995 || (p > 0.995 && p < 1) ? 1 : 0)} %`;
}

function number(x) {
  return String(Number(x.toPrecision(4)));
}
