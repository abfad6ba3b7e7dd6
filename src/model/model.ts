import { checkSafe } from "../compiler/onnx/check-safe.ts";
import { readModel } from "../compiler/onnx/read.ts";
import { createSession, type OnnxSession } from "../compiler/onnx/session/session.ts";
import { BackendError, countRows, DataError, didYouMean } from "../core/errors.ts";
import { type Column, columnOf, countMissing, type Table, take } from "../data/columns.ts";
import { modalities } from "../modalities/modalities.ts";
import type { EncodeContext, Modality, RawTensor } from "../modalities/modality.ts";
import { viewOf } from "../modalities/views.ts";
import type { Evaluation, Outputs, TaskKind } from "../tasks/task.ts";
import { taskKinds } from "../tasks/tasks.ts";
import { cellTruth } from "../train/cell-answers.ts";
import { inputCells, sourceColumns } from "../train/input-cells.ts";
import { decodeMetadata, type ModelMetadata, metadataKey } from "./metadata.ts";
import { memberName, placesOf, type Route, routeFeed } from "./routes.ts";
import { checkSeal } from "./seal.ts";

/** Rows of one call of the session: enough to be fast, few enough to keep memory flat. */
const chunkRows = 1024;

export interface ModelInput {
  readonly name: string;
  readonly column: string;
  /** Where one cell is made of several columns, in their order; `column` is then the input's name. */
  readonly columns?: readonly string[];
  readonly modality: Modality;
  readonly options: unknown;
  readonly state: unknown;
}

export interface ModelTask {
  readonly name: string;
  readonly column: string;
  readonly kind: TaskKind;
  readonly options: unknown;
  readonly state: unknown;
  readonly weight: number;
  /** Where each row belongs to one of several learned tasks, by a column. */
  readonly route?: Route;
}

/** Called for every cell that could not be read; throwing stops the prediction. */
export type OnProblem = (column: string, row: number, message: string) => void;

/**
 * A trained model: an ONNX session, and what is needed to turn table cells into its inputs and its
 * outputs into predictions. The ONNX bytes are all there is of it.
 */
export class Model {
  readonly metadata: ModelMetadata;
  readonly inputs: readonly ModelInput[];
  readonly tasks: readonly ModelTask[];
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  private readonly session: OnnxSession;

  private constructor(
    bytes: Uint8Array,
    metadata: ModelMetadata,
    inputs: readonly ModelInput[],
    tasks: readonly ModelTask[],
    session: OnnxSession,
  ) {
    this.bytes = bytes;
    this.metadata = metadata;
    this.inputs = inputs;
    this.tasks = tasks;
    this.session = session;
  }

  /**
   * Opens a model from the bytes of its ONNX file.
   * @throws BackendError MODEL_CORRUPT for bytes that are no model of polytask, are damaged or unsafe.
   */
  static async open(
    bytes: Uint8Array,
    options: {
      readonly where?: string;
      readonly threads?: number;
      readonly provider?: "auto" | "native" | "web";
    } = {},
  ): Promise<Model> {
    const where = options.where ?? "model";
    await checkSeal(bytes, where);
    const onnx = readModel(bytes, where);
    checkSafe(onnx, {}, where);
    const metadata = decodeMetadata(onnx.metadata[metadataKey], where);
    const { inputs, tasks } = rowsOf(metadata, where);
    const session = await openSession(bytes, options, where);
    return new Model(bytes, metadata, inputs, tasks, session);
  }

  /** Results of every task for all rows of a table: task → output name → row-major values. */
  async outputs(table: Table, onProblem: OnProblem = () => {}): Promise<Record<string, Outputs>> {
    this.checkColumns(table);
    const parts: Record<string, Outputs>[] = [];
    for (let start = 0; start < table.rows; start += chunkRows) {
      parts.push(
        await this.chunk(table, start, Math.min(chunkRows, table.rows - start), onProblem),
      );
    }
    return parts.length === 1 ? parts[0] : this.join(parts);
  }

