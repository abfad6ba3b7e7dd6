/** What the page loads, file by file, can be loaded by a browser: no module of Node, no package that is not mapped. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { read } from "../../examples/browser/server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = join(root, "examples/browser/page");

/** The modules that are loaded with a file; those of `import()` are not. */
function loadedWith(file: string): string[] {
  const source = ts.createSourceFile(file, String(read(file)), ts.ScriptTarget.ES2022);
  return source.statements.flatMap((statement) => {
    const imports = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    const from = imports ? statement.moduleSpecifier : undefined;
    return from && ts.isStringLiteral(from) ? [from.text] : [];
  });
}

test("the page imports the library's modules and mapped packages alone", () => {
  const html = readFileSync(join(page, "index.html"), "utf8");
  const map = /<script type="importmap">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? "{}";
  const mapped = Object.keys(JSON.parse(map).imports);
  const isMapped = (name: string) =>
    mapped.some((one) => (one.endsWith("/") ? name.startsWith(one) : name === one));
  const seen = new Set<string>();
  const strange: string[] = [];
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const name of loadedWith(file)) {
      const path = name.startsWith("/") ? join(root, name) : join(dirname(file), name);
      if (/^\.{0,2}\//.test(name) && existsSync(path)) visit(path);
      else if (!isMapped(name)) strange.push(`${file.slice(root.length)}: ${name}`);
    }
  };
  visit(join(page, "main.js"));
  expect(strange).toEqual([]);
  expect(seen.size).toBeGreaterThan(100);
});
