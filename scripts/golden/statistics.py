"""Check values of src/reporting/statistics from SciPy; written to test/golden/statistics.json.

    python3 -m venv scipy && scipy/bin/pip install scipy==1.17.1
    scipy/bin/python scripts/golden/statistics.py > test/golden/statistics.json

Infinity is written as the text "Infinity".
"""

import json
import math
import sys

# This file's name is that of a module of Python, which SciPy wants.
sys.path.pop(0)

import numpy
import scipy
from scipy import stats

ALTERNATIVES = ("two-sided", "greater", "less")
random = numpy.random.default_rng(20240607)


def pairs():
    """Values of two methods on the same trials: plain, with ties and zeros, many, and with diverged runs."""
    plain = {f"normal {n}": (random.normal(92, 1, n), random.normal(91, 1.5, n)) for n in (2, 3, 5, 6, 12, 18, 40)}
    rounded = {f"ties {n}": (random.integers(0, 6, n) * 0.5, random.integers(0, 5, n) * 0.5) for n in (5, 8, 12, 18)}
    many = {
        "many": (random.normal(0.1, 1, 80), random.normal(0, 1, 80)),
        "many with ties": (random.integers(0, 20, 90) * 1.0, random.integers(0, 19, 90) * 1.0),
    }
    skewed = {"positive 12": (random.lognormal(2, 0.4, 12), random.lognormal(2.2, 0.4, 12))}
    infinite = {
        "one diverged": (numpy.array([1.0, 2, 3, 4, 5, 6]), numpy.array([2.0, 2.5, math.inf, 4.25, 4, 8])),
        "both diverged": (numpy.array([1.0, math.inf, 3, 4, 5.5, 6]), numpy.array([2.0, math.inf, 3.5, 4.25, 4, 8])),
    }
    return plain | rounded | many | skewed | infinite


def differences(a, b):
    with numpy.errstate(invalid="ignore"):
        return numpy.where(a == b, 0.0, a - b)


def wilcoxon(d, alternative):
    differing = d[d != 0]
    ties = len(set(numpy.abs(differing))) < len(differing)
    if len(differing) > 50:
        result = stats.wilcoxon(differing, alternative=alternative, method="asymptotic", correction=False)
    elif ties and len(differing) > 13:
        every = stats.PermutationMethod(n_resamples=2 ** len(differing), batch=4096)
        result = stats.wilcoxon(differing, alternative=alternative, method=every)
    else:
        result = stats.wilcoxon(differing, alternative=alternative, correction=False)
    return {"statistic": result.statistic, "p": result.pvalue}


def sign_flip(d, alternative):
    if not numpy.isfinite(d).all():
        differing = d[d != 0]
        d = stats.rankdata(numpy.abs(differing)) * numpy.sign(differing)
    if len(d) > 12:
        return None
    result = stats.permutation_test(
        (d,), lambda x, axis: x.mean(axis=axis), permutation_type="samples", n_resamples=2**13, alternative=alternative,
        vectorized=True,
    )
    return {"p": result.pvalue}


def t_tests(a, b, alternative):
    if not (numpy.isfinite(a).all() and numpy.isfinite(b).all()):
        return {}
    paired = stats.ttest_rel(a, b, alternative=alternative)
    welch = stats.ttest_ind(a, b, equal_var=False, alternative=alternative)
    return {
        "paired": {"statistic": paired.statistic, "p": paired.pvalue},
        "welch": {"statistic": welch.statistic, "p": welch.pvalue},
    }


def interval(a):
    if not numpy.isfinite(a).all() or len(a) < 2:
        return None
    low, high = stats.t.interval(0.95, len(a) - 1, loc=a.mean(), scale=stats.sem(a))
    return [low, high]


def hedges(a, b):
    if not (numpy.isfinite(a).all() and numpy.isfinite(b).all()):
        return None
    f = len(a) + len(b) - 2
    pooled = math.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / f)
    j = math.exp(math.lgamma(f / 2) - math.lgamma((f - 1) / 2)) / math.sqrt(f / 2)
    return (a.mean() - b.mean()) / pooled * j


def case(name, a, b):
    d = differences(a, b)
    finite = numpy.isfinite(d).all()
    return {
        "name": name,
        "a": a.tolist(),
        "b": b.tolist(),
        "interval": interval(a),
        "cohenDz": d.mean() / d.std(ddof=1) if finite else None,
        "hedgesG": hedges(a, b),
        "tests": {
            alternative: {
                **t_tests(a, b, alternative),
                "wilcoxon": wilcoxon(d, alternative),
                "signFlip": sign_flip(d, alternative),
            }
            for alternative in ALTERNATIVES
        },
    }


def bootstrap(n):
    values = random.lognormal(1, 0.5, n)
    result = stats.bootstrap((values,), numpy.mean, n_resamples=399, method="BCa", rng=random)
    return {
        "values": values.tolist(),
        "means": result.bootstrap_distribution.tolist(),
        "interval": list(result.confidence_interval),
    }


def friedman(n, k, tied):
    values = random.integers(0, 4, (n, k)) * 1.0 if tied else random.normal(0, 1, (n, k))
    result = stats.friedmanchisquare(*values.T)
    return {"values": values.tolist(), "statistic": result.statistic, "p": result.pvalue}


def distributions():
    ts = [-40.0, -3.2, -1.0, -0.001, 0.0, 0.02, 0.7, 2.0, 6.5, 30.0]
    dfs = [0.7, 1, 2, 3.3, 11, 53, 400]
    return {
        "normalTail": [[z, stats.norm.sf(z)] for z in (-6.0, -1.5, -0.1, 0.0, 0.3, 1.0, 1.7, 1.8, 4.0, 9.0, 20.0)],
        "normalQuantile": [[p, stats.norm.ppf(p)] for p in (1e-9, 0.001, 0.025, 0.3, 0.5, 0.6, 0.95, 0.999)],
        "tTail": [[t, df, stats.t.sf(t, df)] for t in ts for df in dfs],
        "tCritical": [[level, df, stats.t.ppf((1 + level) / 2, df)] for level in (0.5, 0.95, 0.99) for df in dfs],
        "chiSquaredTail": [[x, df, stats.chi2.sf(x, df)] for x in (0.1, 1.0, 5.0, 20.0, 80.0) for df in (1, 2, 5, 8, 13)],
        "fTail": [[f, a, b, stats.f.sf(f, a, b)] for f in (0.1, 1.0, 3.5, 20.0) for a in (2, 6) for b in (3, 15, 40)],
        "studentisedRangeTail": [
            [q, k, stats.studentized_range.sf(q, k, math.inf)] for q in (0.5, 2.0, 3.5, 5.0) for k in (2, 3, 7, 14)
        ],
        "studentisedRangeCritical": [[k, stats.studentized_range.ppf(0.95, k, math.inf)] for k in range(2, 15)],
    }


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (float, numpy.floating)):
        return float(value) if math.isfinite(value) else str(float(value)).replace("inf", "Infinity")
    return value


versions = f"python {sys.version.split()[0]}, scipy {scipy.__version__}, numpy {numpy.__version__}"
json.dump(
    plain(
        {
            "made by": f"scripts/golden/statistics.py: {versions}",
            "distributions": distributions(),
            "pairs": [case(name, a, b) for name, (a, b) in pairs().items()],
            "bootstrap": [bootstrap(n) for n in (8, 20)],
            "friedman": [friedman(6, 5, False), friedman(4, 9, False), friedman(6, 4, True)],
        }
    ),
    sys.stdout,
    indent=1,
)
print()
