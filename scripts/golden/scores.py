"""Check values of src/reporting/scores from NumPy; written to test/golden/scores.json.

    python3 scripts/golden/scores.py > test/golden/scores.json      (any NumPy)

As AlgoPerf's scoring does it: times are divided by the fastest, rho(tau) is counted on a grid of tau from 1 to 4, and the
score is its trapezium over the range; the grid is finer here. "Infinity" is a problem that was not solved.
"""

import json
import sys

sys.path.pop(0)

import numpy

POINTS = 300_001
random = numpy.random.default_rng(20261127)


def scores(times):
    ratios = times / times.min(axis=0)
    taus = numpy.linspace(1.0, 4.0, POINTS)
    profile = numpy.array([[(row <= tau).sum() / times.shape[1] for tau in taus[::3000]] for row in ratios])
    fine = numpy.array([numpy.searchsorted(numpy.sort(row), taus, side="right") / times.shape[1] for row in ratios])
    area = ((fine[:, 1:] + fine[:, :-1]) / 2 * numpy.diff(taus)).sum(axis=1) / 3.0
    return {"score": area.tolist(), "taus": taus[::3000].tolist(), "profile": profile.tolist()}


def table(methods, problems, unsolved):
    times = random.lognormal(3, 0.7, (methods, problems))
    times[random.random(times.shape) < unsolved] = numpy.inf
    times[0, numpy.isinf(times).all(axis=0)] = 7.5
    return times


cases = []
for times in (table(3, 5, 0.0), table(5, 8, 0.25), table(2, 1, 0.0), table(9, 17, 0.5)):
    held = [["Infinity" if numpy.isinf(time) else time for time in row] for row in times.tolist()]
    cases.append({"times": held, **scores(times)})
print(json.dumps({"maker": f"scripts/golden/scores.py, NumPy {numpy.__version__}", "cases": cases}, indent=1))
