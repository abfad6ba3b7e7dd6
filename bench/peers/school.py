"""School with NumPy, on the splits of school.ts: ridge, L2,1, trace norm, mean-regularised, and the last with a root link.

    python bench/peers/school.py [folder of school.csv] [first split] [splits]

Losses are sums of squared errors over training pupils, the constant is a weight like the others, and the
strength is chosen by 5-fold cross-validation within schools. With a root link the constant is 6, so that
intercepts are nearly free, and each step of Gauss-Newton is a mean-regularised problem.
"""

import sys

import numpy as np

folder = sys.argv[1] if len(sys.argv) > 1 else "../shared/data/school"
first, splits = (int(a) for a in sys.argv[2:4]) if len(sys.argv) > 3 else (0, 5)
table = np.loadtxt(f"{folder}/school.csv", delimiter=",", skiprows=1)
school, x, y = table[:, 0].astype(int) - 1, table[:, 1:-1], table[:, -1]
TASKS = school.max() + 1


def draw(rows, seed):
    """As `draw` in school.ts, in wrapping 32-bit arithmetic."""
    u = np.uint32
    with np.errstate(over="ignore"):
        h = (rows.astype(u) + u(1)) * u(0x9E3779B1) ^ u(seed + 1) * u(0x85EBCA77)
        h = (h ^ (h >> u(16))) * u(0x85EBCA6B)
        h = (h ^ (h >> u(13))) * u(0xC2B2AE35)
        return h ^ (h >> u(16))


def training_rows(seed):
    chosen = np.zeros(len(y), bool)
    for t in range(TASKS):
        rows = np.flatnonzero(school == t)
        order = rows[np.argsort(draw(rows, seed), kind="stable")]
        chosen[order[: int(np.floor(0.3 * len(rows) + 0.5))]] = True
    return chosen


def moments(X, t, r):
    A = np.stack([X[t == k].T @ X[t == k] for k in range(TASKS)])
    b = np.stack([X[t == k].T @ r[t == k] for k in range(TASKS)], 1)
    return A, b


def ridge(A, b, strength, W):
    eye = strength * np.eye(A.shape[1])
    return np.stack([np.linalg.solve(A[k] + eye, b[:, k]) for k in range(TASKS)], 1)


def near_mean(A, b, strength, W):
    """Closed form: each task given the mean, and the mean from all tasks."""
    d = A.shape[1]
    inverses = np.linalg.inv(A + strength * np.eye(d))
    left = TASKS * np.eye(d) - strength * inverses.sum(0)
    mean = np.linalg.lstsq(left, np.einsum("tij,jt->i", inverses, b), rcond=None)[0]
    return np.einsum("tij,jt->it", inverses, b + strength * mean[:, None])


def accelerated(prox):
    def solve(A, b, strength, W):
        L = 2 * max(np.linalg.eigvalsh(a)[-1] for a in A)
        point, momentum = W, 1.0
        for _ in range(300):
            slope = 2 * (np.einsum("tij,jt->it", A, point) - b)
            after = prox(point - slope / L, strength / L)
            faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
            if ((point - after) * (after - W)).sum() > 0:
                faster = 1.0
            point, W, momentum = after + (momentum - 1) / faster * (after - W), after, faster
        return W

    return solve


def rows_shorter(V, s):
    return V * np.maximum(0, 1 - s / np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-300))


def singular_smaller(V, s):
    U, d, Vt = np.linalg.svd(V, full_matrices=False)
    return (U * np.maximum(d - s, 0)) @ Vt


CONSTANT = 6
LOWEST = 0.05


def relative_mean(eta):
    """(1 + eta/2)², going on as an exponential below a root of LOWEST; and its slope."""
    root = 1 + eta / 2
    low = LOWEST * np.exp(np.minimum(root, LOWEST) / LOWEST - 1)
    above = root > LOWEST
    kept = np.where(above, root, low)
    return kept**2, kept * np.where(above, 1, low / LOWEST)


def said(X, t, W):
    return np.einsum("ij,ji->i", X, W[:, t])


