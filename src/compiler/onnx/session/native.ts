import { dtypeOfCode } from "../tensor-data.ts";
import type {
  EngineFeeds,
  EngineFetches,
  EngineSession,
  EngineTensor,
  OpenEngine,
  Port,
  SessionOptions,
} from "./engine.ts";

interface NativePort {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type: number;
  readonly shape: readonly number[];
  readonly symbolicDimensions: readonly string[];
}

interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  readonly inputMetadata: readonly NativePort[];
  readonly outputMetadata: readonly NativePort[];
  run(feeds: EngineFeeds, fetches: EngineFetches, options: object): EngineFeeds;
  dispose(): void;
}

/** What the engine's own module under the public one exports; it is not documented, so it is checked. */
interface Binding {
  readonly binding?: { readonly InferenceSession?: new () => NativeSession };
  readonly initOrt?: () => void;
}

/**
 * Loads the synchronous binding: it saves the promise and the timer of each run, and writes results
 * where the caller wants them. Throws where the native library does not load or has changed.
 */
export async function loadNative(): Promise<OpenEngine> {
  const { env, Tensor } = await import("onnxruntime-node");
  env.logLevel = "error";
  const module = (await import("onnxruntime-node/dist/binding.js")) as unknown as Binding;
  const Session = module.binding?.InferenceSession;
  if (Session === undefined || module.initOrt === undefined) {
    throw new Error("onnxruntime-node without its synchronous binding");
  }
  module.initOrt();
  const NewTensor = Tensor as unknown as new (...of: unknown[]) => EngineTensor;
  return async (bytes, options): Promise<EngineSession> => {
    const session = new Session();
    session.loadModel(bytes.buffer, bytes.byteOffset, bytes.length, nativeOptions(options));
    return {
      backend: "native",
      inPlace: true,
      inputs: session.inputMetadata.map(port),
      outputs: session.outputMetadata.map(port),
      tensor: (type, data, dims) => new NewTensor(type, data, dims),
      run: (feeds, fetches) => session.run(feeds, fetches, {}),
      release: () => session.dispose(),
    };
  };
}

/**
 * Denormals are kept: flushing them changes the floating-point mode of the calling thread for good,
 * so that JavaScript's own arithmetic would lose them too.
 */
export function nativeOptions(options: SessionOptions): object {
  const spin = options.spin ? "1" : "0";
  return {
    executionProviders: ["cpu"],
    executionMode: "sequential",
    graphOptimizationLevel: options.optimization ?? "all",
    enableCpuMemArena: true,
    enableMemPattern: true,
    interOpNumThreads: 1,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    // Errors are thrown; the engine need not write them to the terminal as well.
    logSeverityLevel: 4,
    extra: {
      session: { intra_op: { allow_spinning: spin }, inter_op: { allow_spinning: spin } },
    },
  };
}

function port(info: NativePort): Port {
  return {
    name: info.name,
    dtype: info.isTensor ? (dtypeOfCode(info.type) ?? `type ${info.type}`) : undefined,
    dims: info.isTensor
      ? info.shape.map((size, i) => (size < 0 ? info.symbolicDimensions[i] : size))
      : [],
  };
}