  private async chunk(
    table: Table,
    start: number,
    count: number,
    onProblem: OnProblem,
  ): Promise<Record<string, Outputs>> {
    const feeds: Record<string, RawTensor> = {};
    const rows = Int32Array.from({ length: count }, (_, i) => start + i);
    for (const input of this.inputs) {
      const read = sourceColumns(input);
      const columns = new Map(
        read.map((name) => {
          const whole = columnOf(table, name);
          return [name, count === table.rows ? whole : take(whole, rows)] as const;
        }),
      );
      const context: EncodeContext = {
        baseDir: table.baseDir,
        origin: table.origin,
        firstRow: start,
        problem: (row, message) => onProblem(input.column, start + row, message),
      };
      const column = inputCells({ ...table, rows: count, columns }, input, context);
      Object.assign(
        feeds,
        await viewOf(input, this.metadata.view).raw(input.state, input.name, column, context),
      );
    }
    for (const { name, route } of this.tasks) {
      if (!route) continue;
      const whole = columnOf(table, route.by);
      const column = count === table.rows ? whole : take(whole, rows);
      const part = { ...table, rows: count, columns: new Map([[route.by, column]]) };
      Object.assign(feeds, await routeFeed({ name, route }, part));
    }
    const results = await this.session.run(feeds);
    return Object.fromEntries(
      this.tasks.map((t) => [
        t.name,
        Object.fromEntries(
          t.kind
            .outputs(t.state)
            .map((o) => [o.name, results[`${t.name}.${o.name}`].data as Float32Array]),
        ),
      ]),
    );
  }

  private join(parts: readonly Record<string, Outputs>[]): Record<string, Outputs> {
    return Object.fromEntries(
      this.tasks.map((t) => [
        t.name,
        Object.fromEntries(
          t.kind
            .outputs(t.state)
            .map((o) => [o.name, concatenate(parts.map((p) => p[t.name][o.name]))]),
        ),
      ]),
    );
  }

  /** Predictions row by row, as the API gives them: an object a task. */
  async predictTable(table: Table, onProblem?: OnProblem): Promise<Record<string, unknown>[]> {
    const outputs = await this.outputs(table, onProblem);
    return Array.from({ length: table.rows }, (_, row) =>
      Object.fromEntries(
        this.tasks.map((t) => [t.name, t.kind.decode(t.state, outputs[t.name], row)]),
      ),
    );
  }

  /**
   * Metrics of every task whose column is in the table; of one with tasks for the values of a column also
   * those of every value with labels, as `<task>.<value>`.
   * @throws DataError DATA_SCHEMA where none is, DATA_EMPTY where no row has a label.
   */
  async evaluateTable(table: Table, onProblem?: OnProblem): Promise<Record<string, Evaluation>> {
    const present = this.tasks.filter((t) => table.columns.has(t.column));
    if (present.length === 0) throw noLabelColumn(table.origin, this.tasks);
    const labels = present.map((t) => table.columns.get(t.column) as Column);
    if (labels.every((column) => countMissing(column) === column.length))
      throw noLabels(table.origin, table.rows, present);
    const truths = await Promise.all(present.map((t) => this.truthOf(t, table)));
    const outputs = await this.outputs(table, onProblem);
    const found = Object.fromEntries(
      present.map((t, i) => [t.name, t.kind.evaluate(t.state, truths[i], outputs[t.name])]),
    );
    present.forEach((t, i) => {
      if (t.route) Object.assign(found, evaluateValues(t, t.route, table, truths[i], outputs));
    });
    return found;
  }

  /**
   * A task's labels in a table, `[rows, labelWidth]`, NaN where one is missing.
   * @param first number of the table's first row, for messages.
   */
  async truthOf(task: ModelTask, table: Table, first = 0): Promise<Float64Array> {
    const { baseDir, origin } = table;
    const cells = await cellTruth(task, this.inputs, table, { baseDir, origin, firstRow: first });
    return cells ?? task.kind.truth(task.state, columnOf(table, task.column), first);
  }

  /** The columns that predictions are made from. */
  get columns(): readonly string[] {
    const routes = this.tasks.flatMap((t) => t.route?.by ?? []);
    return [...new Set([...this.inputs.flatMap(sourceColumns), ...routes])];
  }

