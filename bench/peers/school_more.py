"""School on other splits than the bench's: what models that polytask does not have yet would explain.

    python bench/peers/school_more.py [folder of school.csv] [splits, by default 100,101,102,103]

A hierarchical linear model whose variances are chosen by marginal likelihood (noise, the schools' intercepts, their
slopes, the common slopes), boosted trees on all pupils with a shrunken mean residual a school, and the mean of both.
Needs PyTorch and scikit-learn; minutes a split.
"""

import sys

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingRegressor

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
folder = sys.argv[1] if len(sys.argv) > 1 else "../shared/data/school"
splits = [int(s) for s in sys.argv[2].split(",")] if len(sys.argv) > 2 else [100, 101, 102, 103]
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


def hierarchical(X, r, train):
    """r = X(w + w_s) + c + c_s + noise; predictions for all rows with the variances of highest marginal likelihood."""
    rows = np.flatnonzero(train)
    most = np.bincount(school[rows]).max()
    index = np.full((TASKS, most), -1)
    for t in range(TASKS):
        mine = rows[school[rows] == t]
        index[t, : len(mine)] = mine
    there = torch.tensor(index >= 0).double()
    at = np.maximum(index, 0)
    shared = np.c_[np.ones(len(X)), X]
    Xs = torch.tensor(X[at]) * there[..., None]
    Ps = torch.tensor(shared[at]) * there[..., None]
    ys = torch.tensor(r[at]) * there
    eye = torch.eye(most)

    def parts(logs):
        noise, intercepts, slopes, common = logs.exp()
        prior = torch.cat([torch.tensor([10.0]), common.repeat(X.shape[1])])
        within = slopes * Xs @ Xs.transpose(1, 2) + intercepts * there[:, :, None] * there[:, None]
        L = torch.linalg.cholesky(within + noise * eye)
        both = torch.cat([Ps * prior.sqrt(), ys[..., None]], 2)
        U = torch.linalg.solve_triangular(L, both, upper=False).reshape(-1, both.shape[-1])
        A = U[:, :-1].T @ U[:, :-1] + torch.eye(U.shape[1] - 1)
        b = U[:, :-1].T @ U[:, -1]
        LA = torch.linalg.cholesky(A)
        c = torch.linalg.solve_triangular(LA, b[:, None], upper=False)
        # Rows that only pad a school add log(noise) each.
        padding = (there.numel() - there.sum()) * logs[0]
        determinant = 2 * L.diagonal(dim1=1, dim2=2).log().sum() - padding + 2 * LA.diagonal().log().sum()
        weights = prior.sqrt() * torch.cholesky_solve(b[:, None], LA)[:, 0]
        return 0.5 * ((U[:, -1] ** 2).sum() - (c**2).sum() + determinant), weights, L

    logs = torch.log(torch.tensor([0.6, 0.04, 0.003, 0.05])).requires_grad_(True)
    optimizer = torch.optim.LBFGS([logs], max_iter=40, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = parts(logs)[0]
        value.backward()
        return value

    optimizer.step(loss)
    with torch.no_grad():
        _, weights, L = parts(logs)
        _, intercepts, slopes, _ = logs.exp()
        left = torch.cholesky_solve(((ys - Ps @ weights) * there)[..., None], L)[..., 0]
        c = (intercepts * (left * there).sum(1)).numpy()
        w = (slopes * torch.einsum("tmd,tm->td", Xs, left)).numpy()
        return shared @ weights.numpy() + c[school] + (X * w[school]).sum(1)


def trees(X, r, train):
    """Boosted trees on all pupils, and the mean residual of a school as if twelve more pupils had none."""
    options = dict(max_iter=150, learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=1, max_features=0.4)
    models = [HistGradientBoostingRegressor(**options, random_state=k).fit(X[train], r[train]) for k in range(3)]
    said = np.mean([m.predict(X) for m in models], 0)
    left = (r - said)[train]
    mine = school[train]
    offset = np.array([left[mine == t].sum() / ((mine == t).sum() + 12) for t in range(TASKS)])
    return said + offset[school]


found = []
for seed in splits:
    train = training_rows(seed)
    scale = x[train].std(0)
    keep = scale > 1e-9
    X = (x[:, keep] - x[train][:, keep].mean(0)) / scale[keep]
    r = (y - y[train].mean()) / y[train].std()
    a, b = hierarchical(X, r, train), trees(X, r, train)
    test = ~train
    explained = [100 * (1 - ((r - p)[test] ** 2).mean() / r[test].var()) for p in (a, b, (a + b) / 2)]
    found.append(explained)
    print(f"split {seed}: hierarchical {explained[0]:.2f}, trees {explained[1]:.2f}, their mean {explained[2]:.2f} %", flush=True)
print("mean:", ", ".join(f"{v:.2f}" for v in np.mean(found, 0)))
