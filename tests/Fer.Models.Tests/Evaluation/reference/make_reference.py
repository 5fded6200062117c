#!/usr/bin/env python3
"""Values that the evaluation's formulas are tested against, computed with numpy, scipy and scikit-learn.

Run once by hand: /usr/bin/python3 make_reference.py > reference.json
(Debian 12: numpy 1.24.2, scipy 1.10.1, scikit-learn 1.2.1).
"""
import json
import sys

import numpy as np
from scipy import optimize, special, stats
from sklearn import metrics

rng = np.random.default_rng(20)
K = 4
counts = [70, 45, 38, 3]          # the last class is too small for macro means
truth = np.repeat(np.arange(K), counts)
truth = truth[rng.permutation(len(truth))]
N = len(truth)


def arm(strength):
    logits = rng.normal(size=(N, K)) * 1.7
    logits[np.arange(N), truth] += strength
    return np.round(logits, 3).astype(np.float32)  # exact in JSON's decimals to float32


first, second = arm(1.0), arm(1.6)
groups = [f"g{i}" for i in range(N)]
for a, b in [(0, 1), (5, 9), (5, 11), (20, 33), (40, 41)]:
    groups[b] = groups[a]
big = [0, 1, 2]                    # classes in macro means


def figures(logits):
    p = special.softmax(logits.astype(np.float64), axis=1)
    pred = logits.argmax(1)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, pred, labels=range(K), zero_division=0)
    auroc = [metrics.roc_auc_score(truth == k, p[:, k]) for k in range(K)]
    conf, right = p.max(1), pred == truth
    order = np.argsort(conf, kind="stable")
    ece = 0.0
    for b in range(15):
        m = order[N * b // 15:N * (b + 1) // 15]
        ece += len(m) / N * abs(right[m].mean() - conf[m].mean())
    onehot = np.eye(K)[truth]

    def nll(t, shift=0):
        return -special.log_softmax(logits.astype(np.float64) / t + shift, axis=1)[np.arange(N), truth].mean()

    prior = np.array([0.4, 0.3, 0.2, 0.1])
    shift = np.log(np.bincount(truth, minlength=K) / N / prior)

    def fit(s):
        r = optimize.minimize_scalar(lambda v: nll(np.exp(v), s), bounds=np.log([0.1, 10]), method="bounded", options={"xatol": 1e-12})
        return float(np.exp(r.x))

    return {
        "accuracy": metrics.accuracy_score(truth, pred),
        "macroPrecision": precision[big].mean(), "macroRecall": recall[big].mean(), "macroF1": f1[big].mean(),
        "macroAuroc": float(np.mean([auroc[k] for k in big])),
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "auroc": auroc,
        "confusion": metrics.confusion_matrix(truth, pred, labels=range(K)).tolist(),
        "calibrationError": ece,
        "nll": metrics.log_loss(truth, p, labels=range(K)),
        "brier": float(((p - onehot) ** 2).sum(1).mean()),
        "temperature": fit(0), "temperatureWithPrior": fit(shift), "prior": prior.tolist(),
        "corrected": (special.softmax(logits[0].astype(np.float64) / 2, axis=0) / prior / (special.softmax(logits[0].astype(np.float64) / 2, axis=0) / prior).sum()).tolist(),
    }


def macro_f1(logits, idx):
    return metrics.f1_score(truth[idx], logits[idx].argmax(1), labels=big, average="macro", zero_division=0)


# Paired bootstrap: groups as units, drawn within the class of the group's first image.
units = {}
for i, g in enumerate(groups):
    units.setdefault(g, []).append(i)
strata = {}
for u in units.values():
    strata.setdefault(truth[u[0]], []).append(u)
deltas = []
for _ in range(6000):
    idx = np.concatenate([np.array(s[j]) for s in strata.values() for j in rng.integers(len(s), size=len(s))])
    deltas.append(macro_f1(second, idx) - macro_f1(first, idx))

only_first = int(((first.argmax(1) == truth) & (second.argmax(1) != truth)).sum())
only_second = int(((first.argmax(1) != truth) & (second.argmax(1) == truth)).sum())
scores = np.round(rng.normal(size=200), 1)
positive = rng.random(200) < special.expit(scores)
values = np.round(rng.normal(size=37), 4)

json.dump({
    "classes": ["a", "b", "c", "d"], "groups": groups, "truth": truth.tolist(),
    "first": [float(f"{v:.3f}") for v in first.ravel()], "second": [float(f"{v:.3f}") for v in second.ravel()],
    "firstFigures": figures(first), "secondFigures": figures(second),
    "delta": macro_f1(second, np.arange(N)) - macro_f1(first, np.arange(N)), "deltaDeviation": float(np.std(deltas, ddof=1)),
    "onlyFirst": only_first, "onlySecond": only_second,
    "mcnemar": [[a, b, stats.binomtest(a, a + b, 0.5).pvalue] for a, b in [(only_first, only_second), (0, 5), (3, 3), (10, 25), (400, 470)]],
    "tiedScores": scores.tolist(), "tiedPositive": [bool(v) for v in positive], "tiedAuroc": metrics.roc_auc_score(positive, scores),
    "values": values.tolist(), "quantiles": [[q, float(np.quantile(values, q))] for q in (0, 0.001, 0.3, 0.5, 0.99, 1)],
}, sys.stdout, indent=1)
