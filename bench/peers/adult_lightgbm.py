"""LightGBM, 300 trees, each task by itself, on the tables that bench/adult.ts writes: AUC on test rows as one JSON line.

    python bench/peers/adult_lightgbm.py FOLDER
"""

import json
import sys

import lightgbm
import pandas
from sklearn.metrics import roc_auc_score

train, test = (pandas.read_csv(f"{sys.argv[1]}/{part}.csv") for part in ("train", "test"))
tasks = {"income": ">50K", "never_married": "yes"}
words = [c for c in train if train[c].dtype.kind not in "if" and c not in tasks]
for name in words:
    kinds = pandas.CategoricalDtype(train[name].dropna().unique())
    train[name], test[name] = train[name].astype(kinds), test[name].astype(kinds)
inputs = [c for c in train if c not in tasks]
found = {}
for task, positive in tasks.items():
    model = lightgbm.LGBMClassifier(n_estimators=300, learning_rate=0.05, verbose=-1, n_jobs=1, random_state=0)
    model.fit(train[inputs], train[task] == positive)
    found[task] = roc_auc_score(test[task] == positive, model.predict_proba(test[inputs])[:, 1])
print(json.dumps(found))
