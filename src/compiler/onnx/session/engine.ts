import { BackendError } from "../../../core/errors.ts";

/** Which of onnxruntime's bindings runs a session. */
export type OnnxBackend = "direct" | "native" | "native-async" | "web";

export interface SessionOptions {
  /** Threads of one operator. Default: the engine's own choice, one a physical core (web: 1). */
  readonly threads?: number;
  /** Whether idle threads wait in a busy loop: faster alone, much slower beside other work. Default false. */
  readonly spin?: boolean;
  /**
   * The binding to use. `auto`, the default, takes the first that loads: `native` (which falls back to
   * its own asynchronous interface), then `web`.
   */
  readonly provider?: "auto" | OnnxBackend;
  /** Whether all runs will be bound ones of numbers: `auto` then tries `direct` first. Default false. */
  readonly bound?: boolean;
  /** Graph rewriting at creation: `all` (default), or less for graphs of thousands of nodes. */
  readonly optimization?: "all" | "basic" | "disabled";
}

/** A graph input or output as the engine declares it: `dtype` is undefined for what is not a tensor. */
export interface Port {
  readonly name: string;
  readonly dtype: string | undefined;
  readonly dims: readonly (number | string)[];
}

/** The tensor class of a binding. */
export interface EngineTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

export type EngineFeeds = Record<string, EngineTensor>;
export type EngineFetches = Record<string, EngineTensor | null>;

/** A session as a binding offers it. */
export interface EngineSession {
  readonly backend: OnnxBackend;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Whether tensors among the fetches are written where they lie. */
  readonly inPlace: boolean;
  tensor(type: string, data: unknown, dims: readonly number[]): EngineTensor;
  run(feeds: EngineFeeds, fetches: EngineFetches): EngineFeeds | Promise<EngineFeeds>;
  /** Prepares runs with the same tensors, all of them given, where the binding gains by that. */
  bind?(feeds: EngineFeeds, fetches: EngineFetches): () => EngineFeeds;
  release(): void | Promise<void>;
}

export type OpenEngine = (bytes: Uint8Array, options: SessionOptions) => Promise<EngineSession>;

/**
 * Turns what a binding threw into an error of ours, with its text as the cause.
 * @returns BackendError BACKEND.
 */
export function engineError(where: string, expected: string, cause: unknown): BackendError {
  return new BackendError("BACKEND", `${where}: ${expected}; got: ${cleanMessage(cause)}`, {
    cause,
  });
}

/** onnxruntime's message without status codes, source files and C++ signatures. */
export function cleanMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const plain = text
    .replace(/(?:failed to call \w+\(\)|Can't [\w ]+)\. ERROR_CODE: \d+, ERROR_MESSAGE:\s*/g, "")
    .replace(/\[ONNXRuntimeError\] : \d+ : \w+ :\s*/g, "")
    .replace(/Non-zero status code returned while running (\w+) node\. /g, "$1 node. ")
    .replace(/Status Message:\s*/g, "")
    .replace(/\S+\.(?:cc|h):\d+ .*?\)(?: const)?(?: \[with [^\]]*\])? (?=[A-Z])/g, "")
    .replace(/\S+\.(?:cc|h):\d+ /g, "")
    .replace(/\s+/g, " ")
    .trim();
  return plain.length > 400 ? `${plain.slice(0, 399)}…` : plain;
}
