"""The sets of cross-modal-tables.ts by scikit-learn: a linear model a task, of the same inputs on the same rows.

    npx tsx bench/cross-modal-tables.ts --rows rows.json
    python bench/peers/cross_modal_sklearn.py rows.json [folder]

TF-IDF of words, word pairs and character sequences of each text, standardised numbers with their medians where missing, categories
as ones and zeros, pixels of small pictures; ridge and logistic regression, whose strengths are chosen by 3-fold
cross-validation on training rows. Beside them the mean or the commonest class of the training rows. One JSON line a set; with a
folder, what is said of each labelled test row as `<set>-linear.json` there: the number, the probability of "yes", or 1 for the right class.
"""

import json
import sys
import warnings

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import root_mean_squared_error, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.simplefilter("ignore")


def features(given, rows, train, seen):
    blocks = []
    for name in given["texts"]:
        if name not in seen:
            continue
        cells = [str(row[name] or "") for row in rows]
        for options in ({"ngram_range": (1, 2)}, {"analyzer": "char_wb", "ngram_range": (3, 5), "min_df": 2}):
            model = TfidfVectorizer(sublinear_tf=True, **options).fit([cells[i] for i in train])
            blocks.append(model.transform(cells))
    table = [n for n in given["numbers"] if n in seen]
    if table:
        cells = np.array([[np.nan if row[n] is None else row[n] for n in table] for row in rows], float)
        model = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()).fit(cells[train])
        blocks.append(csr_matrix(model.transform(cells)))
    named = [n for n in given["categories"] if n in seen]
    if named:
        cells = np.array([[str(row[n]) for n in named] for row in rows], object)
        blocks.append(OneHotEncoder(handle_unknown="ignore").fit(cells[train]).transform(cells))
    for name in given["pictures"]:
        if name in seen:
            cells = np.array([row[name] for row in rows], float)
            blocks.append(csr_matrix(StandardScaler().fit(cells[train]).transform(cells) / 10))
    return hstack(blocks).tocsr()


with open(sys.argv[1]) as file:
    sets = json.load(file)
for name, given in sets.items():
    rows, fold = given["rows"], np.array(given["fold"])
    every = given["texts"] + given["numbers"] + given["categories"] + given["pictures"]
    found, kept = {}, {}
    for task, kind in given["tasks"].items():
        seen = given["perTask"].get(task, {}).get("inputs", every)
        there = np.array([row[task] is not None for row in rows])
        y = np.array([row[task] if row[task] is not None else 0 for row in rows], float if kind == "regression" else object)
        scores, plain, said = [], [], []
        for test in given["folds"]:
            train = np.flatnonzero(there & (fold != test))
            held = np.flatnonzero(there & (fold == test))
            x = features(given, rows, train, seen)
            if kind == "regression":
                model = GridSearchCV(Ridge(), {"alpha": [0.3, 1, 3, 10, 30]}, cv=3, scoring="neg_mean_squared_error")
                said.append(model.fit(x[train], y[train]).predict(x[held]).tolist())
                scores.append(root_mean_squared_error(y[held], said[-1]))
                plain.append(root_mean_squared_error(y[held], np.full(len(held), y[train].mean())))
                continue
            y = np.array([str(v) for v in y])
            model = GridSearchCV(LogisticRegression(max_iter=300), {"C": [0.3, 3, 30]}, cv=3)
            model.fit(x[train], y[train])
            if kind == "binary":
                said.append(model.predict_proba(x[held])[:, list(model.classes_).index("yes")].tolist())
                scores.append(roc_auc_score(y[held] == "yes", said[-1]))
                plain.append(0.5)
            else:
                said.append((y[held] == model.predict(x[held])).astype(int).tolist())
                scores.append(np.mean(said[-1]))
                values, counts = np.unique(y[train], return_counts=True)
                plain.append(float(np.mean(y[held] == values[counts.argmax()])))
        found[task] = {"linear": float(f"{np.mean(scores):.4g}"), "constant": float(f"{np.mean(plain):.4g}")}
        kept[task] = said
    print(json.dumps({"set": name, **found}), flush=True)
    if len(sys.argv) > 2:
        with open(f"{sys.argv[2]}/{name}-linear.json", "w") as file:
            json.dump(kept, file)