  /** @throws DataError DATA_SCHEMA naming every missing or retyped input column. */
  private checkColumns(table: Table): void {
    const names = [...table.columns.keys()];
    const missing = this.columns.filter((column) => !table.columns.has(column));
    if (missing.length > 0) {
      const near = didYouMean(missing[0], names);
      throw new DataError(
        "DATA_SCHEMA",
        `${table.origin}: input columns ${missing.join(", ")}; the table has ${names.join(", ") || "none"}`,
        {
          hint: near
            ? `did you mean ${near} for ${missing[0]}?`
            : "an input that no row has may be a column of empty cells",
          details: { missing },
        },
      );
    }
    const read = this.inputs.flatMap((input) =>
      sourceColumns(input).map((name) => ({ input, name })),
    );
    for (const { input, name } of read) {
      const column = table.columns.get(name) as Column;
      const { storage, joins } = input.modality;
      const allowed = input.columns && joins ? joins.storage : storage;
      if (!allowed.includes(column.storage) && countMissing(column) < column.length) {
        throw new DataError(
          "DATA_SCHEMA",
          `${table.origin}: column ${name} as ${allowed.join(" or ")} (${input.modality.name}); got ${column.storage}`,
          {
            hint: "the model was trained on another type of column: convert the cells",
            details: { column: name },
          },
        );
      }
    }
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}

/** The error for a table without any column of labels. */
export function noLabelColumn(origin: string, tasks: readonly ModelTask[]): DataError {
  return new DataError(
    "DATA_SCHEMA",
    `${origin}: a column of labels (${tasks.map((t) => t.column).join(", ")}); got none of them`,
  );
}

/** The error for a table whose columns of labels are blank. */
export function noLabels(origin: string, rows: number, tasks: readonly ModelTask[]): DataError {
  return new DataError(
    "DATA_EMPTY",
    `${origin}: rows with labels; got none in ${countRows(rows)} of ${tasks.map((t) => t.column).join(", ")}`,
  );
}

/** Metrics of the rows of each value with labels. */
function evaluateValues(
  task: ModelTask,
  route: Route,
  table: Table,
  truth: Float64Array,
  outputs: Readonly<Record<string, Outputs>>,
): Record<string, Evaluation> {
  const width = task.kind.labelWidth(task.state);
  const places = placesOf(route, table);
  const found: Record<string, Evaluation> = {};
  route.values.forEach((value, place) => {
    const own = truth.map((x, i) => (places[Math.floor(i / width)] === place ? x : Number.NaN));
    if (own.every(Number.isNaN)) return;
    found[memberName(task, value)] = task.kind.evaluate(task.state, own, outputs[task.name]);
  });
  return found;
}

/** @throws BackendError MODEL_CORRUPT for a graph that the engine refuses; BACKEND without an engine. */
async function openSession(
  bytes: Uint8Array,
  { threads, provider }: Parameters<typeof createSession>[1] & object,
  where: string,
): Promise<OnnxSession> {
  try {
    return await createSession(bytes, { threads, provider });
  } catch (cause) {
    if (!(cause instanceof BackendError && cause.message.startsWith("session: a model")))
      throw cause;
    const came = cause.message.slice(cause.message.indexOf("; got: ") + "; got: ".length);
    throw new BackendError("MODEL_CORRUPT", `${where}: a model that can be run; ${came}`, {
      cause,
      hint: "the file was damaged or altered since training: copy it again or train anew",
    });
  }
}

/** The rows of the tables that metadata names. @throws BackendError MODEL_CORRUPT. */
function rowsOf(
  metadata: ModelMetadata,
  where: string,
): { readonly inputs: readonly ModelInput[]; readonly tasks: readonly ModelTask[] } {
  return {
    inputs: metadata.inputs.map((i) => ({
      ...i,
      modality: find<Modality>(modalities, i.modality, "modality", where),
    })),
    tasks: metadata.tasks.map((t) => ({
      ...t,
      kind: find<TaskKind>(taskKinds, t.kind, "task kind", where),
    })),
  };
}

function find<T>(
  table: Readonly<Record<string, unknown>>,
  name: string,
  what: string,
  where: string,
): T {
  const row = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!row) {
    throw new BackendError("MODEL_CORRUPT", `${where}: a ${what} this version knows; got ${name}`, {
      hint: "the model may be of a later version: update polytask",
    });
  }
  return row as T;
}

type Values = Outputs[string];

function concatenate(parts: readonly Values[]): Values {
  const [first] = parts;
  if (Array.isArray(first)) return (parts as string[][]).flat();
  const arrays = parts as Float32Array[];
  const Constructor = (first as Float32Array).constructor as Float32ArrayConstructor;
  const out = new Constructor(arrays.reduce((n, a) => n + a.length, 0));
  let at = 0;
  for (const a of arrays) {
    out.set(a, at);
    at += a.length;
  }
  return out;
}
