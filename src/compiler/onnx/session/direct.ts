import { readModel } from "../read.ts";
import { dtypeCode, type OnnxDType } from "../tensor-data.ts";
import type {
  EngineFeeds,
  EngineFetches,
  EngineTensor,
  OpenEngine,
  SessionOptions,
} from "./engine.ts";
import { type Library, openLibrary, type Pointer } from "./library.ts";

const optimizations = { disabled: 0, basic: 1, all: 99 } as const;
const onlyFatal = 4;
/** The allocator and the memory of plain arrays. */
const device = 0;
const plain = 0;

/**
 * Loads a binding that calls the library itself, for runs whose arrays are all fixed beforehand: tensors are
 * made once, and no output is copied that nobody reads. It computes what `native` does, bit for bit, the
 * library being the same.
 */
export async function loadDirect(): Promise<OpenEngine> {
  opened ??= openLibrary().then(prepare);
  const shared = await opened;
  return async (bytes, options) => {
    const { inputs, outputs } = readModel(bytes);
    const session = createSession(shared, bytes, options);
    const releases: (() => void)[] = [];
    return {
      backend: "direct",
      inPlace: true,
      inputs: inputs.map(port),
      outputs: outputs.map(port),
      tensor: (type, data, dims) => ({ type, data, dims }),
      run() {
        throw new Error("arrays for all outputs: this binding makes none");
      },
      bind(feeds, fetches) {
        const { run, release } = bindRun(shared, session, feeds, fetches);
        releases.push(release);
        return run;
      },
      release() {
        for (const release of releases) release();
        shared.library.ReleaseSession(session);
      },
    };
  };
}

/** The library with what all sessions of the process use. It stays loaded, as the engine itself does. */
interface Shared {
  readonly library: Library;
  readonly environment: Pointer;
  readonly memory: Pointer;
}

let opened: Promise<Shared> | undefined;

function prepare(library: Library): Shared {
  const environment = made(library, (into) => library.CreateEnv(onlyFatal, "polytask", into));
  const memory = made(library, (into) => library.CreateCpuMemoryInfo(device, plain, into));
  return { library, environment, memory };
}

function createSession(
  { library, environment }: Shared,
  bytes: Uint8Array,
  { threads, spin, optimization = "all" }: SessionOptions,
): Pointer {
  const options = made(library, (into) => library.CreateSessionOptions(into));
  const set = (status: unknown) => check(library, status);
  try {
    set(library.SetSessionLogSeverityLevel(options, onlyFatal));
    set(library.SetSessionGraphOptimizationLevel(options, optimizations[optimization]));
    if (threads !== undefined) set(library.SetIntraOpNumThreads(options, threads));
    set(library.SetInterOpNumThreads(options, 1));
    for (const pool of ["intra_op", "inter_op"]) {
      const key = `session.${pool}.allow_spinning`;
      set(library.AddSessionConfigEntry(options, key, spin ? "1" : "0"));
    }
    return made(library, (into) =>
      library.CreateSessionFromArray(environment, bytes, bytes.length, options, into),
    );
  } finally {
    library.ReleaseSessionOptions(options);
  }
}

/** Makes the tensors of a run, over arrays that lie where they are until `release`. */
function bindRun(shared: Shared, session: Pointer, feeds: EngineFeeds, fetches: EngineFetches) {
  const { library } = shared;
  const ins = listOf(shared, feeds);
  const outs = listOf(shared, fetches);
  const arrays = [...ins.arrays, ...outs.arrays];
  const buffers = [...new Set(arrays.map((a) => a.buffer))].filter((b) => b.byteLength > 0);
  return {
    run: (): EngineFeeds => {
      // Memory that was given away or has grown is no longer where the tensors point.
      if (buffers.some((b) => b.byteLength === 0)) {
        throw new Error("arrays that are still there; got one whose memory has grown or moved");
      }
      check(
        library,
        library.Run(
          session,
          null,
          ins.names,
          ins.values,
          ins.values.length,
          outs.names,
          outs.values.length,
          outs.values,
        ),
      );
      return {};
    },
    release() {
      for (const value of [...ins.values, ...outs.values]) library.ReleaseValue(value);
    },
  };
}

/** Names and tensors as the library takes them: arrays of addresses. */
function listOf({ library, memory }: Shared, tensors: EngineFetches) {
  const texts = Object.keys(tensors).map((name) => new TextEncoder().encode(`${name}\0`));
  const arrays: ArrayBufferView[] = [];
  const values = Object.values(tensors).map((tensor) => {
    const { type, dims, data } = tensor as EngineTensor & { data: ArrayBufferView };
    const shape = BigInt64Array.from(dims, BigInt);
    const code = dtypeCode(type as OnnxDType);
    arrays.push(data);
    return made(library, (into) =>
      library.CreateTensorWithDataAsOrtValue(
        memory,
        data,
        data.byteLength,
        shape,
        shape.length,
        code,
        into,
      ),
    );
  });
  return {
    names: BigUint64Array.from(texts, (text) => library.address(text)),
    values: BigUint64Array.from(values),
    // Held so that they stay where the library reads them.
    arrays: [...arrays, ...texts],
  };
}

/** The address that a call writes. */
function made(library: Library, call: (into: BigUint64Array) => unknown): Pointer {
  const into = new BigUint64Array(1);
  // The buffer of a short array moves once it is asked for; from then on it stays.
  void into.buffer;
  check(library, call(into));
  return into[0];
}

/** @throws Error with the library's message where a call failed. */
function check(library: Library, status: unknown): void {
  if (!status) return;
  const message = String(library.GetErrorMessage(status as Pointer));
  library.ReleaseStatus(status as Pointer);
  throw new Error(message);
}

function port({ name, dtype, dims = [] }: ReturnType<typeof readModel>["inputs"][number]) {
  return { name, dtype, dims };
}
