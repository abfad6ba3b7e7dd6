/**
 * Modules of Node, looked up when they are used: the table of modalities then loads in a page too, where
 * there are none and no encoder is opened.
 */
export const node = {
  get crypto() {
    return process.getBuiltinModule("node:crypto");
  },
  get fs() {
    return process.getBuiltinModule("node:fs");
  },
  get module() {
    return process.getBuiltinModule("node:module");
  },
  get os() {
    return process.getBuiltinModule("node:os");
  },
  get path() {
    return process.getBuiltinModule("node:path");
  },
};
