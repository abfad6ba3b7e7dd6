import type { Initializer } from "./builder.ts";

/**
 * A square matrix with orthonormal rows, evenly over all of them: normal draws, each row freed of its
 * share in the earlier ones. @cite saxe2014
 */
export const orthogonal: Initializer = (out, [n], random) => {
  const rows = Array.from({ length: n }, () =>
    Float64Array.from({ length: n }, () => random.normal()),
  );
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);
  rows.forEach((row, i) => {
    // Twice: rounding leaves something of the earlier rows the first time.
    for (let pass = 0; pass < 2; pass++) {
      for (const earlier of rows.slice(0, i)) {
        const share = dot(row, earlier);
        for (let j = 0; j < n; j++) row[j] -= share * earlier[j];
      }
    }
    const length = Math.sqrt(dot(row, row));
    for (let j = 0; j < n; j++) {
      row[j] /= length;
      out[i * n + j] = row[j];
    }
  });
};
