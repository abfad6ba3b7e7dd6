import { renderToString } from "preact-render-to-string";
import { FoundRows, SmallCells } from "./components/found.tsx";
import type { Cell, FoundRecord } from "./record.ts";
import { style } from "./style.ts";

/** What a search found, to be drawn. */
export interface SearchPage {
  readonly task: string;
  /** The sides: what the query is, and what was ranked. */
  readonly from: string;
  readonly of: string;
  readonly query: readonly Cell[];
  readonly found: readonly FoundRecord[];
}

const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** A page without contents has no column for them. */
const alone = "body{display:block}main{margin:0 auto}";

/** Draws what a search found as one HTML document that needs nothing beside it. */
export function renderSearch({ task, from, of, query, found }: SearchPage): string {
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`Search · ${task}`}</title>
        <style dangerouslySetInnerHTML={{ __html: `${style}\n${alone}` }} />
      </head>
      <body>
        <main>
          <header>
            <p class="eyebrow">Search</p>
            <h1>{`${from} → ${of}`}</h1>
          </header>
          <article class="query">
            <div class="asked">
              <SmallCells cells={query} />
            </div>
            <FoundRows found={found} />
          </article>
        </main>
      </body>
    </html>,
  );
  return `<!doctype html>\n${html.replace(/[\p{Surrogate}\p{Control}]/gu, (c) => (c === "\n" ? c : "\ufffd"))}\n`;
}
