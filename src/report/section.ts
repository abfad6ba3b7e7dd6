import type { VNode } from "preact";
import type { RunRecord } from "./record.ts";

/** One section of the report: it decides from the record whether it has something to say, and draws it. */
export interface Section {
  /** Anchor of the section in the page; lower case, unique. */
  readonly name: string;
  /** Heading and entry in the table of contents. */
  readonly title: string;
  /** Whether the record holds what this section shows. */
  when(record: RunRecord): boolean;
  /** The body of the section, without its heading. Every string of the record is data: never raw HTML. */
  render(record: RunRecord): VNode;
}
