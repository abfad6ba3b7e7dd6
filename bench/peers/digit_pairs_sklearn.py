"""Digit pairs by scikit-learn: each input alone, and joined early and late, on the rows that digit-pairs-data.ts writes.

    npx tsx bench/digit-pairs-data.ts pairs.json
    python bench/peers/digit_pairs_sklearn.py pairs.json

Networks of one hidden layer of 64, 40 epochs, on pictures standardised and sounds as they are, noise included. "late product" multiplies the posteriors of the networks of single inputs over the prior,
"stacked" is a logistic regression on the logarithms of their out-of-fold posteriors. The regularised linear model shows what more care
finds in the sounds: the weight of its penalty is chosen by cross-validation on training pairs. Prints one JSON line.
"""

import json
import sys
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore", ConvergenceWarning)
with open(sys.argv[1]) as file:
    rows = json.load(file)
train = np.array([row["part"] == "train" for row in rows])
y = np.array([row["digit"] for row in rows])
image = np.array([row["image"] for row in rows])
sound = np.array([row["sound"] for row in rows])
image = (image - image[train].mean(0)) / image[train].std(0)
both = np.hstack([image, sound])
prior = np.log([np.mean(y[train] == d) for d in sorted(set(y))])


def logs(posterior):
    return np.log(np.maximum(posterior, 1e-12))


def score(decision):
    return float(np.mean(np.array(sorted(set(y)))[decision.argmax(1)] == y[~train]))


found = {}
for seed in (0, 1, 2):
    def network():
        return MLPClassifier((64,), random_state=seed, max_iter=40)

    said = {}
    for name, x in (("image", image), ("audio", sound)):
        model = network().fit(x[train], y[train])
        fold = cross_val_predict(network(), x[train], y[train], cv=3, method="predict_proba")
        said[name] = (logs(fold), logs(model.predict_proba(x[~train])))
        found.setdefault(name, []).append(score(said[name][1]))
    early = network().fit(both[train], y[train])
    found.setdefault("early", []).append(score(early.predict_proba(both[~train])))
    found.setdefault("late product", []).append(score(said["image"][1] + said["audio"][1] - prior))
    stack = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    stack.fit(np.hstack([said["image"][0], said["audio"][0]]), y[train])
    found.setdefault("stacked", []).append(score(stack.predict_proba(np.hstack([said["image"][1], said["audio"][1]]))))

linear = GridSearchCV(
    make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
    {"logisticregression__C": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2]},
    cv=3,
)
found["audio, regularised linear"] = [score(linear.fit(sound[train], y[train]).predict_proba(sound[~train]))]
print(json.dumps({name: {"mean": round(float(np.mean(v)), 4), "runs": [round(v, 4) for v in v]} for name, v in found.items()}))
