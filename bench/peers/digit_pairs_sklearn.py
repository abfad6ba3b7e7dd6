"""Digit pairs by scikit-learn: each input alone, and joined early and late, on the rows that digit-pairs-data.ts writes.

    npx tsx bench/digit-pairs-data.ts pairs.json
    python bench/peers/digit_pairs_sklearn.py pairs.json

Networks of one hidden layer of 64, 40 epochs, on standardised pictures and, once each, on sounds as they are with their noise
("raw"), and standardised again ("standardised"), as ours are. "late product" multiplies the posteriors of the networks of single inputs over the prior,
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
scaled = (sound - sound[train].mean(0)) / sound[train].std(0)
prior = np.log([np.mean(y[train] == d) for d in sorted(set(y))])


def logs(posterior):
    return np.log(np.maximum(posterior, 1e-12))


def score(decision):
    return float(np.mean(np.array(sorted(set(y)))[decision.argmax(1)] == y[~train]))


found = {}


def add(name, decision):
    found.setdefault(name, []).append(score(decision))


for seed in (0, 1, 2):

    def network():
        return MLPClassifier((64,), random_state=seed, max_iter=40)

    def learn(x):
        fold = cross_val_predict(network(), x[train], y[train], cv=3, method="predict_proba")
        return logs(fold), logs(network().fit(x[train], y[train]).predict_proba(x[~train]))

    picture = learn(image)
    add("image", picture[1])
    for scaling, x in (("raw", sound), ("standardised", scaled)):
        said = learn(x)
        add(f"audio, {scaling}", said[1])
        both = np.hstack([image, x])
        add(f"early, {scaling}", network().fit(both[train], y[train]).predict_proba(both[~train]))
        add(f"late product, {scaling}", picture[1] + said[1] - prior)
        stack = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        stack.fit(np.hstack([picture[0], said[0]]), y[train])
        add(f"stacked, {scaling}", stack.predict_proba(np.hstack([picture[1], said[1]])))

linear = GridSearchCV(
    make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
    {"logisticregression__C": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2]},
    cv=3,
)
found["audio, regularised linear"] = [score(linear.fit(sound[train], y[train]).predict_proba(sound[~train]))]
print(json.dumps({name: {"mean": round(float(np.mean(v)), 4), "runs": [round(v, 4) for v in v]} for name, v in found.items()}))
