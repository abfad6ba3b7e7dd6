/** Form fields for the inputs of a model, whatever they are. */
import { element } from "./element.js";

/**
 * Makes a field a column.
 * @param inputs the model's inputs; @param examples rows to take the types of cells from.
 * @param changed called after every change.
 */
export function makeFields(inputs, examples, changed) {
  const byColumn = new Map(inputs.map((input) => [input.column, input]));
  return [...byColumn.values()].map((input) => {
    const first = examples.map((row) => row.cells[input.column]).find((cell) => cell !== null);
    return makeField(input, first, changed);
  });
}

function makeField(input, example, changed) {
  const { column, modality, state } = input;
  const control = (makers[modality.name] ?? line)(state, example, changed);
  const present = element("input", { type: "checkbox", checked: true, onchange: update });
  const box = element(
    "div",
    { className: "field" },
    element(
      "label",
      { className: "field-name" },
      present,
      element("b", {}, column),
      element("span", { className: "kind" }, modality.name),
    ),
    control.node,
  );
  function update() {
    box.classList.toggle("dropped", !present.checked);
    changed();
  }
  return {
    column,
    box,
    /** The cell as the model takes it; null where it is dropped. */
    get: () => (present.checked ? control.get() : null),
    set(cell) {
      present.checked = cell !== null;
      box.classList.toggle("dropped", cell === null);
      control.set(cell);
    },
  };
}

const makers = { image: picture, text: paragraph, category: line, boolean: yesNo, number: line };

function paragraph(_, __, changed) {
  const node = element("textarea", { rows: 2, spellcheck: false, oninput: changed });
  return {
    node,
    get: () => node.value,
    set: (cell) => {
      node.value = Array.isArray(cell) ? cell.join(" ") : (cell ?? "");
    },
  };
}

/** One line: a category with its known values, a number, a date. */
function line(state, example, changed) {
  const numeric = typeof example === "number";
  const id = `values-${Math.trunc(performance.now() * 1000)}-${document.querySelectorAll("*").length}`;
  const known = state.categories ?? [];
  const node = element(
    "div",
    {},
    element(
      "datalist",
      { id },
      ...known.slice(0, 500).map((value) => element("option", { value })),
    ),
  );
  const field = element("input", {
    type: numeric ? "number" : "text",
    step: "any",
    oninput: changed,
  });
  if (known.length > 0) field.setAttribute("list", id);
  node.prepend(field);
  return {
    node,
    get: () => (field.value === "" ? null : numeric ? Number(field.value) : field.value),
    set: (cell) => {
      field.value = cell === null ? "" : String(cell);
    },
  };
}

function yesNo(_, __, changed) {
  const options = ["true", "false"].map((value) => element("option", { value }, value));
  const node = element("select", { onchange: changed }, ...options);
  return {
    node,
    get: () => node.value === "true",
    set: (cell) => {
      if (cell !== null) node.value = String(cell);
    },
  };
}

/** A picture, to be replaced by a file that is chosen or dropped. */
function picture(state, _, changed) {
  let bytes = null;
  const shown = element("img", { alt: "the picture that the model sees" });
  const file = element("input", {
    type: "file",
    accept: "image/*",
    hidden: true,
    onchange: () => take(file.files[0]),
  });
  const node = element(
    "div",
    { className: "picture" },
    shown,
    element(
      "div",
      {},
      element("button", { type: "button", onclick: () => file.click() }, "Choose a picture…"),
      element(
        "p",
        { className: "note" },
        `or drop one here. The model sees ${state.width}×${state.height} pixels.`,
      ),
      file,
    ),
  );
  node.ondragover = (event) => event.preventDefault();
  node.ondrop = (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  };
  async function take(chosen) {
    if (chosen === undefined) return;
    show(new Uint8Array(await chosen.arrayBuffer()));
    changed();
  }
  function show(next) {
    URL.revokeObjectURL(shown.src);
    bytes = next;
    if (next === null) shown.removeAttribute("src");
    else shown.src = URL.createObjectURL(new Blob([next]));
  }
  return { node, get: () => bytes, set: show };
}
