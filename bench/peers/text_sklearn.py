"""TF-IDF with logistic regression on the sets of bench/text-encoders.ts: the same rows, words and word pairs.

    python bench/peers/text_sklearn.py [folder of the data sets]

One JSON line a set: accuracy on the test rows and seconds of processor time. The inverse strength is scikit-learn's 10.
"""

import csv
import gzip
import json
import os
import pathlib
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

here = pathlib.Path(__file__).resolve()
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[3] / "shared" / "data"


def sentences(content):
    for block in content.strip().split("\n\n"):
        head, *tokens = block.split("\n")
        yield {"text": " ".join(t.split("\t")[0] for t in tokens), "intent": head[len("# intent = ") :]}


def snips():
    files = folder / "snips-nlu"
    train = gzip.decompress((files / "snips_train.conll.gz").read_bytes()).decode()
    test = (files / "snips_validate.conll").read_text(encoding="utf8")
    return list(sentences(train)), list(sentences(test)), ["intent"]


def clinc():
    def part(name):
        with open(folder / "clinc150" / f"clinc_{name}.csv", encoding="utf8", newline="") as file:
            return [row for row in csv.DictReader(file) if row["intent"] != "oos"]

    return part("train") + part("val"), part("test"), ["intent", "domain"]


for name, read in (("snips", snips), ("clinc", clinc)):
    train, test, tasks = read()
    before = time.process_time()
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    x = vectors.fit_transform(row["text"] for row in train)
    z = vectors.transform(row["text"] for row in test)
    scores = {}
    for task in tasks:
        model = LogisticRegression(C=10, max_iter=200).fit(x, [row[task] for row in train])
        scores[task] = round(float(model.score(z, [row[task] for row in test])), 4)
    seconds = round(time.process_time() - before)
    print(json.dumps({"set": name, "reader": "scikit-learn", **scores, "processorSeconds": seconds}), flush=True)
