import type {
  EngineFeeds,
  EngineFetches,
  EngineSession,
  EngineTensor,
  OnnxBackend,
  OpenEngine,
  Port,
} from "./engine.ts";
import { nativeOptions } from "./native.ts";

/** The interface that onnxruntime-node and onnxruntime-web share, as far as it is used. */
interface Runtime {
  readonly env: { logLevel?: string; wasm: { numThreads?: number } };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => EngineTensor;
  readonly InferenceSession: { create(bytes: Uint8Array, options: object): Promise<PublicSession> };
}

interface PublicSession {
  readonly inputMetadata: readonly PublicPort[];
  readonly outputMetadata: readonly PublicPort[];
  run(feeds: EngineFeeds, fetches: EngineFetches | readonly string[]): Promise<EngineFeeds>;
  release(): Promise<void>;
}

interface PublicPort {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** Loads onnxruntime-node's documented interface, for releases whose inner binding is not as expected. */
export async function loadNativeAsync(): Promise<OpenEngine> {
  const runtime = (await import("onnxruntime-node")) as unknown as Runtime;
  runtime.env.logLevel = "error";
  return (bytes, options) => open(runtime, "native-async", bytes, nativeOptions(options));
}

/**
 * Loads onnxruntime-web's WebAssembly build, for platforms without a native library. The number of
 * threads is that of the process's first session.
 */
export async function loadWeb(): Promise<OpenEngine> {
  const runtime = (await import("onnxruntime-web")) as unknown as Runtime;
  runtime.env.logLevel = "error";
  return (bytes, options) => {
    runtime.env.wasm.numThreads = options.threads ?? 1;
    return open(runtime, "web", bytes, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: options.optimization ?? "all",
      logSeverityLevel: 4,
    });
  };
}

async function open(
  runtime: Runtime,
  backend: OnnxBackend,
  bytes: Uint8Array,
  options: object,
): Promise<EngineSession> {
  const session = await runtime.InferenceSession.create(bytes, options);
  return {
    backend,
    inPlace: false,
    inputs: session.inputMetadata.map(port),
    outputs: session.outputMetadata.map(port),
    tensor: (type, data, dims) => new runtime.Tensor(type, data, dims),
    run: (feeds, fetches) => session.run(feeds, Object.keys(fetches)),
    release: () => session.release(),
  };
}

function port({ name, isTensor, type, shape }: PublicPort): Port {
  return { name, dtype: isTensor ? type : undefined, dims: shape ?? [] };
}
