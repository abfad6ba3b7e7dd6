"""One network for the four tasks of examples/emoji, in PyTorch: the recipe that our quickstart follows.

    python bench/peers/emoji_torch.py [--seeds 0,1,2] [--threads 1] [--epochs 15]

Same table, splits, metrics and treatment of blank labels as emoji_sklearn.py, whose text line it has to beat.

  text     label and tags each: words and character 3- to 5-grams (inside "<word>", a word counts 1, a gram 0.5), hashed into
           8,192 rows of a trainable table of width 128 drawn from N(0, 0.05²); the row's counts scaled to length 1; weighted sum
  picture  4 channels (colour over white, opacity), standardised a channel; three times conv 3×3 – batch norm – ReLU –
           max-pool 2 with 16, 32, 64 filters; flatten; dropout 0.5; dense 128; ReLU
  fusion   the three vectors side by side, dropout 0.5; no hidden layer
  heads    one linear layer a task; losses: cross-entropy, cross-entropy, logistic, squared error of the standardised
           number; each the mean over the labelled rows of the batch; their sum
  training Adam 5e-3, cosine to 0 over the run, batch 64, 15 epochs, no weight decay, no early stop
"""

import argparse
import io
import json
import re
import time
import zlib

import numpy as np
import torch
import torch.nn.functional as F
from emoji_sklearn import METRICS, SPLITS, TASKS, over_white, read_table
from PIL import Image
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score
from torch import nn

BUCKETS, WIDTH, EPOCHS, BATCH, RATE, DROPOUT = 8192, 128, 15, 64, 5e-3, 0.5


def bag(text):
    counts = {}
    for word in re.findall(r"\w+", text.lower()):
        marked = f"<{word}>"
        grams = [marked[i : i + n] for n in (3, 4, 5) for i in range(len(marked) - n + 1)]
        for token, weight in [("w:" + word, 1.0), *(("c:" + gram, 0.5) for gram in grams)]:
            at = zlib.crc32(token.encode()) % BUCKETS
            counts[at] = counts.get(at, 0.0) + weight
    return counts


def padded(bags):
    longest = max(len(b) for b in bags)
    index, weight = np.zeros((len(bags), longest), np.int64), np.zeros((len(bags), longest), np.float32)
    for row, counts in enumerate(bags):
        index[row, : len(counts)] = list(counts)
        weight[row, : len(counts)] = list(counts.values())
    weight /= np.maximum(np.linalg.norm(weight, axis=1, keepdims=True), 1e-9)
    return torch.from_numpy(index), torch.from_numpy(weight)


class Network(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(BUCKETS, WIDTH) for _ in range(2))
        for table in self.tables:
            nn.init.normal_(table.weight, std=0.05)
        layers = []
        for inputs, outputs in ((4, 16), (16, 32), (32, 64)):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
        self.picture = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(DROPOUT), nn.Linear(1024, WIDTH), nn.ReLU())
        self.dropout = nn.Dropout(DROPOUT)
        self.heads = nn.ModuleList(nn.Linear(3 * WIDTH, n) for n in (*classes, 1, 1))

    def forward(self, texts, pictures):
        parts = [
            F.embedding_bag(index, table.weight, per_sample_weights=weight, mode="sum")
            for table, (index, weight) in zip(self.tables, texts)
        ]
        h = self.dropout(torch.cat([*parts, self.picture(pictures)], 1))
        return [head(h) for head in self.heads]


def class_numbers(table, task):
    names = sorted({row[task] for row in table if row[task] is not None})
    return torch.tensor([-1 if row[task] is None else names.index(row[task]) for row in table]), len(names)


def numbers(table, task):
    return torch.tensor([float("nan") if row[task] is None else float(row[task]) for row in table])


def labelled_mean(loss, output, label):
    known = ~torch.isnan(label)
    return loss(output[known, 0], label[known]) if known.any() else output.sum() * 0


def picture(png):
    """Four channels: colour over white, and the opacity that this loses."""
    alpha = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), dtype=np.float32)[..., 3:] / 255
    return torch.from_numpy(np.concatenate([over_white(png).astype(np.float32), alpha], 2).transpose(2, 0, 1))


def run(seed, table, test, epochs):
    torch.manual_seed(seed)
    train = np.array(sorted(set(range(len(table))) - set(test)))
    test = torch.tensor(test)
    texts = [padded([bag(row[column]) for row in table]) for column in ("label", "tags")]
    pictures = torch.stack([picture(row["image"]) for row in table])
    mean = pictures[train].mean((0, 2, 3), keepdim=True)
    pictures = (pictures - mean) / pictures[train].std((0, 2, 3), keepdim=True)
    category, categories = class_numbers(table, "category")
    subcategory, subcategories = class_numbers(table, "subcategory")
    toned, version = numbers(table, "has_skin_tones"), numbers(table, "added_in")
    known = version[train][~torch.isnan(version[train])]
    scaled = (version - known.mean()) / known.std()
    network = Network((categories, subcategories))
    adam = torch.optim.Adam(network.parameters(), lr=RATE, fused=True)
    steps = epochs * -(-len(train) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda k: 0.5 * (1 + np.cos(np.pi * k / steps)))
    network.train()
    for epoch in range(epochs):
        order = torch.from_numpy(train[np.random.default_rng(1000 * seed + epoch).permutation(len(train))])
        for rows in order.split(BATCH):
            out = network([(index[rows], weight[rows]) for index, weight in texts], pictures[rows])
            loss = (
                F.cross_entropy(out[0], category[rows], ignore_index=-1)
                + F.cross_entropy(out[1], subcategory[rows], ignore_index=-1)
                + labelled_mean(F.binary_cross_entropy_with_logits, out[2], toned[rows])
                + labelled_mean(F.mse_loss, out[3], scaled[rows])
            )
            adam.zero_grad()
            loss.backward()
            adam.step()
            schedule.step()
    network.eval()
    with torch.no_grad():
        out = network([(index[test], weight[test]) for index, weight in texts], pictures[test])

    def scored(metric, labels, values, missing):
        keep = ~missing
        return float(metric(labels[keep].numpy(), values[keep].numpy()))

    return [
        scored(accuracy_score, category[test], out[0].argmax(1), category[test] < 0),
        scored(accuracy_score, subcategory[test], out[1].argmax(1), subcategory[test] < 0),
        scored(roc_auc_score, toned[test], out[2][:, 0], toned[test].isnan()),
        scored(r2_score, scaled[test], out[3][:, 0], scaled[test].isnan()),
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    table = read_table()
    splits = json.loads(SPLITS.read_text())["test"]
    results = []
    for seed in options.seeds.split(","):
        start = time.perf_counter()
        results.append(run(int(seed), table, splits[seed], options.epochs))
        print(f"seed {seed} " + " ".join(f"{v:7.3f}" for v in results[-1]), f"{time.perf_counter() - start:.0f} s", flush=True)
    mean, sd = np.mean(results, 0), np.std(results, 0, ddof=1) if len(results) > 1 else np.zeros(4)
    print("  ".join(f"{task} {metric} {a:.3f} ± {b:.3f}" for task, metric, a, b in zip(TASKS, METRICS, mean, sd)))


if __name__ == "__main__":
    main()
