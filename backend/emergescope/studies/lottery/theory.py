"""What counting says of lottery tickets: how many relevant inputs neurons begin on. Knows no torch."""

from math import comb

from emergescope.studies.lottery.config import LotteryConfig
from emergescope.studies.study import ReferenceLine, Statement, Theory


def overlap_law(config: LotteryConfig) -> tuple[float, ...]:
    """The chance that a neuron begins on 0, 1, ... relevant inputs: of n inputs k are relevant, and it draws a few."""
    n, k, drawn = config.problem.n, config.problem.k, config.method.nonzero_weights
    return tuple(comb(k, j) * comb(n - k, drawn - j) / comb(n, drawn) for j in range(config.full_overlap + 1))


def chance_of_a_ticket(config: LotteryConfig, neurons: int) -> float:
    """That at least one of so many neurons has the most overlap there can be."""
    return float(1 - (1 - overlap_law(config)[-1]) ** neurons)


def theory_of(config: LotteryConfig) -> Theory:
    """Statements in the order of the argument, and lines across the curves."""
    lines = (ReferenceLine("full_error", 0.5, "a coin"),)
    return Theory((_overlap(config), _somewhere(config), _redrawn(config)), lines)


_DRAWN = ("Each neuron draws its inputs at random, without repetition.", "Neurons are independent.")
_NO_PROMISE = (
    "It says who begins well, and not who learns: neurons on fewer relevant inputs can reach the others, only later, "
    "and a neuron on two of them may still fail.",
)


def _overlap(config: LotteryConfig) -> Statement:
    n, k, drawn, most = config.problem.n, config.problem.k, config.method.nonzero_weights, config.full_overlap
    chance = overlap_law(config)[-1]
    return Statement(
        "overlap",
        "Neurons that begin on relevant inputs",
        "P(j) = C(k, j) C(n − k, s − j) / C(n, s)",
        f"A neuron that draws {drawn} of {n:,} inputs hits {most} of the {k} relevant ones with probability "
        f"{chance:.2g}.",
        chance,
        True,
        _DRAWN[:1],
        (),
    )


def _somewhere(config: LotteryConfig) -> Statement:
    width = config.method.width
    chance = chance_of_a_ticket(config, width)
    return Statement(
        "somewhere",
        "A wide network buys many tickets",
        "1 − (1 − P(j))^m",
        f"Of networks of width {width:,}, {chance:.0%} have such a neuron. The others must do with less.",
        chance,
        True,
        _DRAWN,
        _NO_PROMISE,
    )


def _redrawn(config: LotteryConfig) -> Statement:
    kept = config.method.kept_neurons
    chance = chance_of_a_ticket(config, kept)
    return Statement(
        "redrawn",
        f"{kept} neurons drawn anew",
        "1 − (1 − P(j))^m",
        f"Of {kept} neurons drawn anew, one is as lucky in {chance:.0%} of cases: why they rarely learn.",
        chance,
        True,
        _DRAWN,
        _NO_PROMISE,
    )
