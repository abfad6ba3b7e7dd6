import { BackendError, didYouMean, ShapeError, show } from "../../../core/errors.ts";
import { showShape } from "../../../core/shape.ts";
import { checkTensor, isStrings, type OnnxTensor, type TensorData } from "../tensor-data.ts";
import { loadDirect } from "./direct.ts";
import {
  cleanMessage,
  type EngineFeeds,
  type EngineFetches,
  type EngineSession,
  type EngineTensor,
  engineError,
  type OnnxBackend,
  type OpenEngine,
  type Port,
  type SessionOptions,
} from "./engine.ts";
import { loadNative } from "./native.ts";
import { loadNativeAsync, loadWeb } from "./public-api.ts";

export type TensorMap = Readonly<Record<string, OnnxTensor>>;

/** A run with its tensors fixed: every call reads the inputs' arrays and fills the outputs'. */
export interface BoundRun {
  /** Synchronous where the session's backend is `direct` or `native`. @throws BackendError BACKEND. */
  run(): void | Promise<void>;
}

/** A model ready to compute. Native computation blocks the event loop while it lasts. */
export interface OnnxSession {
  readonly backend: OnnxBackend;
  /** Names that must be fed: inputs with a default in the model are not among them. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Fixes the arrays of inputs and outputs, which may be views of one `WebAssembly.Memory`. Native runs
   * read and write them in place; growing that memory afterwards makes the bound run fail.
   * @throws ShapeError where a tensor does not fit the model; BackendError BACKEND for wrong names.
   */
  bind(inputs: TensorMap, outputs: TensorMap): BoundRun;
  /**
   * Computes the named outputs, all by default, into new arrays.
   * @throws as `bind`.
   */
  run(inputs: TensorMap, outputs?: readonly string[]): Promise<Record<string, OnnxTensor>>;
  /** Frees the session's memory; using it afterwards is an error. */
  dispose(): Promise<void>;
}

const loaders: Readonly<Record<OnnxBackend, () => Promise<OpenEngine>>> = {
  direct: loadDirect,
  native: loadNative,
  "native-async": loadNativeAsync,
  web: loadWeb,
};

const attempts: Readonly<Record<"auto" | OnnxBackend, readonly OnnxBackend[]>> = {
  auto: ["native", "native-async", "web"],
  direct: ["direct"],
  native: ["native", "native-async"],
  "native-async": ["native-async"],
  web: ["web"],
};

/**
 * Opens the bytes of an ONNX model. onnxruntime is loaded by the first call, not by importing this.
 * @throws BackendError BACKEND where no engine loads or the engine refuses the model.
 */
export async function createSession(
  bytes: Uint8Array,
  options: SessionOptions = {},
): Promise<OnnxSession> {
  const { threads, provider = "auto", bound = false } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new BackendError("BACKEND", `session threads: a whole number from 1; got ${threads}`);
  }
  const first: readonly OnnxBackend[] = bound && provider === "auto" ? ["direct"] : [];
  const open = await loadFirst([...first, ...attempts[provider]]);
  try {
    return new CheckedSession(await open(bytes, options));
  } catch (error) {
    throw engineError("session", "a model that the engine runs", error);
  }
}

async function loadFirst(backends: readonly OnnxBackend[]): Promise<OpenEngine> {
  const failures: unknown[] = [];
  for (const backend of backends) {
    try {
      return await loaders[backend]();
    } catch (error) {
      failures.push(error);
    }
  }
  const reasons = backends.map((backend, i) => `${backend}: ${cleanMessage(failures[i])}`);
  throw new BackendError(
    "BACKEND",
    `session: an engine that loads on this platform; got ${reasons.join("; ")}`,
    {
      cause: failures[0],
      hint: "install onnxruntime-node, or onnxruntime-web where no native library exists",
    },
  );
}

class CheckedSession implements OnnxSession {
  readonly backend: OnnxBackend;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  private readonly inputs: ReadonlyMap<string, Port>;
  private readonly outputs: ReadonlyMap<string, Port>;
  private disposed = false;
  private readonly engine: EngineSession;

  constructor(engine: EngineSession) {
    this.engine = engine;
    this.backend = engine.backend;
    this.inputs = new Map(engine.inputs.map((port) => [port.name, port]));
    this.outputs = new Map(engine.outputs.map((port) => [port.name, port]));
    this.inputNames = [...this.inputs.keys()];
    this.outputNames = [...this.outputs.keys()];
  }

