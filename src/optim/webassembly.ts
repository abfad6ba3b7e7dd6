import { BackendError } from "../core/errors.ts";

/** A linear memory of WebAssembly: the part of the standard interface used here. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface WasmApi {
  readonly Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Record<string, unknown> };
}

const pageBytes = 65536;
const maximumPages = 65536;

/**
 * Allocates a memory of at least `bytes` bytes that can never grow.
 * @throws BackendError BACKEND when it would pass 4 GiB or the platform refuses it.
 */
export function createMemory(bytes: number): WasmMemory {
  const pages = Math.max(1, Math.ceil(bytes / pageBytes));
  if (!(pages <= maximumPages)) {
    throw new BackendError(
      "BACKEND",
      `memory: at most 4 GiB for parameters, gradients and moments; got ${mebibytes(bytes)}`,
      { hint: "make the model smaller, or use an optimizer with fewer moments" },
    );
  }
  try {
    return new (api().Memory)({ initial: pages, maximum: pages });
  } catch (cause) {
    if (cause instanceof BackendError) throw cause;
    throw new BackendError(
      "BACKEND",
      `memory: a WebAssembly memory of ${mebibytes(bytes)}; the platform refused it`,
      { cause },
    );
  }
}

/** Compiles a module and links it to a memory, imported as `env.memory`. */
export function instantiate(bytes: Uint8Array, memory: WasmMemory): Record<string, unknown> {
  const { Module, Instance } = api();
  try {
    return new Instance(new Module(bytes), { env: { memory } }).exports;
  } catch (cause) {
    throw new BackendError(
      "BACKEND",
      "kernels: a platform with WebAssembly SIMD; it refused them",
      {
        cause,
        hint: "Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or newer is needed",
      },
    );
  }
}

/** Decodes standard base64 without the platform's help. */
export function decodeBase64(text: string): Uint8Array {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const digits = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    held = ((held << 6) | alphabet.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return bytes;
}

function api(): WasmApi {
  const { WebAssembly } = globalThis as unknown as { WebAssembly?: WasmApi };
  if (WebAssembly) return WebAssembly;
  throw new BackendError("BACKEND", "kernels: a platform with WebAssembly; it has none");
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1048576)} MiB`;
}
