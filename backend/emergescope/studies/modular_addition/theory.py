"""What theory says of addition modulo p, in numbers and words. Knows no torch."""

from math import sqrt

from emergescope.studies.modular_addition.config import ModularAdditionConfig
from emergescope.studies.study import ReferenceLine, Statement, Theory

_LIMIT = (
    "Descent minimises the cross-entropy plus λ times the penalty. Minimisers reach the largest margin as λ → 0; "
    "nothing says that descent finds one."
)


def largest_margin(p: int) -> float:
    """γ*: no network of squares has a larger margin on all pairs, in units of Σᵢ |θᵢ|³."""
    return sqrt(2 / 27) / (sqrt(p) * (p - 1))


def is_prime(p: int) -> bool:
    return p > 1 and all(p % n for n in range(2, int(sqrt(p)) + 1))


def enough(p: int) -> int:
    """Neurons from which on γ* is reached."""
    return 4 * (p - 1)


def applies(config: ModularAdditionConfig) -> bool:
    """Whether the theorem is about this network and its penalty."""
    p, method, training = config.problem.p, config.method, config.training
    fits = method.activation == "square" and training.penalty == "cubes" and training.lam > 0
    return fits and is_prime(p) and method.width >= enough(p)


def theory_of(config: ModularAdditionConfig) -> Theory:
    """Statements in the order of the argument, and lines across the curves."""
    lines = [
        ReferenceLine("accuracy", 1 / config.problem.p, "guessing"),
        ReferenceLine("frequencies", config.frequencies, "all"),
    ]
    if config.method.activation == "square":
        lines.append(ReferenceLine("margin_ratio", 1.0, "γ*"))
    return Theory((_margin(config), _cosine(config), _frequencies(config), _shares(config)), tuple(lines))


def _assumptions(p: int) -> tuple[str, ...]:
    return (
        "The activation is the square, and the margin is measured in units of Σᵢ |θᵢ|³.",
        "All pairs are trained on, and p is an odd prime.",
        f"There are at least 4(p − 1) = {enough(p):,} neurons.",
    )


def _statement(
    config: ModularAdditionConfig, id: str, title: str, formula: str, text: str, value: float, *limits: str
) -> Statement:
    there = applies(config)
    if config.method.activation == "relu":
        limits = ("Of ReLUs the theorem says nothing.",)
    elif config.training.lam == 0:
        limits = ("Without a penalty the margin grows only as the logarithm of time does.",)
    return Statement(id, title, formula, text, value if there else None, there, _assumptions(config.problem.p), limits)


def _margin(config: ModularAdditionConfig) -> Statement:
    p = config.problem.p
    text = (
        f"By at least how much is the right answer above each other one, for weights with Σᵢ |θᵢ|³ = 1? At most by "
        f"γ* = {largest_margin(p):.4g} for p = {p}, and 4(p − 1) neurons can reach it."
    )
    title, formula = "The largest margin", "γ* = √(2/27) / (√p (p − 1))"
    return _statement(config, "margin", title, formula, text, largest_margin(p), _LIMIT)


def _cosine(config: ModularAdditionConfig) -> Statement:
    text = (
        "In a network that reaches γ*, u, v and w of each neuron are a cosine of one and the same frequency, equally "
        "large, and the phase of w is that of u plus that of v. A cosine has all its power at one frequency: 1."
    )
    formula = "uᵢ[a] = λᵢ cos(2πka/p + θᵤ),  θ_w = θᵤ + θᵥ"
    return _statement(config, "cosine", "Every neuron is one cosine", formula, text, 1.0, _LIMIT)


def _frequencies(config: ModularAdditionConfig) -> Statement:
    count = config.frequencies
    text = f"Each of the {count} frequencies has neurons. Without one of them some answers would be closer than γ*."
    return _statement(config, "frequencies", "Every frequency is used", "k = 1, …, (p − 1)/2", text, count, _LIMIT)


def _shares(config: ModularAdditionConfig) -> Statement:
    count = config.frequencies
    text = (
        "At γ* the right answer is exactly that far above each other one, on every pair, and only equal amounts of all "
        f"frequencies add up to this: each takes 1/{count} = {1 / count:.3g} of the penalty. "
        "This one is our own algebra, from the theorem."
    )
    formula = "Σ_{i at k} |θᵢ|³ / Σᵢ |θᵢ|³ = 2/(p − 1)"
    return _statement(config, "shares", "Frequencies share equally", formula, text, 1 / count, _LIMIT)
