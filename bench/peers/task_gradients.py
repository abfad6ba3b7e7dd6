"""Steps of PyTorch with a gradient a task, as LibMTL takes them: one backward pass a task, gradients of the
shared parameters as rows of a matrix, the method, one update.

    python bench/peers/task_gradients.py --tasks 4 --methods equal,pcgrad --seconds 1

An MLP 64-512-512 with a linear head a task, squared errors, 256 rows, Adam. Prints one JSON line: median
milliseconds a step, by method. `autograd` is the K calls of autograd.grad alone, with the heads' gradients.
"""

import argparse
import json
import os
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--tasks", type=int, required=True)
arguments.add_argument("--methods", required=True)
arguments.add_argument("--seconds", type=float, default=1.0)
options = arguments.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from scipy.optimize import minimize
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)
K, ROWS, IN, HIDDEN = options.tasks, 256, 64, 512
trunk = nn.Sequential(nn.Linear(IN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU())
heads = nn.ModuleList(nn.Linear(HIDDEN, 1) for _ in range(K))
shared = list(trunk.parameters())
own = list(heads.parameters())
sizes = [p.numel() for p in shared]
x = torch.randn(ROWS, IN)
y = torch.randn(K, ROWS)
rng = np.random.default_rng(0)


def losses():
    z = trunk(x)
    return torch.stack([((heads[k](z)[:, 0] - y[k]) ** 2).mean() for k in range(K)])


def per_task(ls):
    """Backward a task; the heads accumulate theirs."""
    grads = torch.zeros(K, sum(sizes))
    for k in range(K):
        ls[k].backward(retain_graph=k + 1 < K)
        grads[k] = torch.cat([p.grad.flatten() for p in shared])
        for p in shared:
            p.grad = None
    return grads


def put(flat):
    for p, part in zip(shared, flat.split(sizes)):
        p.grad = part.view_as(p)


def mgda_weights(G):
    """Frank-Wolfe, as LibMTL."""
    a = np.full(K, 1 / K)
    for _ in range(25):
        t = int(np.argmin(G @ a))
        d = -a.copy()
        d[t] += 1
        q = d @ G @ d
        if q < 1e-12:
            break
        step = np.clip(-(a @ G @ d) / q, 0, 1)
        a = a + step * d
        if step < 1e-6:
            break
    return a


def combine(weights, grads):
    put(torch.as_tensor(weights, dtype=torch.float32) @ grads)


class Method:
    parameters = ()

    def step(self):
        raise NotImplementedError


def weighted(function):
    def step():
        ls = losses()
        (function(ls) * ls).sum().backward()

    return step


state = {}
uw = nn.Parameter(torch.zeros(K))
imtl_scale = nn.Parameter(torch.zeros(K))
famo_w = torch.zeros(K)


def equal():
    losses().sum().backward()


def uncertainty():
    ls = losses()
    (ls / (2 * uw.exp()) + uw / 2).sum().backward()


def dwa():
    past = state.setdefault("dwa", [torch.ones(K), torch.ones(K)])
    w = K * torch.softmax(past[0] / past[1] / 2, 0)
    ls = losses()
    (w * ls).sum().backward()
    state["dwa"] = [ls.detach(), past[0]]


def gls():
    (losses().log().mean()).exp().backward()


def rlw():
    (torch.softmax(torch.randn(K), 0) * losses()).sum().backward()


def log_transform():
    (1 + losses()).log().sum().backward()


def stch():
    ls = (losses() + 1e-20).log()
    (torch.logsumexp(ls, 0)).backward()


def famo():
    global famo_w
    ls = losses()
    z = torch.softmax(famo_w, 0)
    d = ls - 0 + 1e-8
    c = (z / d).sum().detach()
    (d.log() * z / c).sum().backward()
    update()
    with torch.no_grad():
        after = losses()
    delta = (ls.detach() + 1e-8).log() - (after + 1e-8).log()
    w = famo_w.clone().requires_grad_()
    g = torch.autograd.grad(torch.softmax(w, 0), w, grad_outputs=delta)[0]
    famo_w = famo_w - 0.025 * (g + 1e-3 * famo_w)
    return True


def gradnorm():
    w = state.setdefault("gradnorm", torch.ones(K, requires_grad=True))
    ls = losses()
    start = state.setdefault("start", ls.detach())
    norms = per_task(ls).norm(dim=1)
    scaled = K * torch.softmax(w, 0)
    ratio = ls.detach() / start
    target = (norms * scaled).mean().detach() * (ratio / ratio.mean()) ** 1.5
    loss = ((norms * scaled) - target).abs().sum()
    g = torch.autograd.grad(loss, w)[0]
    state["gradnorm"] = (w - 0.025 * g).detach().requires_grad_()
    # LibMTL runs the weighted sum's backward pass besides.
    for p in own:
        p.grad = None
    (scaled.detach() * losses()).sum().backward()


def by_gram(rule):
    def step():
        grads = per_task(losses())
        combine(rule(np.asarray(grads @ grads.T, dtype=np.float64)), grads)

    return step


def cagrad(G):
    b = np.full(K, 1 / K)
    mean = np.sqrt(G.mean() + 1e-8)
    c = 0.5 * mean + 1e-8
    found = minimize(
        lambda a: a @ G @ b + c * np.sqrt(a @ G @ a + 1e-8),
        b,
        bounds=((0, 1),) * K,
        constraints={"type": "eq", "fun": lambda a: 1 - a.sum()},
    ).x
    length = np.sqrt(found @ G @ found + 1e-8)
    return (b + found * c / length) / (1 + 0.25)


def fairgrad(G):
    from scipy.optimize import least_squares

    return least_squares(lambda a: G @ a - (1 / np.maximum(a, 1e-8)) ** 0.5, np.full(K, 1 / K), bounds=(0, np.inf)).x


def imtl_g():
    grads = per_task(losses())
    u = grads / (grads.norm(dim=1, keepdim=True) + 1e-8)
    D, U = grads[0] - grads[1:], u[0] - u[1:]
    if K > 1:
        a = grads[0] @ U.T @ torch.linalg.pinv(D @ U.T)
        weights = torch.cat([1 - a.sum(0, keepdim=True), a])
    else:
        weights = torch.ones(1)
    put(weights @ grads)


def aligned():
    grads = per_task(losses())
    values, vectors = torch.linalg.eigh(grads @ grads.T)
    kept = values > values.max() * 1e-6
    values, vectors = values[kept], vectors[:, kept]
    B = values.min().sqrt() * vectors @ torch.diag(1 / values.sqrt()) @ vectors.T
    put(B.sum(0) @ grads)


def pcgrad():
    grads = per_task(losses())
    out = grads.clone()
    for i in range(K):
        for j in rng.permutation(K):
            g = torch.dot(out[i], grads[j])
            if g < 0:
                out[i] -= g * grads[j] / (grads[j].norm() ** 2 + 1e-8)
    put(out.sum(0))


def gradvac():
    grads = per_task(losses())
    rho = state.setdefault("rho", torch.zeros(K, K))
    out = grads.clone()
    for i in range(K):
        for j in rng.permutation(K):
            if i == j:
                continue
            ni, nj = out[i].norm(), grads[j].norm()
            cos = torch.dot(out[i], grads[j]) / (ni * nj + 1e-8)
            if cos < rho[i, j]:
                w = ni * (rho[i, j] * (1 - cos**2).sqrt() - cos * (1 - rho[i, j] ** 2).sqrt())
                out[i] += grads[j] * w / (nj * (1 - rho[i, j] ** 2).sqrt() + 1e-8)
            rho[i, j] = 0.5 * rho[i, j] + 0.5 * cos
    put(out.sum(0))


def graddrop():
    grads = per_task(losses())
    P = 0.5 * (1 + grads.sum(0) / (grads.abs().sum(0) + 1e-8))
    U = torch.rand_like(P)
    M = ((P > U) & (grads > 0)) | ((P < U) & (grads < 0))
    put((grads * M).sum(0))


def db_mtl():
    grads = per_task((losses() + 1e-8).log())
    buffer = state.setdefault("db", torch.zeros_like(grads))
    buffer.mul_(0.9).add_(grads, alpha=0.1)
    norms = buffer.norm(dim=1)
    put((norms.max() / (norms + 1e-8)) @ buffer)


def autograd():
    ls = losses()
    for k in range(K):
        found = torch.autograd.grad(ls[k], shared + own[2 * k : 2 * k + 2], retain_graph=True)
        state[k] = found


methods = {
    "autograd": autograd,
    "equal": equal,
    "uncertainty": uncertainty,
    "dwa": dwa,
    "gls": gls,
    "rlw": rlw,
    "logTransform": log_transform,
    "stch": stch,
    "famo": famo,
    "gradnorm": gradnorm,
    "mgda": by_gram(mgda_weights),
    "cagrad": by_gram(cagrad),
    "fairgrad": by_gram(fairgrad),
    "imtlG": imtl_g,
    "alignedMtl": aligned,
    "pcgrad": pcgrad,
    "gradvac": gradvac,
    "graddrop": graddrop,
    "dbMtl": db_mtl,
}
optimizer = torch.optim.Adam([*shared, *own, uw, imtl_scale], lr=1e-4, fused=True)


def update():
    optimizer.step()


def one(method):
    optimizer.zero_grad()
    done = method()
    if method is not autograd and not done:
        update()


times = {}
for name in options.methods.split(","):
    method = methods[name]
    for _ in range(5):
        one(method)
    found = []
    end = time.perf_counter() + options.seconds
    while not found or time.perf_counter() < end:
        start = time.perf_counter()
        one(method)
        found.append(1000 * (time.perf_counter() - start))
    times[name] = float(np.median(found))
print(json.dumps(times))
