/** An address; 0 for none. */
export type Pointer = bigint;

/** What a call is given: addresses, arrays that the library reads or writes where they lie, numbers, texts. */
type Argument = Pointer | ArrayBufferView | number | string | null;

/**
 * The functions of the engine's C interface that are called, by their place in its table. Releases of the
 * library only ever add to the end of the table. Results other than texts are the address of a status.
 */
const table = {
  GetErrorMessage: [2, "const char *", ["void *"]],
  CreateEnv: [3, "void *", ["int", "const char *", "void *"]],
  CreateSessionFromArray: [8, "void *", ["void *", "void *", "size_t", "void *", "void *"]],
  Run: [
    9,
    "void *",
    ["void *", "void *", "void *", "void *", "size_t", "void *", "size_t", "void *"],
  ],
  CreateSessionOptions: [10, "void *", ["void *"]],
  SetSessionLogSeverityLevel: [22, "void *", ["void *", "int"]],
  SetSessionGraphOptimizationLevel: [23, "void *", ["void *", "int"]],
  SetIntraOpNumThreads: [24, "void *", ["void *", "int"]],
  SetInterOpNumThreads: [25, "void *", ["void *", "int"]],
  CreateTensorWithDataAsOrtValue: [
    49,
    "void *",
    ["void *", "void *", "size_t", "void *", "size_t", "int", "void *"],
  ],
  CreateCpuMemoryInfo: [69, "void *", ["int", "int", "void *"]],
  ReleaseStatus: [93, "void", ["void *"]],
  ReleaseSession: [95, "void", ["void *"]],
  ReleaseValue: [96, "void", ["void *"]],
  ReleaseSessionOptions: [100, "void", ["void *"]],
  AddSessionConfigEntry: [130, "void *", ["void *", "const char *", "const char *"]],
} as const satisfies Record<string, readonly [number, string, readonly string[]]>;

const entries = 131;

/** The release of the interface that is asked for; later libraries have it too. */
const version = 17;

export type Library = Readonly<Record<keyof typeof table, (...of: Argument[]) => unknown>> & {
  address(data: ArrayBufferView): Pointer;
  /** Held, as the library is unloaded once nobody has it. */
  readonly handle: unknown;
};

/**
 * Opens the engine's own library through the optional package koffi.
 * @throws Error where the package, the library or that release of its interface is not there.
 */
export async function openLibrary(): Promise<Library> {
  const { default: koffi } = await import("koffi");
  const library = koffi.load(libraryPath());
  const [getApi] = koffi.decode(library.func("void *OrtGetApiBase()")(), "void *", 1);
  const api = koffi.call(getApi, koffi.proto("void *", ["uint32_t"]), version);
  if (!api) throw new Error(`an engine with version ${version} of its interface`);
  const places: Pointer[] = koffi.decode(api, "void *", entries);
  const functions = Object.fromEntries(
    Object.entries(table).map(([name, [place, result, of]]) => [
      name,
      koffi.decode(places[place], koffi.proto(result, [...of])),
    ]),
  ) as Omit<Library, "address" | "handle">;
  return { ...functions, address: (data) => koffi.address(data), handle: library };
}

/**
 * The library that onnxruntime-node's own binding loads. Known to work on Linux, and not tried elsewhere. Node's modules are
 * looked up here only, as a page loads this file too.
 */
function libraryPath(): string {
  const { platform, arch } = process;
  if (platform !== "linux") throw new Error(`the direct binding works on linux; got ${platform}`);
  const { existsSync } = process.getBuiltinModule("node:fs");
  const { createRequire } = process.getBuiltinModule("node:module");
  const { dirname, join } = process.getBuiltinModule("node:path");
  const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
  const path = join(dirname(entry), "../bin/napi-v6", platform, arch, "libonnxruntime.so.1");
  if (!existsSync(path)) throw new Error(`no library for ${platform} ${arch}`);
  return path;
}