  bind(inputs: TensorMap, outputs: TensorMap): BoundRun {
    const feeds = this.feeds(inputs);
    const fetches: EngineFetches = {};
    const copied: string[] = [];
    for (const [name, tensor] of Object.entries(outputs)) {
      const where = `output ${show(name)}`;
      checkPort(portOf(this.outputs, name, "output"), tensor, where);
      const written = this.engine.inPlace && tensor.dtype !== "string";
      fetches[name] = written ? this.toEngine(tensor, where) : null;
      if (!written) copied.push(name);
    }
    const copy = (results: EngineFeeds): void => {
      for (const name of copied) copyInto(results[name], outputs[name], name);
    };
    const run = this.engine.bind?.(feeds, fetches) ?? (() => this.engine.run(feeds, fetches));
    if (!this.engine.inPlace) return { run: async () => copy(await this.call(run)) };
    return { run: () => copy(this.call(run) as EngineFeeds) };
  }

  async run(
    inputs: TensorMap,
    outputs: readonly string[] = this.outputNames,
  ): Promise<Record<string, OnnxTensor>> {
    const feeds = this.feeds(inputs);
    const fetches: EngineFetches = {};
    for (const name of outputs) fetches[portOf(this.outputs, name, "output").name] = null;
    const results = await this.call(() => this.engine.run(feeds, fetches));
    return Object.fromEntries(outputs.map((name) => [name, fromEngine(results[name], name)]));
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.engine.release();
  }

  private feeds(inputs: TensorMap): EngineFeeds {
    const feeds: EngineFeeds = {};
    for (const [name, tensor] of Object.entries(inputs)) {
      const where = `input ${show(name)}`;
      checkPort(portOf(this.inputs, name, "input"), tensor, where);
      feeds[name] = this.toEngine(tensor, where);
    }
    for (const name of this.inputNames) {
      if (feeds[name] === undefined) {
        throw new BackendError("BACKEND", `input ${show(name)}: a tensor; got none`);
      }
    }
    return feeds;
  }

  private toEngine({ dtype, dims, data }: OnnxTensor, where: string): EngineTensor {
    if (!isStrings(data) && data.buffer.constructor.name === "SharedArrayBuffer") {
      throw new BackendError("BACKEND", `${where}: memory of its own; got a SharedArrayBuffer`);
    }
    return this.engine.tensor(dtype, data, dims);
  }

  private call(run: () => EngineFeeds | Promise<EngineFeeds>): EngineFeeds | Promise<EngineFeeds> {
    if (this.disposed) throw new BackendError("BACKEND", "session: one in use; got a disposed one");
    try {
      const results = run();
      if (!(results instanceof Promise)) return results;
      return results.catch((error) => {
        throw runError(error);
      });
    } catch (error) {
      throw runError(error);
    }
  }
}

function runError(error: unknown): BackendError {
  return engineError("session run", "tensors that the model takes", error);
}

function portOf(ports: ReadonlyMap<string, Port>, name: string, what: string): Port {
  const port = ports.get(name);
  if (port !== undefined) return port;
  const near = didYouMean(name, ports.keys());
  throw new BackendError(
    "BACKEND",
    `session ${what}: one of ${show([...ports.keys()], 200)}; got ${show(name)}`,
    near === undefined ? {} : { hint: `did you mean ${show(near)}?` },
  );
}

/** @throws ShapeError where a tensor's type, rank or a known size differs from the model's. */
function checkPort(port: Port, tensor: OnnxTensor, where: string): void {
  checkTensor(tensor, where);
  if (port.dtype !== tensor.dtype) {
    throw new ShapeError("DTYPE_MISMATCH", `${where}: ${port.dtype}; got ${tensor.dtype}`);
  }
  const { dims } = port;
  const fits =
    dims.length === tensor.dims.length &&
    dims.every((size, i) => typeof size !== "number" || size === tensor.dims[i]);
  // No sizes may mean a scalar or any shape; the engine knows which.
  if (dims.length > 0 && !fits) {
    const expected = `[${dims.map((size) => (size === "" ? "?" : size)).join(", ")}]`;
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: shape ${expected}; got ${showShape(tensor.dims)}`,
    );
  }
}

function fromEngine(result: EngineTensor, name: string): OnnxTensor {
  const tensor = {
    dtype: result.type as OnnxTensor["dtype"],
    dims: result.dims,
    data: result.data as TensorData,
  };
  checkTensor(tensor, `output ${show(name)}`);
  return tensor;
}

function copyInto(result: EngineTensor, target: OnnxTensor, name: string): void {
  const { dims, data } = fromEngine(result, name);
  checkPort({ name, dtype: result.type, dims }, target, `output ${show(name)}`);
  const into = target.data;
  if (isStrings(into)) {
    for (const [i, text] of (data as string[]).entries()) into[i] = text;
  } else (into as Uint8Array).set(data as Uint8Array);
}
