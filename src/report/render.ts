import { createHash } from "node:crypto";
import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { Page } from "./page.tsx";
import type { RunRecord } from "./record.ts";
import { script } from "./script.ts";
import { sections } from "./sections.ts";

/**
 * Draws the report of a run as one self-contained HTML document: no file or network beside it is needed to read it.
 *
 * The result depends on the record alone. Every string of the record is escaped, and the page's content security policy
 * allows the one script written here (by its hash) and nothing from elsewhere.
 */
export function renderReport(record: RunRecord): string {
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = [
    "default-src 'none'",
    "img-src data:",
    "media-src data:",
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const html = renderToString(h(Page, { record, sections, policy }));
  // Half characters and control characters have no place in a document; data may hold them.
  const clean = html.replace(/[\p{Surrogate}\p{Control}]/gu, (c) =>
    c === "\n" || c === "\r" || c === "\t" ? c : "\ufffd",
  );
  return `<!doctype html>\n${clean}\n`;
}
