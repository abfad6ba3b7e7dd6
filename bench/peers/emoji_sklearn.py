"""Linear models of scikit-learn on examples/emoji/emoji.parquet: the lines that our network has to beat.

Five random 80/20 splits (bench/peers/emoji_splits.json, written by --make-splits: the test part is the first fifth of
numpy's default_rng(seed).permutation(rows)). Training uses the labelled training rows of each task, evaluation the
labelled test rows. One model a task: logistic regression (C=10) for category, subcategory and has_skin_tones; ridge
(alpha=1) for added_in. Inputs:

  text    TF-IDF of word 1- and 2-grams of label + tags, fitted on the training rows
  pixels  the picture averaged down to 8×8, red-green-blue over white, 0 to 1: 192 numbers
  both    the two side by side

Prints a table and, with --json, one JSON document.
"""

import argparse
import io
import json
import os
import warnings
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np
import pyarrow.parquet as parquet
import scipy.sparse as sparse
import sklearn
from PIL import Image
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

HERE = Path(__file__).parent
TABLE = HERE / "../../examples/emoji/emoji.parquet"
SPLITS = HERE / "emoji_splits.json"
TASKS = ("category", "subcategory", "has_skin_tones", "added_in")
METRICS = ("accuracy", "accuracy", "AUC", "R2")


def read_table(path=TABLE):
    return parquet.read_table(path).to_pylist()


def over_white(png):
    rgba = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), dtype=np.float64) / 255
    alpha = rgba[..., 3:]
    return rgba[..., :3] * alpha + (1 - alpha)


def shrink(picture, factor=4):
    height, width, channels = picture.shape
    return picture.reshape(height // factor, factor, width // factor, factor, channels).mean((1, 3))


def make_splits(rows, seeds=5):
    splits = {}
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(rows)
        splits[str(seed)] = sorted(int(i) for i in order[: rows // 5])
    return {"rows": rows, "rule": "test = first fifth of numpy default_rng(seed).permutation(rows)", "test": splits}


def score(task, table, features, train, test):
    labels = [row[task] for row in table]
    train = [i for i in train if labels[i] is not None]
    test = [i for i in test if labels[i] is not None]
    y_train, y_test = [labels[i] for i in train], [labels[i] for i in test]
    if task == "added_in":
        return r2_score(y_test, Ridge(alpha=1.0).fit(features[train], y_train).predict(features[test]))
    model = LogisticRegression(C=10, max_iter=2000).fit(features[train], y_train)
    if task == "has_skin_tones":
        return roc_auc_score(y_test, model.predict_proba(features[test])[:, 1])
    return accuracy_score(y_test, model.predict(features[test]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--make-splits", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    table = read_table()
    if options.make_splits:
        SPLITS.write_text(json.dumps(make_splits(len(table))) + "\n")
    splits = json.loads(SPLITS.read_text())
    pixels = np.stack([shrink(over_white(row["image"])).ravel() for row in table])
    texts = [f"{row['label']} {row['tags']}" for row in table]
    results = {"text": [], "pixels": [], "both": []}
    for seed, test in splits["test"].items():
        train = sorted(set(range(len(table))) - set(test))
        text = TfidfVectorizer(ngram_range=(1, 2)).fit([texts[i] for i in train]).transform(texts).tocsr()
        inputs = {"text": text, "pixels": pixels, "both": sparse.hstack([text, sparse.csr_array(pixels)]).tocsr()}
        for name, features in inputs.items():
            row = [float(score(task, table, features, train, test)) for task in TASKS]
            results[name].append(row)
            if not options.json:
                print(f"seed {seed} {name:6s} " + " ".join(f"{value:7.3f}" for value in row), flush=True)
    summary = {
        name: {
            task: {"metric": metric, "mean": float(np.mean(column)), "sd": float(np.std(column, ddof=1))}
            for task, metric, column in zip(TASKS, METRICS, np.array(rows).T)
        }
        for name, rows in results.items()
    }
    if options.json:
        print(json.dumps({"scikit-learn": sklearn.__version__, "seeds": results, "summary": summary}))
        return
    print(f"\nscikit-learn {sklearn.__version__}, mean ± sd of {len(splits['test'])} splits")
    for name, tasks in summary.items():
        print(f"{name:6s} " + "  ".join(f"{task} {v['mean']:.3f} ± {v['sd']:.3f}" for task, v in tasks.items()))


if __name__ == "__main__":
    main()
