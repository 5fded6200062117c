#!/usr/bin/env python3
"""Values that the evaluation's formulas are tested against, computed with numpy, scipy and scikit-learn.

Run once by hand: /usr/bin/python3 make_reference.py > reference.json
(Debian 12: numpy 1.24.2, scipy 1.10.1, scikit-learn 1.2.1).
"""
import json

import numpy as np
from scipy import linalg, ndimage, optimize, special, stats
from scipy.spatial import distance
from sklearn import metrics, neighbors
from sklearn.metrics import pairwise

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



# Three loops of two seeds each, made of three tables; the third is the sum of the first two. Same redrawn images for all loops.
tables = {"first": first, "second": second, "mixed": first + second}
loops = [[("first", "second"), ("first", "mixed")], [("first", "second"), ("mixed", "second")], [("first", "mixed"), ("mixed", "second")]]


def loop_deltas(idx):
    f1 = {name: macro_f1(t, idx) for name, t in tables.items()}
    return [np.mean([f1[b] - f1[a] for a, b in loop]) for loop in loops]


draw = np.random.default_rng(21)
redrawn = []
for _ in range(6000):
    idx = np.concatenate([np.array(s[j]) for s in strata.values() for j in draw.integers(len(s), size=len(s))])
    redrawn.append(np.mean(loop_deltas(idx)))


def loop_interval(deltas, image_error, level):
    error = np.sqrt(np.var(deltas, ddof=1) / len(deltas) + image_error ** 2)
    return [float(v) for v in stats.t.interval(level, len(deltas) - 1, loc=np.mean(deltas), scale=error)]


intervals = [{"deltas": d, "imageError": e, "wide": loop_interval(d, e, 0.95), "narrow": loop_interval(d, e, 0.9)} for d, e in [
    ([0.02, 0.03], 0.004), ([0.03, 0.035, 0.04], 0.005), ([-0.02, -0.022, -0.025, -0.024, -0.021], 0.003), ([0.001, 0.003, -0.002, 0.002], 0.004)]]


def t_quantile(p, df):
    """By the inverse incomplete beta function: scipy 1.10's t.ppf stops its search at about 1e-9."""
    x = special.betaincinv(df / 2, 0.5, 2 * min(p, 1 - p))
    return float(np.sign(p - 0.5) * np.sqrt(df * (1 / x - 1)))


# A temperature fitted to the first table, used on the second.
def nll(logits, t):
    return -special.log_softmax(logits.astype(np.float64) / t, axis=1)[np.arange(N), truth].mean()


temperature = float(np.exp(optimize.minimize_scalar(lambda v: nll(first, np.exp(v)), bounds=np.log([0.1, 10]), method="bounded", options={"xatol": 1e-12}).x))
tempered = figures((second.astype(np.float64) / temperature))
tempered = {"temperature": temperature, **{k: tempered[k] for k in ("calibrationError", "nll", "brier")}}

# Features of three sets of equal size; fakes have another mean and spread, and some are copies of each other.
draw = np.random.default_rng(22)
D = 6
mix = draw.normal(size=(D, D))
held_out, train = (np.round(draw.normal(size=(40, D)) @ mix, 2) for _ in range(2))
fakes = np.round(0.8 * draw.normal(size=(40, D)) @ mix + 0.5, 2)
fakes[:9] = fakes[0]


def distances(real, fake, k=5):
    real, fake = real.astype(np.float32).astype(np.float64), fake.astype(np.float32).astype(np.float64)
    c1, c2 = np.cov(real.T), np.cov(fake.T)
    frechet = ((real.mean(0) - fake.mean(0)) ** 2).sum() + np.trace(c1 + c2 - 2 * linalg.sqrtm(c1 @ c2).real)
    xx, yy, xy = (pairwise.polynomial_kernel(a, b, degree=3, coef0=1) for a, b in [(real, real), (fake, fake), (real, fake)])  # gamma: 1 / D
    m = len(real)
    kernel = (xx.sum() - np.trace(xx)) / (m * (m - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1)) - 2 * xy.mean()
    real_radii, fake_radii = (neighbors.NearestNeighbors(n_neighbors=k, algorithm="brute").fit(a).kneighbors()[0][:, -1] for a in (real, fake))
    d = distance.cdist(real, fake)
    return {"frechet": float(frechet), "kernel": float(kernel), "density": float((d < real_radii[:, None]).sum() / (k * m)),
            "coverage": float((d.min(1) < real_radii).mean()), "recall": float((d < fake_radii[None, :]).any(1).mean())}


# A picture of 10×32 pixels, smooth with some noise, up to both ends of the range.
yy, xx = np.mgrid[0:10, 0:32]
picture = np.clip(128 + 140 * np.sin(yy / 3) * np.cos(xx / 4) + np.random.default_rng(23).normal(size=(10, 32)) * 12, 0, 255).astype(np.uint8)
blurred = [ndimage.gaussian_filter(picture.astype(np.float64), s, mode="nearest", truncate=4).ravel().round(6).tolist() for s in (0.4, 0.7, 1.0)]
flat = [(picture.mean() + (picture - picture.mean()) * c).ravel().round(6).tolist() for c in (0.75, 0.4, 0.15)]

result = {
    "classes": ["a", "b", "c", "d"], "groups": groups, "truth": truth.tolist(),
    "first": [float(f"{v:.3f}") for v in first.ravel()], "second": [float(f"{v:.3f}") for v in second.ravel()],
    "firstFigures": figures(first), "secondFigures": figures(second),
    "delta": macro_f1(second, np.arange(N)) - macro_f1(first, np.arange(N)), "deltaDeviation": float(np.std(deltas, ddof=1)),
    "onlyFirst": only_first, "onlySecond": only_second,
    "mcnemar": [[a, b, stats.binomtest(a, a + b, 0.5).pvalue] for a, b in [(only_first, only_second), (0, 5), (3, 3), (10, 25), (400, 470)]],
    "tiedScores": scores.tolist(), "tiedPositive": [bool(v) for v in positive], "tiedAuroc": metrics.roc_auc_score(positive, scores),
    "values": values.tolist(), "quantiles": [[q, float(np.quantile(values, q))] for q in (0, 0.001, 0.3, 0.5, 0.99, 1)],
    "loopDeltas": [float(v) for v in loop_deltas(np.arange(N))], "loopImageError": float(np.std(redrawn, ddof=1)), "loopIntervals": intervals,
    "t": [[p, df, t_quantile(p, df)] for df in (1, 2, 3, 4, 5, 9, 10, 30, 101, 1000) for p in (0.001, 0.05, 0.5, 0.6, 0.95, 0.975, 0.9995)],
    "tCdf": [[t, df, float(stats.t.cdf(t, df))] for df in (1, 2, 3, 4, 7, 30) for t in (-6.5, -1, 0, 0.3, 2.5, 40)],
    "tempered": tempered,
    "featureWidth": D, "heldOut": held_out.ravel().tolist(), "train": train.ravel().tolist(), "fakes": fakes.ravel().tolist(),
    "fakesFigures": distances(held_out, fakes), "trainFigures": distances(held_out, train),
    "picture": picture.ravel().tolist(), "blurred": blurred, "flat": flat,
}
# One key a line: long lists would otherwise be a line a number.
print("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in result.items()) + "\n}")
