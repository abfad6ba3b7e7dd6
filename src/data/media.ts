/** What the first bytes of a file, or its name, say it is. */
export type MediaKind = "image" | "audio" | "other";

const imageEndings = new Set([
  "png",
  "jpg",
  "jpeg",
  "gif",
  "webp",
  "bmp",
  "tif",
  "tiff",
  "avif",
  "svg",
]);
const audioEndings = new Set([
  "wav",
  "wave",
  "mp3",
  "flac",
  "ogg",
  "oga",
  "opus",
  "aif",
  "aiff",
  "m4a",
]);

/** The kind of file that a path or address names by its ending; undefined for other text. */
export function mediaOfPath(text: string): "image" | "audio" | undefined {
  const match = /^[^\n]{1,1024}\.([a-z0-9]{2,5})$/i.exec(text);
  if (match === null) return undefined;
  const ending = match[1].toLowerCase();
  return imageEndings.has(ending) ? "image" : audioEndings.has(ending) ? "audio" : undefined;
}

/** Formats by their first bytes; `?` in a pattern is any byte. */
const signatures: readonly [format: string, kind: MediaKind, pattern: string][] = [
  ["png", "image", "\x89PNG\r\n\x1a\n"],
  ["jpeg", "image", "\xff\xd8\xff"],
  ["gif", "image", "GIF8"],
  ["webp", "image", "RIFF????WEBP"],
  ["bmp", "image", "BM"],
  ["tiff", "image", "II*\0"],
  ["tiff", "image", "MM\0*"],
  ["avif", "image", "????ftypavif"],
  ["wav", "audio", "RIFF????WAVE"],
  ["wav", "audio", "RIFX????WAVE"],
  ["wav", "audio", "RF64????WAVE"],
  ["flac", "audio", "fLaC"],
  ["ogg", "audio", "OggS"],
  ["mp3", "audio", "ID3"],
  ["mp3", "audio", "\xff\xfb"],
  ["mp3", "audio", "\xff\xfa"],
  ["mp3", "audio", "\xff\xf3"],
  ["mp3", "audio", "\xff\xf2"],
  ["mp3", "audio", "\xff\xe3"],
  ["mp3", "audio", "\xff\xe2"],
  ["aiff", "audio", "FORM????AIFF"],
  ["m4a", "audio", "????ftypM4A"],
];

/** The format of encoded bytes, such as `png` or `wav`, and its kind; `unknown` where none fits. */
export function mediaOfBytes(bytes: Uint8Array): { format: string; kind: MediaKind } {
  for (const [format, kind, pattern] of signatures) {
    if (bytes.length < pattern.length) continue;
    let fits = true;
    for (let i = 0; i < pattern.length && fits; i++) {
      fits = pattern[i] === "?" || bytes[i] === pattern.charCodeAt(i);
    }
    if (fits) return { format, kind };
  }
  return { format: "unknown", kind: "other" };
}
