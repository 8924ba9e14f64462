"""What theory says of one step at growing sizes, in words and numbers; and lines across the curves. Knows no torch."""

from emergescope.studies.spikes.config import SpikesConfig
from emergescope.studies.spikes.expected import departure, expected_at, gradient_of, moments
from emergescope.studies.spikes.says import beyond
from emergescope.studies.study import ReferenceLine, Statement, Theory

_WORDS = ("linear", "quadratic")


def theory_of(config: SpikesConfig) -> Theory:
    """Statements in the order of the argument, and lines across the curves."""
    lines = tuple(
        ReferenceLine("test_mse", beyond(config, degree), f"the best {word} readout")
        for degree, word in enumerate(_WORDS, 1)
        if beyond(config, degree) > 0
    )
    statements = (_direction(config), _rank_one(config), _limit(config), _finite(config), _allowed(config))
    return Theory(statements, lines)


def _direction(config: SpikesConfig) -> Statement:
    gradient = gradient_of(config.problem, config.method)
    text = (
        "The gradient of all neurons is c₁ a β' but for little, with β = X'y/n: the target’s linear part, and noise, "
        f"as {config.method.samples:,} samples are few for {config.problem.d:,} inputs. Its length is "
        f"{gradient.length:.3f}, and its cosine with the target {gradient.overlap:.3f}."
    )
    return Statement(
        "direction",
        "Where the step points",
        "cos = w₁ / √(w₁² + (d/n) Σ wₖ²)",
        text,
        gradient.overlap,
        config.problem.labels == "target",
        ("Inputs are Gaussian and many, and samples more.", "The target has a linear part, of weight w₁."),
        ("What each neuron has of the gradient for itself is left out.",),
    )


def _rank_one(config: SpikesConfig) -> Statement:
    known = moments(config.method.activation, config.method.input_shift)
    said = ", ".join(f"c{'₁₂₃₄'[k]} = {value:.3f}" for k, value in enumerate(known.coefficients))
    return Statement(
        "rank_one",
        "What the step adds to the features",
        "F = F₀ + Σ c₁ᵏ cₖ ηᵏ (Xβ)ᵏ (aᵏ)'",
        f"A term of rank one for each degree k, with powers entry by entry. A Hermite coefficient that is zero takes "
        f"its spike away. Here {said}.".replace("-", "−"),
        None,
        config.method.output_weights == "normal",
        ("Output weights differ: of equal ones all powers are parallel.", "The step is small: a < 1/2."),
        (),
    )


def _limit(config: SpikesConfig) -> Statement:
    return Statement(
        "limit",
        "Where spikes leave the bulk, in the limit",
        "l spikes for (l − 1)/2l < a < l/(2l + 2)",
        "Output weights are of order 1/√N, so that the term of degree k has the size n^(ka + 1 − k/2), and the bulk "
        "√n: with ever more samples the spikes leave at a = 0, 1/4, 1/3, 3/8, ... These are the thresholds of the "
        "paper; they know nothing of C.",
        None,
        config.method.output_weights == "normal" and config.method.input_shift != 0,
        ("n, d and N grow in fixed proportion.", "All Hermite coefficients are other than zero."),
        ("At n in the thousands n^0.05 is 1.6: constants move each threshold by as much as they lie apart.",),
    )


def _finite(config: SpikesConfig) -> Statement:
    places = [departure(config, k) for k in range(1, 5)]
    said = ", ".join(f"spike {k} at a = {place:.3f}" for k, place in enumerate(places, 1) if place is not None)
    largest = config.training.to_exponent
    last = expected_at(config, largest)
    text = (
        f"At this size: {said or 'no spike leaves it'}. At a = {largest:g} the largest singular value is "
        f"{last.value(1):.2f} √n, and the bulk ends at {last.edge:.2f} √n."
    )
    return Statement(
        "finite",
        "Where spikes leave the bulk, at this size",
        "singular values of m(c₁ η a |β| κ), m(s) = E σ(z + s)",
        text.replace("-", "−"),
        places[1],
        any(place is not None for place in places),
        (
            "The bulk is that of Gaussian features with the same covariance.",
            "A spike is said to have left it where it stands 2% above.",
        ),
        (
            "That the output weights and the length of β are those of one draw is left out.",
            "The bulk is taken to be even. In large steps it is not: it then ends above its theory, not below.",
        ),
    )


def _allowed(config: SpikesConfig) -> Statement:
    overlap = gradient_of(config.problem, config.method).overlap
    return Statement(
        "allowed",
        "How much of each degree the direction allows",
        "cos²ᵏ of the target’s degree k",
        "A polynomial of degree k of the projection on β has a cosine of cosᵏ with that of the target: a readout that "
        f"knows the projection alone has {overlap**2:.2f}, {overlap**4:.2f}, {overlap**6:.2f} of degrees 1, 2 and 3.",
        overlap**4,
        config.problem.labels == "target",
        ("Beside the projection nothing of higher degree is learnt: samples are too few for it.",),
        ("Degree 1 is learnt from all inputs, and not from the projection alone.",),
    )
