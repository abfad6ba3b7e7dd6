import { ConfigError, show } from "../core/errors.ts";

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 2 ** 10,
  m: 1e6,
  mb: 1e6,
  mib: 2 ** 20,
  g: 1e9,
  gb: 1e9,
  gib: 2 ** 30,
  t: 1e12,
  tb: 1e12,
  tib: 2 ** 40,
};

/**
 * Bytes meant by a number or a text such as `"512MB"` (10^6) or `"2GiB"` (2^30).
 * @throws ConfigError CONFIG_INVALID for anything else, naming `where`.
 */
export function parseByteSize(size: number | string, where = "memoryLimit"): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(String(size));
  const unit = match && units[match[2].toLowerCase()];
  const bytes = match && unit ? Math.floor(Number(match[1]) * unit) : Number.NaN;
  if (!(bytes > 0 && Number.isSafeInteger(bytes))) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `${where}: a size such as 512MB or 2GiB, above zero; got ${show(size)}`,
      {
        hint: "units are B, KB, MB, GB, TB (powers of 1000) and KiB, MiB, GiB, TiB (powers of 1024)",
      },
    );
  }
  return bytes;
}

/** Below this DuckDB cannot hold the buffers of one file being read. */
const smallestLimit = 48e6;

/**
 * Bytes meant by a memory limit.
 * @throws ConfigError CONFIG_INVALID as `parseByteSize`, and below 48 MB.
 */
export function parseMemoryLimit(size: number | string): number {
  const bytes = parseByteSize(size);
  if (bytes >= smallestLimit) return bytes;
  throw new ConfigError("CONFIG_INVALID", `memoryLimit: at least 48MB; got ${show(size)}`);
}
