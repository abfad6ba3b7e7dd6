"""Training steps of PyTorch on the models of bench/models.md.

    python bench/peers/train_steps.py --model mlp128 --threads 1 --seconds 10

Prints one JSON line: median, min and p90 milliseconds a step (forward, backward, Adam), the mean processor time a step
of all threads, and the loss of the tenth step.
"""

import argparse
import json
import math
import os
import sys
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--model", required=True)
arguments.add_argument("--threads", type=int, default=1)
arguments.add_argument("--seconds", type=float, default=10.0)
arguments.add_argument("--adam", choices=("fused", "foreach", "single"), default="fused")
options = arguments.parse_args()
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(options.threads)
# Threads that wait in a busy loop are ruinous beside other programs, and polytask's do not: neither do these.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(options.threads)
INPUT, LABELS = 101, 201


def uniform(number, *shape):
    """The hash of bench/models.md, in [0, 1)."""
    h = np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(0x9E3779B1)
    h += np.uint32(number * 0x85EBCA77 & 0xFFFFFFFF)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    h ^= h >> np.uint32(16)
    return torch.from_numpy(h.astype(np.float64) / 2**32).reshape(*shape)


def centred(number, *shape):
    return ((2 * uniform(number, *shape) - 1) * math.sqrt(3)).float()


def texts(batch, width, count=8000):
    """Ids of texts of different lengths, with zeros after the end."""
    lengths = (width / 4 + uniform(301, batch) * 3 * width / 4).floor() + 1
    ids = 1 + (uniform(INPUT, batch, width) * (count - 1)).floor().long()
    return ids * (torch.arange(width)[None] < lengths[:, None])


class Weights:
    """Hands out the numbered weights in the order of the layers."""

    def __init__(self):
        self.number = 0

    def next(self, fan_in, *shape):
        self.number += 1
        return ((2 * uniform(self.number, *shape) - 1) / math.sqrt(fan_in)).float()

    @torch.no_grad()
    def dense(self, inputs, outputs):
        layer = nn.Linear(inputs, outputs)
        layer.weight.copy_(self.next(inputs, inputs, outputs).T)
        layer.bias.zero_()
        return layer

    @torch.no_grad()
    def conv(self, inputs, outputs, bias):
        layer = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
        layer.weight.copy_(self.next(9 * inputs, outputs, inputs, 3, 3))
        if bias:
            layer.bias.zero_()
        return layer


class Heads(nn.Module):
    def __init__(self, weights, width, kinds):
        super().__init__()
        self.kinds = kinds
        self.layers = nn.ModuleList(weights.dense(width, kind if isinstance(kind, int) else 1) for kind in kinds)

    def labels(self, batch):
        result = []
        for at, kind in enumerate(self.kinds):
            if kind == "regression":
                result.append(centred(LABELS + at, batch))
            elif kind == "binary":
                result.append((uniform(LABELS + at, batch) > 0.5).float())
            else:
                result.append((uniform(LABELS + at, batch) * kind).floor().long())
        return result

    def forward(self, h, labels):
        total = 0.0
        for kind, layer, y in zip(self.kinds, self.layers, labels):
            if kind == "regression":
                loss = F.mse_loss(layer(h)[:, 0], y)
            elif kind == "binary":
                loss = F.binary_cross_entropy_with_logits(layer(h)[:, 0], y)
            else:
                loss = F.cross_entropy(layer(h), y)
            total = total + loss
        return total / len(self.kinds)


def mlp(weights, width, hidden):
    return nn.Sequential(weights.dense(width, hidden), nn.ReLU(), weights.dense(hidden, hidden), nn.ReLU())


def cnn(weights, batch_norm):
    def block(inputs, outputs):
        norm = [nn.BatchNorm2d(outputs)] if batch_norm else []
        return [weights.conv(inputs, outputs, not batch_norm), *norm, nn.ReLU(), nn.MaxPool2d(2)]

    return nn.Sequential(*block(1, 32), *block(32, 64), nn.Flatten(), weights.dense(3136, 128), nn.ReLU())


