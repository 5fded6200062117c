#!/usr/bin/env python3
"""Sobol' points that the sampler's are tested against, from scipy.

Run once by hand: /usr/bin/python3 make_sobol.py > sobol.json
(Debian 12: scipy 1.10.1, whose table is Joe and Kuo's new-joe-kuo-6.21201.)
"""
import json

from scipy.stats import qmc

D = 64


def whole(points, bits):
    return [[int(v * 2**bits) for v in p] for p in points]


far = [1023, 65535, 1000003, 2**29 + 12345]   # the last needs all but two of the direction numbers
print("{")
print('"first":[')  # the first 64 points times 64
print(",\n".join(json.dumps(r, separators=(",", ":")) for r in whole(qmc.Sobol(D, scramble=False).random(64), 6)))
print('],\n"far":{')  # some others, times 2^30
print(",\n".join(f'"{n}":' + json.dumps(whole(qmc.Sobol(D, scramble=False).fast_forward(n).random(1), 30)[0], separators=(",", ":")) for n in far))
print("}}")
