/** One JSON document and a line end; what has no number is null. */
export function jsonDocument(value: unknown): string {
  const plain = (_: string, one: unknown) =>
    typeof one === "number" && !Number.isFinite(one) ? null : one;
  return `${JSON.stringify(value, plain, 2)}\n`;
}
