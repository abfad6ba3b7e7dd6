"""Digit and speaker of the Free Spoken Digit Dataset by scikit-learn, a model a task, on the official split.

    python bench/peers/fsdd_sklearn.py [folder of index.csv]

Log-mel frames (25 ms every 10 ms, 40 bands) resized to 16 x 20, and each band's mean, deviation and quantiles; logistic
regression and a support vector machine, whose strengths are chosen by 5-fold cross-validation on training rows. Prints
one JSON line.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared/data/fsdd")
rate, window, hop, size, bands = 8000, 200, 80, 256, 40


def mel(hertz):
    return 2595 * np.log10(1 + hertz / 700)


corners = 700 * (10 ** (np.linspace(mel(20), mel(rate / 2), bands + 2) / 2595) - 1)
bins = np.fft.rfftfreq(size, 1 / rate)
bank = np.array([np.interp(bins, corners[m : m + 3], [0, 1, 0], left=0, right=0) for m in range(bands)]).T
hann = np.hanning(window + 1)[:-1]


def features(path):
    _, x = wavfile.read(path)
    x = x.astype(float) / max(1, np.abs(x).max())
    count = 1 + int(np.ceil(max(0, len(x) - window) / hop))
    x = np.pad(x, (0, max(0, window + (count - 1) * hop - len(x))))
    frames = np.stack([x[i * hop : i * hop + window] for i in range(count)]) * hann
    logs = np.log(np.abs(np.fft.rfft(frames, size)) ** 2 @ bank + 1e-4)
    edges = np.linspace(0, count, 17)
    picture = [logs[int(a) : max(int(a) + 1, int(np.ceil(b)))].mean(0) for a, b in zip(edges, edges[1:])]
    halves = np.array(picture).reshape(16, bands // 2, 2).mean(2)
    return np.concatenate([logs.mean(0), logs.std(0), *np.quantile(logs, [0.1, 0.5, 0.9], axis=0), halves.ravel()])


with open(folder / "index.csv") as file:
    rows = list(csv.DictReader(file))
x = np.array([features(folder / "recordings" / row["file"]) for row in rows])
train = np.array([row["split"] == "train" for row in rows])
models = {
    "logistic regression": (LogisticRegression(max_iter=2000), {"logisticregression__C": [0.01, 0.1, 1]}),
    "support vector machine": (SVC(), {"svc__C": [3, 10, 30]}),
}
found = {}
for name, (model, grid) in models.items():
    search = GridSearchCV(make_pipeline(StandardScaler(), model), grid, cv=5)
    found[name] = {}
    for task in ("digit", "speaker"):
        y = np.array([row[task] for row in rows])
        found[name][task] = round(search.fit(x[train], y[train]).score(x[~train], y[~train]), 4)
print(json.dumps(found))
