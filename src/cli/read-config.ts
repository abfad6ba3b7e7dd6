import { readFile } from "node:fs/promises";
import { ConfigError } from "../core/errors.ts";

/** The text of a configuration file. @throws ConfigError where there is none. */
export async function readConfig(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EISDIR" && code !== "ENOTDIR") throw error;
    throw new ConfigError(
      "CONFIG_INVALID",
      `${shown}: a configuration file; ${code === "EISDIR" ? "it is a folder" : "there is none"}`,
      { hint: "polytask init DATA --task COLUMN writes one", cause: error },
    );
  }
}
