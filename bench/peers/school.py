"""School with NumPy: ridge, L2,1, trace norm and mean-regularised, on the splits of school.ts.

    python bench/peers/school.py [folder of school.csv]

Losses are sums of squared errors over training pupils, the constant is a weight like the others, and the
strength is chosen by 5-fold cross-validation within schools.
"""

import sys

import numpy as np

folder = sys.argv[1] if len(sys.argv) > 1 else "../shared/data/school"
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


METHODS = {
    "single-task ridge": (ridge, 4 * 2 ** np.arange(0, 4, 0.5)),
    "L2,1": (accelerated(rows_shorter), 150 * 2 ** np.arange(0, 4, 0.5)),
    "trace norm": (accelerated(singular_smaller), 400 * 2 ** np.arange(0, 3, 0.5)),
    "mean-regularised": (near_mean, 80 * 2 ** np.arange(0, 4, 0.5)),
}

scores = {name: [] for name in METHODS}
for seed in range(5):
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
for name, found in scores.items():
    print(f"{name:20s} {np.mean(found):.2f} ± {np.std(found, ddof=1):.2f} %")
