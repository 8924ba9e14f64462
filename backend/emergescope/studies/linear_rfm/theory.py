"""What theory says of completing a matrix of low rank this way, in numbers and words. Knows no torch.

That a round is a step of reweighted least squares is the paper's; the first round's numbers are our own algebra.
"""

from emergescope.recording.events import Happened
from emergescope.studies.linear_rfm.config import LinearRfmConfig
from emergescope.studies.study import ReferenceLine, Statement, Theory


def first_share(config: LinearRfmConfig) -> float:
    """How much of tr M lies in the true row space after the first round, to leading order in 1/d.

    With M = I nothing is filled in. Of Y'Y, masked with a share q of entries known, the expectation is q^2 Y'Y off the
    diagonal and q Y'Y on it: q of the trace is Y'Y's own, and the rest is a diagonal. Of that the row space has
    the mean of |v|^4 / (d |v|^2) over the factor's columns, (r + 2)/d for Gaussian ones.
    """
    d, r, q = config.problem.d, config.problem.true_rank, config.share_known
    return q + (1 - q) * min(1.0, (r + 2) / d) if config.learns else r / d


def beside_theory(config: LinearRfmConfig, error: float, share: float) -> Happened:
    """The first round beside what is expected of it."""
    predicted = first_share(config)
    groups = [
        {"name": "held-out error", "row_space": False, "predicted": 1.0, "measured": float(f"{error:.4g}")},
        {
            "name": "share of tr M in the true row space",
            "row_space": True,
            "predicted": float(f"{predicted:.4g}"),
            "measured": float(f"{share:.4g}"),
        },
    ]
    text = (
        f"the first round fills in nothing, and its held-out error is {error:.3g}, predicted 1; "
        f"{share:.3g} of tr M is in the true row space, predicted {predicted:.3g}"
    )
    return Happened(1, "first_round", text, {"items": groups})


def theory_of(config: LinearRfmConfig) -> Theory:
    """Statements in the order of the argument, and lines across the curves."""
    lines = (
        ReferenceLine("mse", 1.0, "all zeros"),
        ReferenceLine("mse", config.training.target_error, "found"),
        ReferenceLine("row_space", config.problem.true_rank / config.problem.d, "M = I"),
    )
    statements = (_schatten(config), _fixed(config), _first_round(config), _freedom(config))
    return Theory(statements, lines if config.training.target_error > 0 else (lines[0], lines[2]))


def _schatten(config: LinearRfmConfig) -> Statement:
    alpha, p = config.method.matrix_power, config.schatten
    called = {1.0: "the nuclear norm", 0.0: "a log-determinant"}.get(p, "convex" if p > 1 else "not convex")
    return Statement(
        "schatten",
        "Each round lowers a penalty on singular values",
        "min_X λ tr(X (X_t'X_t)^{−2α} X') + |X − Y|^2 on known entries,  Schatten p = 2 − 4α",
        f"With α = {alpha:g} it is a step of iteratively reweighted least squares for Schatten p = {p:g}: {called}. "
        "α = ¼ is the nuclear norm, ½ a log-determinant, and the smaller p is, the less it asks of large singular "
        "values, and the more of small ones.",
        p,
        config.learns,
        ("M is the average gradient outer product of the round before, to the power α.",),
        ("Known entries are put back after each round, so that the penalty is that of the completed matrix.",)
        if config.learns
        else ("Features are fixed: nothing is reweighted.",),
    )


def _fixed(config: LinearRfmConfig) -> Statement:
    return Statement(
        "fixed",
        "Fixed features fill in nothing",
        "M = I:  a' I[O, j] = 0 for j outside of O",
        "The kernel of two columns is 0, so that known entries say nothing of others: all predictions for these are 0, "
        "and the held-out error is their mean square, about 1, in every round.",
        1.0,
        not config.learns,
        ("M = I.",),
        () if not config.learns else ("It holds in the first round, before there is another M.",),
    )


def _first_round(config: LinearRfmConfig) -> Statement:
    share = first_share(config)
    return Statement(
        "first-round",
        "The first round finds a little of the row space",
        "share of tr M ≈ q + (1 − q)(r + 2)/d,  q = n/d^2",
        f"{config.share_known:.1%} of the entries are known. That much of M is as it will be, scaled; the rest is a "
        f"diagonal, noise of the mask. After the first round {share:.3g} of tr M lies in the true row space, after "
        f"{config.problem.true_rank / config.problem.d:.3g} before it.",
        share,
        config.learns,
        ("Factors are Gaussian.", "Known entries are drawn at random.", "M = I before."),
        (f"To leading order in 1/d, and d = {config.problem.d:,}.",)
        if config.learns
        else ("Features are fixed: the share stays r/d.",),
    )


def _freedom(config: LinearRfmConfig) -> Statement:
    d, r = config.problem.d, config.problem.true_rank
    free = r * (2 * d - r)
    times = config.problem.observed / free
    return Statement(
        "freedom",
        "Degrees of freedom",
        "r (2d − r)",
        f"A matrix of this size and rank has {free:,}: {config.problem.observed:,} known entries are {times:.3g} times "
        "as many. With fewer than that no method finds it; how many more are needed depends on the penalty.",
        times,
        times >= 1,
        ("Entries are known without noise.",),
        ("It is necessary and not sufficient: a row with fewer than r known entries cannot be found, say.",),
    )
