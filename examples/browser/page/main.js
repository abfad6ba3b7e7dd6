/** Opens the model, fills the page, and predicts again after every change. */
import { tableFromRows } from "/src/data/from-rows.ts";
import { viewOf } from "/src/modalities/views.ts";
import { Model } from "/src/model/model.ts";
import { element } from "./element.js";
import { makeFields } from "./fields.js";
import { makeResults } from "./results.js";

const byId = (id) => document.getElementById(id);

/** The address of a file as bytes. */
async function download(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A cell as the model takes it: what JSON cannot say is written `{ base64 }`. */
function cellOf(value) {
  if (value === null || typeof value !== "object" || !("base64" in value)) return value;
  return Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0));
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function start() {
  const [bytes, examples] = await Promise.all([
    download("/model.onnx"),
    fetch("/rows.json").then((response) => response.json()),
  ]);
  const model = await Model.open(bytes, { where: "model.onnx", provider: "web" });
  // For the console: model.predictTable(tableFromRows([{ … }])).
  Object.assign(globalThis, { polytask: { model, tableFromRows, viewOf } });

  let label;
  let [running, waiting] = [false, false];
  const fields = makeFields(model.inputs, examples.rows, predict);
  const results = makeResults(model.tasks, examples.rows);
  byId("inputs").append(...fields.map((field) => field.box));
  byId("tasks").append(...results.map((result) => result.box));

  /** One prediction at a time; changes meanwhile make one more. */
  async function predict() {
    waiting = true;
    if (running) return;
    running = true;
    while (waiting) {
      waiting = false;
      const row = Object.fromEntries(fields.map((field) => [field.column, field.get()]));
      const unread = [];
      const started = performance.now();
      const [prediction] = await model.predictTable(tableFromRows([row]), (column, _, message) =>
        unread.push(`${column}: ${message}`),
      );
      const time = performance.now() - started;
      for (const result of results) result.show(prediction[result.name], label?.[result.name]);
      byId("tasks-note").textContent = unread[0] ?? `computed here in ${time.toFixed(1)} ms`;
    }
    running = false;
  }

  function choose(row, button) {
    for (const other of byId("rows").children) {
      other.setAttribute("aria-selected", String(other === button));
    }
    label = row.truth;
    for (const field of fields) field.set(cellOf(row.cells[field.column]));
    return predict();
  }

  byId("rows-note").textContent = examples.note;
  fillRows(model, examples.rows, choose);
  byId("status").textContent =
    `${model.metadata.family} model, ${size(bytes.length)} of ONNX, open in this page`;
  byId("footer").textContent =
    "The page runs the library's own modules and onnxruntime-web. Nothing that you enter leaves it.";
  document.querySelector("main").hidden = false;
  const [first] = byId("rows").children;
  // The first prediction also warms up; the time of the second is shown.
  if (first) for (let i = 0; i < 2; i++) await first.onclick();
  document.body.dataset.ready = "true";
}

/** Rows to choose from: pictures where there are some, else words. */
function fillRows(model, rows, choose) {
  const image = model.inputs.find((input) => input.modality.name === "image");
  const list = byId("rows");
  list.className = image ? "pictures" : "lines";
  for (const row of rows) {
    const summary = Object.values(row.cells)
      .filter((cell) => cell !== null && typeof cell !== "object")
      .join(" · ");
    const picture = image && row.cells[image.column];
    const button = element(
      "button",
      { type: "button", role: "option", title: summary || `row ${row.row}` },
      picture
        ? element("img", { alt: summary, src: `data:image/*;base64,${picture.base64}` })
        : summary || `row ${row.row}`,
    );
    button.onclick = () => choose(row, button);
    button.dataset.words = summary.toLowerCase();
    list.append(button);
  }
  byId("search").oninput = ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    for (const button of list.children) button.hidden = !button.dataset.words.includes(wanted);
  };
}

start().catch((error) => {
  byId("status").textContent = error.message;
  document.body.dataset.ready = "failed";
  throw error;
});
