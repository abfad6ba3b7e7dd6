/** The flag that says how much memory rows may take, for commands that read a table with a model. */
export const memoryOption = {
  flags: "--memory-limit <SIZE>",
  summary: "Memory for the rows, such as 512MB; more is streamed.",
};

/** The limit, where one was given. */
export function memoryLimitOf(options: Readonly<Record<string, unknown>>): string | undefined {
  return typeof options.memoryLimit === "string" ? options.memoryLimit : undefined;
}
