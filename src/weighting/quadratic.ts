/**
 * Small convex quadratic programs, by a primal active-set method that ends exactly: every balance of
 * task gradients that needs a solver is one of these, or a short sequence of them.
 *
 * The variables that are not at 0 (the free set) minimise the objective among themselves; the variable
 * whose reduced gradient is most negative joins them, and those that a step would take below 0 leave
 * (Lawson & Hanson's scheme, with Wolfe's equality for the simplex). Variables are scaled to unit
 * curvature first, so that gradients of very different lengths do not hide each other.
 * @cite lawson1974 @cite wolfe1976
 */
import type { Gram } from "./gram.ts";

/**
 * The minimum of ½xᵀHx + fᵀx over x ≥ 0. H is positive semi-definite and f in its range, else there may
 * be no minimum; several minima (singular H) differ by vectors with Hx = 0.
 */
export function nonnegativeMinimum(h: Gram, f: Float64Array): Float64Array {
  return new ActiveSet(h, f, false).solve();
}

/** The minimum of ½xᵀHx + fᵀx over x ≥ 0, Σx = 1, with H positive semi-definite. */
export function simplexMinimum(h: Gram, f?: Float64Array, start?: Float64Array): Float64Array {
  return new ActiveSet(h, f ?? new Float64Array(h.k), true).solve(start);
}

/** A pivot below this share of its diagonal counts as zero. */
const dependent = 1e-13;

/** A reduced gradient below this share of its terms' sizes counts as zero. */
const negligible = 1e-12;

class ActiveSet {
  private readonly k: number;
  /** Unit-curvature H and f, and the equality's coefficients in those units. */
  private readonly h: Float64Array;
  private readonly f: Float64Array;
  private readonly a: Float64Array;
  private readonly scale: Float64Array;
  private readonly x: Float64Array;
  private readonly equality: boolean;
  private readonly augment: number;
  private free: number[] = [];

  constructor(h: Gram, f: Float64Array, equality: boolean) {
    const { k } = h;
    this.k = k;
    this.equality = equality;
    this.scale = Float64Array.from({ length: k }, (_, i) => {
      const d = Math.sqrt(h.values[i * k + i]);
      return d > 0 ? d : 1;
    });
    this.h = h.values.map((v, at) => v / this.scale[Math.floor(at / k)] / this.scale[at % k]);
    this.f = f.map((v, i) => v / this.scale[i]);
    this.a = this.scale.map((d) => 1 / d);
    this.augment = equality ? 1 / Math.max(...this.a) ** 2 : 0;
    this.x = new Float64Array(k);
  }

  solve(start?: Float64Array): Float64Array {
    this.begin(start);
    const blocked = new Set<number>();
    for (let round = 0; round < 50 + 30 * this.k; round++) {
      if (this.free.length > 0) this.minimiseFree();
      const entering = this.mostNegative(blocked);
      if (entering < 0) break;
      this.free.push(entering);
      this.minimiseFree();
      if (this.x[entering] > 0) blocked.clear();
      else blocked.add(entering);
    }
    const out = this.x.map((v, i) => v / this.scale[i]);
    if (!this.equality) return out;
    const sum = out.reduce((total, v) => total + v, 0);
    return out.map((v) => v / sum);
  }

  /** A feasible point: the one given, or the best corner of the simplex, or 0. */
  private begin(start: Float64Array | undefined): void {
    const { k, x, a, h, f, scale } = this;
    if (!this.equality) return;
    if (start) {
      for (let i = 0; i < k; i++) x[i] = start[i] * scale[i];
    } else {
      let best = 0;
      const value = (i: number) => (0.5 * h[i * k + i]) / a[i] ** 2 + f[i] / a[i];
      for (let i = 1; i < k; i++) if (value(i) < value(best)) best = i;
      x[best] = scale[best];
    }
    this.free = [...x.keys()].filter((i) => x[i] > 0);
  }

  /** The variable at 0 that lowers the objective fastest, or −1. */
  private mostNegative(blocked: ReadonlySet<number>): number {
    const { k, h, f, a, x, free } = this;
    const gradient = f.slice();
    const size = f.map(Math.abs);
    for (const i of free) {
      for (let j = 0; j < k; j++) {
        gradient[j] += h[j * k + i] * x[i];
        size[j] += Math.abs(h[j * k + i]) * x[i];
      }
    }
    let multiplier = 0;
    if (this.equality) for (const i of free) multiplier += x[i] * gradient[i];
    let best = -1;
    let lowest = 0;
    for (let j = 0; j < k; j++) {
      if (x[j] > 0 || blocked.has(j)) continue;
      const reduced = gradient[j] - multiplier * a[j];
      if (reduced > -negligible * (size[j] + Math.abs(multiplier) * a[j])) continue;
      if (reduced < lowest) {
        lowest = reduced;
        best = j;
      }
    }
    return best;
  }

