"""What the paper's theorems say of a configuration, in numbers and words. Pure functions of it.

Lemmas 5 and 6 and Theorems 2 and 3 are those of Shi, Wei and Liang (ICLR 2022); docs/experiments.md has the JSON.
"""

from math import comb, sqrt

from emergescope.studies.patterns.config import DictionaryProblem, PatternsConfig
from emergescope.studies.study import ReferenceLine, Statement, Theory
from emergescope.toolkit import ansatz_display as ansatz


def theory_of(config: PatternsConfig) -> Theory:
    """Statements in the order of the paper's argument; and what two simple rules reach on the parity distribution,
    where that is what inputs follow. None of these lines is a bound.
    """
    statements = (_lemma_5(config), _lemma_6(config), _theorem_2(config), _fixed_features(config), _theorem_3(config))
    return Theory((*statements, *([ansatz.statement()] if config.shows_ansatz else [])), tuple(_lines(config)))


def _lines(config: PatternsConfig) -> list[ReferenceLine]:
    problem = config.problem
    if not _is_parity(problem) or not problem.structure or problem.aligned_positive != 0.5:
        return []
    guess, threshold = _simple_rules(problem)
    lines = [ReferenceLine("test_accuracy", guess, f"parity part guessed {_percent(guess)}")]
    if threshold - guess > 0.005:
        lines.append(ReferenceLine("test_accuracy", threshold, f"one threshold {_percent(threshold)}"))
    floor = hinge_floor(problem.p_o, problem.k, 2 * config.method.m, 1.0)
    if floor > 0:  # else Theorem 2 says nothing of weights of norm one
        lines.append(ReferenceLine("loss", floor, f"Theorem 2, |a| = 1: {floor:.2f}"))
    return lines


def _simple_rules(problem: DictionaryProblem) -> tuple[float, float]:
    """Accuracy of who guesses on the parity part, and of the best threshold there."""
    return 1 - problem.p_o / 2, 1 - problem.p_o + problem.p_o * best_threshold(problem.k)


def best_threshold(k: int) -> float:
    """Accuracy on k uniform bits, for the parity of their count, of the best rule "count >= t"; 0.6875 for k = 5."""
    return max(sum(comb(k, c) for c in range(k + 1) if (c >= t) == (c % 2 == 1)) for t in range(1, k + 1)) / float(2**k)


def hinge_floor(p_o: float, k: int, features: int, norm: float) -> float:
    """Theorem 2: p_o (1 - sqrt(2 N) B / 2^k), N features bounded by 1, weights of norm B. Empty at or below 0."""
    return p_o * (1 - sqrt(2 * features) * norm / float(2**k))


def query_count(D: int, k: int) -> float:
    """Theorem 3: 0.5 binom(D, k)^(1/3) queries, or that much accuracy of each."""
    return float(0.5 * comb(D, k) ** (1 / 3))


def _lemma_5(config: PatternsConfig) -> Statement:
    problem, phase = config.problem, config.training.phases[0]
    pull = problem.correlation / problem.sigma_tilde
    limits = []
    if not problem.structure:
        limits.append(
            "Without input structure γ is that of independent patterns: 0 for parity, so no pattern stands out."
        )
    if phase.samples < 10_000:
        limits.append(
            f"With {phase.samples:,} samples each T_j is off by about {0.7 / sqrt(phase.samples * problem.D):.1g}."
        )
    if abs(problem.positive_share - 0.5) > 0.01 and not config.training.balance:
        limits.append("The classes are unbalanced (A0) and not weighed: background patterns get a gradient as well.")
    if config.method.kind != "network":
        limits.append("This method does not move the hidden layer, so nothing is measured.")
    return Statement(
        "lemma-5",
        "Lemma 5: the first gradient",
        "∂L/∂w_i = −a_i Σ_j M_j T_j,  T_j ≈ β γ/σ̃ for j ∈ A,  T_j ≈ 0 otherwise",
        f"γ = {problem.correlation:.3g} and σ̃ = {problem.sigma_tilde:.3g}, so relevant patterns have "
        f"T_j ≈ β · {pull:.3g}, where β is the share of inputs on which a neuron is active (about 1/2 at the start); "
        "background ones have about 0.",
        pull,
        config.method.kind == "network" and problem.correlation > 0,
        (
            "All samples are inside the margin, as at the start, where g = 0.",
            "A neuron's activity hardly depends on the relevant patterns: they are few among many.",
            "The gradient is over the distribution; a sample adds noise of order 1/√(n D).",
        ),
        tuple(limits),
    )