def near_mean_with_root_link(X, t, r, strength, W, ratio):
    """Scores r in deviations from a mean of 1 / ratio deviations."""

    def value(W):
        away = W - W.mean(1, keepdims=True)
        return (((relative_mean(ratio * said(X, t, W))[0] - 1) / ratio - r) ** 2).sum() + strength * (away**2).sum()

    now = value(W)
    for _ in range(30):
        eta = said(X, t, W)
        mean, slope = relative_mean(ratio * eta)
        A, b = moments(X * slope[:, None], t, r - (mean - 1) / ratio + slope * eta)
        step, size = near_mean(A, b, strength, W) - W, 1.0
        while size > 1e-3 and value(W + size * step) > now:
            size /= 2
        after = value(W + size * step)
        if after > now:
            break
        W, gain, now = W + size * step, now - after, after
        if gain < 1e-6 * now:
            break
    return W


METHODS = {
    "single-task ridge": (ridge, 4 * 2 ** np.arange(0, 4, 0.5)),
    "L2,1": (accelerated(rows_shorter), 150 * 2 ** np.arange(0, 4, 0.5)),
    "trace norm": (accelerated(singular_smaller), 400 * 2 ** np.arange(0, 3, 0.5)),
    "mean-regularised": (near_mean, 80 * 2 ** np.arange(0, 4, 0.5)),
}

LINKED = "mean-regularised, root link"
LINKED_GRID = 80 * 2 ** np.arange(0, 4, 0.5)


def with_root_link(X, train, seed, mean, deviation):
    X = X.copy()
    X[:, -1] = CONSTANT
    r, ratio = (y - mean) / deviation, deviation / mean
    rows = np.flatnonzero(train)
    fold = np.random.default_rng(seed).permutation(len(rows)) % 5
    held_out = np.zeros(len(LINKED_GRID))
    for k in range(5):
        kept, held = rows[fold != k], rows[fold == k]
        W = np.zeros((X.shape[1], TASKS))
        for g in reversed(range(len(LINKED_GRID))):
            W = near_mean_with_root_link(X[kept], school[kept], r[kept], LINKED_GRID[g], W, ratio)
            found = mean * relative_mean(ratio * said(X[held], school[held], W))[0]
            held_out[g] += ((y[held] - found) ** 2).sum()
    strength = LINKED_GRID[held_out.argmin()]
    W = near_mean_with_root_link(X[rows], school[rows], r[rows], strength, np.zeros((X.shape[1], TASKS)), ratio)
    return mean * relative_mean(ratio * said(X[~train], school[~train], W))[0], strength


scores = {name: [] for name in [*METHODS, LINKED]}
for seed in range(first, first + splits):
    train = training_rows(seed)
    scale = x[train].std(0)
    keep = scale > 1e-9
    X = np.c_[(x[:, keep] - x[train][:, keep].mean(0)) / scale[keep], np.ones(len(x))]
    mean = y[train].mean()
    r = y - mean
    rows = np.flatnonzero(train)
    fold = np.random.default_rng(seed).permutation(len(rows)) % 5
    for name, (solve, grid) in METHODS.items():
        held_out = np.zeros(len(grid))
        for k in range(5):
            kept, held = rows[fold != k], rows[fold == k]
            A, b = moments(X[kept], school[kept], r[kept])
            W = np.zeros_like(b)
            for g in reversed(range(len(grid))):
                W = solve(A, b, grid[g], W)
                held_out[g] += ((r[held] - (X[held] * W[:, school[held]].T).sum(1)) ** 2).sum()
        A, b = moments(X[rows], school[rows], r[rows])
        W = solve(A, b, grid[held_out.argmin()], np.zeros_like(b))
        error = (r[~train] - (X[~train] * W[:, school[~train]].T).sum(1)) ** 2
        scores[name].append(100 * (1 - error.mean() / y[~train].var()))
        print(f"split {seed}, {name}: {scores[name][-1]:.2f} % (strength {grid[held_out.argmin()]:.0f})", file=sys.stderr)
    found, strength = with_root_link(X, train, seed, mean, y[train].std())
    scores[LINKED].append(100 * (1 - ((y[~train] - found) ** 2).mean() / y[~train].var()))
    print(f"split {seed}, {LINKED}: {scores[LINKED][-1]:.2f} % (strength {strength:.0f})", file=sys.stderr)
for name, found in scores.items():
    print(f"{name:28s} {np.mean(found):.2f} ± {np.std(found, ddof=1):.2f} %")
