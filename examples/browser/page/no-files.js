/** A page has no file system: cells that are paths cannot be read, and count as missing. */

export function readFile(path) {
  return Promise.reject(new Error(`a page cannot read the file ${path}`));
}

export function resolve(...parts) {
  return parts.join("/");
}
