"""What theory says of the metric that is learned, and of what a constant gets wrong. Knows no torch. Our algebra."""

from math import sqrt

from emergescope.studies.rfm.config import Product, RfmConfig
from emergescope.studies.study import ReferenceLine, Statement, Theory

NOT_LEARNED = "In this control M is not the average outer product of gradients."


def target_variance(problem: Product) -> float:
    """Of the target, whose mean is 0: E[x0² x1²], halved by the gate."""
    return float(problem.deviation**4 * _open(problem))


def limit(problem: Product) -> float:
    """E[(∂f*/∂x0)²] = E[x1²], halved by the gate; the same for x1."""
    return float(problem.deviation**2 * _open(problem))


def limit_deviation(problem: Product) -> float:
    """By how much that average over n points differs from its expectation: one standard error."""
    return float(sqrt((3 * problem.deviation**4 * _open(problem) - limit(problem) ** 2) / problem.n))


def _open(problem: Product) -> float:
    """How often the gate lets the product through."""
    return 0.5 if problem.target == "gated" else 1.0


def theory_of(config: RfmConfig) -> Theory:
    """Statements in the order of the argument, and lines across the curves."""
    problem = config.problem
    lines = (
        ReferenceLine("test_mse", target_variance(problem), "a constant"),
        ReferenceLine("smooth_entry", limit(problem), "E (∂f*/∂x)²"),
    )
    return Theory((_limit(config), _range(config), _constant(problem)), lines)


def _limit(config: RfmConfig) -> Statement:
    problem, learned = config.problem, config.method.metric == "learned"
    value = limit(problem)
    jump = "The target jumps at x5 = 0: there its gradient is infinite, and entry (5, 5) grows with n without a limit."
    limits = [f"The machine is fitted on n = {problem.n:,} points: its gradient is not yet that of the target."]
    if problem.target == "gated":
        limits.append(jump)
    if not learned:
        limits.append(NOT_LEARNED)
    return Statement(
        "limit",
        "What M tends to",
        "M → E[∇f* ∇f*ᵀ] as f → f*",
        f"Entries (0, 0) and (1, 1) are then E[x1²] and E[x0²]{', halved by the gate' * (problem.target == 'gated')}: "
        f"{value:.3g}. All entries between x0, x1 and coordinates that mean nothing are 0.",
        value,
        learned,
        ("f and its gradient are those of the target f*.", "The average is over the distribution of the inputs."),
        tuple(limits),
    )


def _range(config: RfmConfig) -> Statement:
    learned = config.method.metric == "learned"
    return Statement(
        "range",
        "What M has lost never comes back",
        "∇f(x) = M Σᵢ aᵢ k(xᵢ, x) (xᵢ − x) / (L d(xᵢ, x))",
        "Every gradient is M times something: a direction to which M gives nothing gets nothing in any later round, "
        "and one with a small part of M small gradients. So rounds make small differences between coordinates large.",
        None,
        learned,
        ("M is the average outer product of gradients of the machine whose metric it was.",),
        () if learned else (NOT_LEARNED,),
    )


def _constant(problem: Product) -> Statement:
    value = target_variance(problem)
    return Statement(
        "constant",
        "What a constant gets wrong",
        "Var f* = σ⁴ P(gate open)" if problem.target == "gated" else "Var f* = σ⁴",
        f"The target’s mean is 0 and its variance {value:.3g}: the error of a machine that says nothing, R² = 0.",
        value,
        True,
        ("Coordinates are independent, each normal around 0 with deviation σ.",),
        (),
    )
