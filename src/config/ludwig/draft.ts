import { stringify } from "yaml";
import { ConfigError } from "../../core/errors.ts";
import { readDocument } from "../document.ts";
import { configError, fileLocator } from "../problems.ts";
import type { Left } from "./block.ts";
import { fromLudwig, isLudwig } from "./convert.ts";

export interface LudwigDraft {
  /** The configuration as YAML, with what was left out as comments. */
  readonly text: string;
  readonly left: readonly Left[];
}

/**
 * Writes a configuration from the text of one of Ludwig's.
 * @param file as messages name it.
 * @param data the data as the configuration is to name it; a placeholder where absent.
 * @throws ConfigError CONFIG_SYNTAX, and CONFIG_INVALID for what is none of Ludwig's or has no task.
 */
export function draftFromLudwig(text: string, file: string, data?: string): LudwigDraft {
  const format = file.endsWith(".json") ? "json" : "yaml";
  const { value, positions, problems } = readDocument(text, file, format);
  if (problems.length > 0) throw configError(problems, fileLocator(positions));
  if (!isLudwig(value)) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `${file}: a configuration of Ludwig, with lists input_features and output_features; got another`,
      { hint: "polytask init DATA --task COLUMN writes a configuration for a table" },
    );
  }
  const { config, left } = fromLudwig(value, data ?? "data.csv");
  const lines = [
    `# Made from ${file}, a configuration of Ludwig.`,
    "# Rows without a label are masked here, not dropped.",
    ...(data === undefined
      ? ["# Ludwig's configurations do not name their data: say where it is."]
      : []),
    stringify(config, { lineWidth: 0, flowCollectionPadding: true }).trimEnd(),
  ];
  if (left.length > 0) {
    lines.push("", "# Left out:");
    // A name may hold any character; a comment ends with its line.
    for (const { path, why } of left) lines.push(`#   ${`${path}: ${why}`.replace(/\s+/g, " ")}`);
  }
  return { text: `${lines.join("\n")}\n`, left };
}
