// Writes docs/reference from the tables in the code; `--check` says which pages differ and writes nothing.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { referencePages } from "./reference-pages.ts";

const folder = fileURLToPath(new URL("../docs/reference/", import.meta.url));

/** Names of pages that differ from what the tables say, are missing, or should not be there. */
export async function stalePages(): Promise<string[]> {
  const pages = await referencePages();
  const present = existsSync(folder) ? readdirSync(folder) : [];
  const names = [...new Set([...Object.keys(pages), ...present])];
  return names.filter((name) => !present.includes(name) || pages[name] !== read(name));
}

function read(name: string): string {
  return readFileSync(folder + name, "utf8");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  if (process.argv.includes("--check")) {
    const stale = await stalePages();
    for (const name of stale) console.error(`docs/reference/${name} differs: run npm run docs`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(await referencePages())) {
      writeFileSync(folder + name, text);
    }
  }
}
