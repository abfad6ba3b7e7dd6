/**
 * Serves the page, the model and some rows to try it on. The page runs the library's own modules: their
 * types are stripped on the way, nothing is bundled.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import type { ExampleRows } from "./rows.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = join("examples", "browser", "page");

/** What may be read below the root: the page, the library, and the packages that the page imports. */
const served = [
  page,
  "src",
  "node_modules/@bufbuild/protobuf/dist/esm",
  "node_modules/onnxruntime-web/dist",
  "node_modules/zod",
].map((folder) => join(folder, "/"));

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ts": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

export interface Site {
  /** The bytes of the ONNX file. */
  readonly model: Uint8Array;
  readonly rows: ExampleRows;
  /** 0, the default, takes any that is free. */
  readonly port?: number;
}

/** Starts the server on this machine only; `url` is the page's. */
export async function serve(site: Site): Promise<{ readonly url: string; close(): Promise<void> }> {
  const rows = JSON.stringify(site.rows);
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string | Uint8Array) => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
      response.end(body);
    };
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://page").pathname);
    if (path === "/model.onnx") return send(200, "application/octet-stream", site.model);
    if (path === "/rows.json") return send(200, "application/json", rows);
    const file = normalize(path === "/" ? join(page, "index.html") : path.slice(1));
    const type = types[extname(file)];
    if (type === undefined || !served.some((folder) => file.startsWith(folder)))
      return send(404, "text/plain", "not found");
    try {
      send(200, type, read(join(root, file)));
    } catch {
      send(404, "text/plain", "not found");
    }
  });
  const port = await listen(server, site.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A file as the page gets it. */
export function read(file: string): string | Uint8Array {
  const bytes = readFileSync(file);
  if (extname(file) !== ".ts") return bytes;
  return ts.transpileModule(bytes.toString(), { compilerOptions, fileName: file }).outputText;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
