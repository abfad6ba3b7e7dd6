import { BackendError } from "../core/errors.ts";

/** The metadata property whose value is the SHA-256 of the file before it. */
const sealKey = "polytask.sha256";
const digestLength = 64;

/** Field 14 of an ONNX model, `metadata_props`, as the wire has it: tag and length-delimited type. */
const propertyTag = (14 << 3) | 2;
const keyTag = (1 << 3) | 2;
const valueTag = (2 << 3) | 2;

/** What stands before the digest: the property's tag and length, its key, its value's tag and length. */
const prefix = Uint8Array.of(
  propertyTag,
  4 + sealKey.length + digestLength,
  keyTag,
  sealKey.length,
  ...new TextEncoder().encode(sealKey),
  valueTag,
  digestLength,
);

async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Adds the checksum of an ONNX file to its end, as one more property of its metadata: damage to the file
 * alone, away from its folder, is then noticed.
 */
export async function seal(bytes: Uint8Array): Promise<Uint8Array> {
  const sealed = new Uint8Array(bytes.length + prefix.length + digestLength);
  sealed.set(bytes);
  sealed.set(prefix, bytes.length);
  sealed.set(new TextEncoder().encode(await digestOf(bytes)), bytes.length + prefix.length);
  return sealed;
}

/**
 * Checks the checksum at the end of an ONNX file. One without it passes, as do all where the platform
 * computes none, such as a page that was not served securely.
 * @throws BackendError MODEL_CORRUPT where it does not match.
 */
export async function checkSeal(bytes: Uint8Array, where: string): Promise<void> {
  const end = bytes.length - digestLength;
  const start = end - prefix.length;
  if (start < 0 || prefix.some((byte, i) => bytes[start + i] !== byte)) return;
  if (globalThis.crypto?.subtle === undefined) return;
  const [actual, expected] = [
    await digestOf(bytes.subarray(0, start)),
    new TextDecoder().decode(bytes.subarray(end)),
  ];
  if (actual === expected) return;
  throw new BackendError(
    "MODEL_CORRUPT",
    `${where}: SHA-256 ${expected.slice(0, 12)}…; got ${actual.slice(0, 12)}…`,
    { hint: "the file was damaged or altered since training: copy it again or train anew" },
  );
}