def _lemma_6(config: PatternsConfig) -> Statement:
    phases, problem = config.training.phases, config.problem
    second = phases[0] if phases[0].steps > 1 else phases[min(1, len(phases) - 1)]
    keep = 1 - 2 * second.eta * second.lambda_w
    limits = [f"The second step keeps {keep:.0%} of the old weights."] if keep > 0.01 else []
    if config.method.kind != "network":
        limits.append("This method does not move the hidden layer.")
    return Statement(
        "lemma-6",
        "Lemma 6: the second gradient",
        "T_j as in Lemma 5; the ratio of background to signal shrinks again",
        "After the first step the activations follow the signal, so the second gradient has less background in it; "
        "with weight decay λ = 1/(2η) the weights are that gradient alone.",
        None,
        config.method.kind == "network" and problem.correlation > 0,
        ("λ_w = 1/(2η) in the second step.", "The first step was small enough to leave samples inside the margin."),
        tuple(limits),
    )


def _theorem_2(config: PatternsConfig) -> Statement:
    problem, features = config.problem, 2 * config.method.m
    most = 2**problem.k / sqrt(2 * features)
    limits = []
    if most < 10:
        limits.append(
            f"With k = {problem.k} and N = {features:,} it speaks only of weights of norm below {most:.2g}; "
            "larger ones are not excluded. The exponential gap shows for larger k."
        )
    if not problem.structure:
        limits.append("It is stated for inputs with structure.")
    if config.method.kind == "network":
        limits.append("It is about fixed features; the network's own move.")
    return Statement(
        "theorem-2",
        "Theorem 2: a floor for fixed features",
        "hinge loss ≥ p_o (1 − √(2N) B / 2^k)",
        f"For N = {features:,} features and weights of norm B = 1 the loss is at least "
        f"{max(0.0, hinge_floor(problem.p_o, problem.k, features, 1.0)):.3g} on some member of the family; the "
        f"floor is above zero while B < {most:.3g}.",
        hinge_floor(problem.p_o, problem.k, features, 1.0),
        problem.structure and _is_parity(problem) and config.method.kind != "network",
        (
            "N features bounded by 1, chosen before the labels.",
            "A linear model of norm at most B on them.",
            "It holds for some labels of the family, not for each.",
        ),
        tuple(limits),
    )


def _fixed_features(config: PatternsConfig) -> Statement:
    problem, applies = config.problem, bool(_lines(config))
    guess, threshold = _simple_rules(problem)
    text = "These lines are for parity labels with input structure and balanced classes."
    if applies:
        text = (
            f"Who guesses on the parity part is right on {_percent(guess)} of the inputs; the best single threshold on "
            f"the count is right on {_percent(best_threshold(problem.k))} of it, {_percent(threshold)} in all."
        )
    return Statement(
        "fixed-features",
        "Two simple rules",
        "1 − p_o/2  and  1 − p_o + p_o · max_t P(1[count ≥ t] = parity)",
        text,
        guess if applies else None,
        applies,
        ("The aligned part of the inputs is learned without fault.", "No label noise in the test."),
        ("Neither is a bound: at k = 5 and p_o = 1/2 our tangent kernel reaches 82 %.",) if applies else (),
    )


def _theorem_3(config: PatternsConfig) -> Statement:
    problem = config.problem
    count = query_count(problem.D, problem.k)
    limits = []
    if problem.structure:
        limits.append("With input structure it does not apply: there the network needs a few gradients.")
    if count < 100:
        small = "the count is small: a sample of ordinary size may get by."
        limits.append(f"At D = {problem.D} and k = {problem.k} {small}")
    if not _is_parity(problem):
        limits.append("It is about parities on unknown subsets; other labels may be learned from single patterns.")
    return Statement(
        "theorem-3",
        "Theorem 3: without structure, too many queries",
        "queries, or 1/tolerance, ≥ ½ · binom(D, k)^{1/3}",
        f"binom({problem.D}, {problem.k}) = {comb(problem.D, problem.k):,}: a statistical-query learner with error "
        f"below ½ − 1/binom³ needs at least {count:,.0f} queries, or a tolerance below {1 / count:.1g}.",
        count,
        not problem.structure and _is_parity(problem),
        (
            "The learner sees only averages over the distribution, as gradient descent on large samples does.",
            "Patterns are independent and fair: no input structure.",
            "The relevant set A is unknown.",
        ),
        tuple(limits),
    )


def _is_parity(problem: DictionaryProblem) -> bool:
    return problem.labels.rule == "parity" and problem.k % 2 == 1


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".rstrip("0").rstrip(".") + " %"