class EncoderLayer(nn.Module):
    def __init__(self, weights, width=128, heads=4, inner=512):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = weights.dense(width, 3 * width), weights.dense(width, width)
        self.up, self.down = weights.dense(width, inner), weights.dense(inner, width)

    def forward(self, x):
        batch, length, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(*qkv.unbind(0))
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class SeparateEncoderLayer(EncoderLayer):
    """The same layer with query, key and value numbered apart, no bias of keys, and a padding mask."""

    def __init__(self, weights, width=128, heads=4, inner=512):
        nn.Module.__init__(self)
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        parts = [weights.dense(width, width) for _ in range(3)]
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        with torch.no_grad():
            self.qkv.weight.copy_(torch.cat([part.weight for part in parts]))
        self.biases = nn.Parameter(torch.zeros(2 * width))
        self.out = weights.dense(width, width)
        self.up, self.down = weights.dense(width, inner), weights.dense(inner, width)

    def forward(self, x, there):
        batch, length, width = x.shape
        zero = self.biases.new_zeros(width)
        bias = torch.cat([self.biases[:width], zero, self.biases[width:]])
        qkv = F.linear(self.norm1(x), self.qkv.weight, bias)
        qkv = qkv.view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(*qkv.unbind(0), attn_mask=there)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class TextTransformer(nn.Module):
    """Token embeddings, sinusoidal positions, encoder layers that pass over padding, the mean of what is there."""

    def __init__(self, weights, count=8000, steps=64, width=128, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(count, width)
        with torch.no_grad():
            self.embedding.weight.copy_(weights.next(count, count, width))
        angles = torch.arange(steps)[:, None] / 10_000 ** (torch.arange(0, width, 2) / width)
        positions = torch.stack([angles.sin(), angles.cos()], dim=2).reshape(steps, width)
        self.register_buffer("positions", positions)
        self.layers = nn.ModuleList(SeparateEncoderLayer(weights, width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, ids):
        there = ids > 0
        x = self.embedding(ids) + self.positions
        for layer in self.layers:
            x = layer(x, there[:, None, None])
        mask = there.float()
        share = mask / mask.sum(1, keepdim=True)
        return torch.bmm(share[:, None], self.norm(x))[:, 0]


class MaskedBatchNorm(nn.BatchNorm2d):
    """Batch norm by the statistics of the places that a mask [B, 1, T, 1] shows."""

    def forward(self, x, mask):
        shown = x * mask
        count = mask.sum() * x.shape[3]
        mean = shown.sum((0, 2, 3)) / count
        centred = (shown - mean[:, None, None]) * mask
        variance = centred.square().sum((0, 2, 3)) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        scale = self.weight * (variance + self.eps).rsqrt()
        return shown * scale[:, None, None] + (self.bias - mean * scale)[:, None, None]


class AudioCnn(nn.Module):
    """Masked convolution blocks over frames, an affine map of each column that is left, the mean of what is there."""

    def __init__(self, weights, plain=False, filters=(16, 32, 64), bands=40, width=64):
        super().__init__()
        self.plain = plain
        sizes = (1, *filters)
        self.convs = nn.ModuleList(weights.conv(a, b, False) for a, b in zip(sizes, sizes[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(f) if plain else MaskedBatchNorm(f) for f in filters)
        self.out = weights.dense(filters[-1] * (bands >> len(filters)), width)

    def forward(self, x):
        batch, steps, _ = x.shape
        lengths = (steps / 4 + uniform(301, batch) * 3 * steps / 4).floor() + 1
        mask = (torch.arange(steps)[None] < lengths[:, None]).float()
        h = (x * mask[:, :, None])[:, None]
        for conv, norm in zip(self.convs, self.norms):
            seen = mask[:, None, :, None]
            h = norm(conv(h)) if self.plain else norm(conv(h), seen)
            h = F.max_pool2d(F.relu(h) * seen, 2)
            mask = mask.view(batch, -1, 2).amax(2)
        h = self.out(h.permute(0, 2, 1, 3).flatten(2))
        return torch.bmm((mask / mask.sum(1, keepdim=True))[:, None], h)[:, 0]


class Pooled(nn.Module):
    def forward(self, x):
        return x.mean(1)


class Gru(nn.Module):
    """The last state, through torch.nn.GRU or through a Python loop over the steps."""

    def __init__(self, weights, loop, width=64, hidden=64):
        super().__init__()
        self.loop, self.hidden = loop, hidden
        self.gru = nn.GRU(width, hidden, batch_first=True)
        with torch.no_grad():
            self.gru.weight_ih_l0.copy_(weights.next(hidden, width, 3 * hidden).T)
            self.gru.weight_hh_l0.copy_(weights.next(hidden, hidden, 3 * hidden).T)
            self.gru.bias_ih_l0.zero_()
            self.gru.bias_hh_l0.zero_()

    def forward(self, x):
        if not self.loop:
            return self.gru(x)[1][0]
        g = self.gru
        inputs = F.linear(x, g.weight_ih_l0, g.bias_ih_l0).unbind(1)
        h = x.new_zeros(x.shape[0], self.hidden)
        for a in inputs:
            a_r, a_z, a_n = a.chunk(3, 1)
            c_r, c_z, c_n = F.linear(h, g.weight_hh_l0, g.bias_hh_l0).chunk(3, 1)
            z = torch.sigmoid(a_z + c_z)
            n = torch.tanh(a_n + torch.sigmoid(a_r + c_r) * c_n)
            h = n + z * (h - n)
        return h


THREE = ("regression", "binary", 10)
# name: (shape of the input, trunk of the numbered weights, width after the trunk, heads)
MODELS = {
    "mlp128": ((256, 64), lambda w: mlp(w, 64, 128), 128, THREE),
    "mlp512": ((256, 64), lambda w: mlp(w, 64, 512), 512, THREE),
    "mlp1024": ((512, 784), lambda w: mlp(w, 784, 1024), 1024, (*THREE, 20)),
    "cnn": ((128, 1, 28, 28), lambda w: cnn(w, False), 128, (10,)),
    "cnn_bn": ((128, 1, 28, 28), lambda w: cnn(w, True), 128, (10,)),
    "transformer": (
        (32, 64, 128),
        lambda w: nn.Sequential(EncoderLayer(w), EncoderLayer(w), Pooled()),
        128,
        (10,),
    ),
    "gru": ((32, 50, 64), lambda w: Gru(w, False), 64, (10,)),
    "gru_loop": ((32, 50, 64), lambda w: Gru(w, True), 64, (10,)),
    "text_transformer": ((32, 64), TextTransformer, 128, (10,)),
    "audio_cnn": ((32, 112, 40), AudioCnn, 64, (10, 6)),
    # Less work: batch norm over padding as well.
    "audio_cnn_plain": ((32, 112, 40), lambda w: AudioCnn(w, plain=True), 64, (10, 6)),
}


def main():
    if options.model not in MODELS:
        sys.exit(f"--model: expected one of {', '.join(MODELS)}; came {options.model}")
    shape, trunk_of, width, kinds = MODELS[options.model]
    weights = Weights()
    trunk = trunk_of(weights)
    heads = Heads(weights, width, kinds)
    model = nn.ModuleList([trunk, heads]).train()
    x = texts(*shape) if options.model.startswith("text_") else centred(INPUT, *shape)
    labels = heads.labels(shape[0])
    parameters = list(model.parameters())
    first = [p.detach().clone() for p in parameters]

    def new_adam():
        return torch.optim.Adam(
            parameters, lr=1e-3, fused=options.adam == "fused", foreach=options.adam == "foreach"
        )

    def step(adam):
        adam.zero_grad(set_to_none=True)
        loss = heads(trunk(x), labels)
        loss.backward()
        adam.step()
        return loss

    adam = new_adam()
    for _ in range(10):
        loss = step(adam)
    loss10 = loss.item()
    times = []
    cpu = 0.0
    end = None
    while end is None or time.perf_counter() < end:
        with torch.no_grad():
            for parameter, value in zip(parameters, first):
                parameter.copy_(value)
        adam = new_adam()
        if end is None:
            for _ in range(10):
                step(adam)
            end = time.perf_counter() + options.seconds
            continue
        before = time.process_time()
        for _ in range(100):
            start = time.perf_counter()
            step(adam)
            now = time.perf_counter()
            times.append((now - start) * 1e3)
            if now >= end:
                break
        cpu += time.process_time() - before
    print(
        json.dumps(
            {
                "peer": f"torch {torch.__version__}",
                "model": options.model,
                "threads": options.threads,
                "adam": options.adam,
                "steps": len(times),
                "median": round(float(np.median(times)), 4),
                "min": round(min(times), 4),
                "p90": round(float(np.percentile(times, 90)), 4),
                "cpu": round(cpu / len(times) * 1e3, 4),
                "loss10": loss10,
                "parameters": sum(p.numel() for p in parameters),
            }
        )
    )


if __name__ == "__main__":
    main()