  /** Moves to the minimum over the free variables, freeing those at 0 of their freedom on the way. */
  private minimiseFree(): void {
    const { x } = this;
    for (let round = 0; round <= 2 * this.k && this.free.length > 0; round++) {
      const { direction, bounded } = this.towardsMinimum();
      let length = bounded ? 1 : Number.POSITIVE_INFINITY;
      let leaving = -1;
      this.free.forEach((i, p) => {
        if (direction[p] >= 0 || x[i] + length * direction[p] > 0) return;
        length = Math.min(length, x[i] / -direction[p]);
        leaving = i;
      });
      if (!Number.isFinite(length)) {
        this.free.pop();
        return;
      }
      this.free.forEach((i, p) => {
        x[i] = i === leaving ? 0 : x[i] + length * direction[p];
      });
      this.free = this.free.filter((i) => {
        if (x[i] > 0) return true;
        x[i] = 0;
        return false;
      });
      if (bounded && leaving < 0) return;
    }
  }

  /**
   * The way from x to the minimum over the free variables. Where the last free variable depends on the
   * others, it is a way along which only the linear term falls, and `bounded` is false.
   */
  private towardsMinimum(): { direction: Float64Array; bounded: boolean } {
    const { free, k, h, f, a, x, augment } = this;
    const n = free.length;
    const at = (p: number, q: number) =>
      h[free[p] * k + free[q]] + augment * a[free[p]] * a[free[q]];
    const factor = new Float64Array(n * n);
    for (let p = 0; p < n; p++) {
      for (let q = 0; q <= p; q++) {
        let sum = at(p, q);
        for (let r = 0; r < q; r++) sum -= factor[p * n + r] * factor[q * n + r];
        if (q < p) factor[p * n + q] = sum / factor[q * n + q];
        else if (sum > dependent * at(p, p)) factor[p * n + p] = Math.sqrt(sum);
        else return this.alongDependence(factor, n, p, at);
      }
    }
    const v = solveLower(
      factor,
      n,
      n,
      Float64Array.from(free, (i) => f[i]),
    );
    let multiplier = 0;
    const u = this.equality
      ? solveLower(
          factor,
          n,
          n,
          Float64Array.from(free, (i) => a[i]),
        )
      : v;
    if (this.equality) {
      let av = 0;
      let au = 0;
      free.forEach((i, p) => {
        av += a[i] * v[p];
        au += a[i] * u[p];
      });
      multiplier = (1 + av) / au;
    }
    return {
      direction: v.map((vp, p) => (this.equality ? multiplier * u[p] : 0) - vp - x[free[p]]),
      bounded: true,
    };
  }

  /** The vector with H p = 0 (and aᵀp = 0) that free variable `p` makes with those before it. */
  private alongDependence(
    factor: Float64Array,
    n: number,
    p: number,
    at: (p: number, q: number) => number,
  ) {
    const { free, f, x, k, h } = this;
    const column = Float64Array.from({ length: p }, (_, q) => -at(q, p));
    const direction = new Float64Array(n);
    direction.set(solveLower(factor, n, p, column));
    direction[p] = 1;
    let slope = 0;
    free.forEach((i, q) => {
      let g = f[i];
      for (const j of free) g += h[i * k + j] * x[j];
      slope += g * direction[q];
    });
    return { direction: slope > 0 ? direction.map((v) => -v) : direction, bounded: false };
  }
}

/** Solves L Lᵀ z = b for the leading m × m part of a Cholesky factor with rows of n. */
function solveLower(factor: Float64Array, n: number, m: number, b: Float64Array): Float64Array {
  const z = b.slice();
  for (let p = 0; p < m; p++) {
    for (let q = 0; q < p; q++) z[p] -= factor[p * n + q] * z[q];
    z[p] /= factor[p * n + p];
  }
  for (let p = m - 1; p >= 0; p--) {
    for (let q = p + 1; q < m; q++) z[p] -= factor[q * n + p] * z[q];
    z[p] /= factor[p * n + p];
  }
  return z;
}
