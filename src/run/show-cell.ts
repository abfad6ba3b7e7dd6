import type { Cell } from "../report/record.ts";
import { soundPreview } from "./sound-preview.ts";
import { thumbnail } from "./thumbnail.ts";

const longestText = 400;

/** An input's cell as pages show it: a picture made small, a number, or a text cut to size. */
export async function showCell(
  { column, modality }: { readonly column: string; readonly modality: { readonly name: string } },
  value: unknown,
  baseDir: string | undefined,
): Promise<Cell> {
  if (value === null || value === undefined) return { column, type: "missing" };
  if (typeof value === "number") return { column, type: "number", value };
  const picture = modality.name === "image" ? await thumbnail(value, baseDir) : undefined;
  if (picture) return { column, type: "image", src: picture };
  const heard = modality.name === "audio" ? await soundPreview(value, baseDir) : undefined;
  if (heard) return { column, type: "audio", ...heard };
  const text =
    value instanceof Uint8Array
      ? `${value.length} bytes`
      : value instanceof Date
        ? value.toISOString()
        : Array.isArray(value)
          ? value.join(", ")
          : String(value);
  return {
    column,
    type: "text",
    text: text.length > longestText ? `${text.slice(0, longestText)}…` : text,
  };
}
