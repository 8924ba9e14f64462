"""What theory says of the step, in words and numbers; and a line across the curves. Knows no torch."""

from math import sqrt

from emergescope.studies.one_step.config import OneStepConfig, mse_name
from emergescope.studies.one_step.readout_theory import readout_errors
from emergescope.studies.one_step.spike import moments, spike_of
from emergescope.studies.study import ReferenceLine, Statement, Theory


def theory_of(config: OneStepConfig) -> Theory:
    """Statements in the order of the argument, and a line across the curves."""
    square = moments(config.problem.label_function).square
    line = ReferenceLine(mse_name(config.method.alphas[0]), square, "predicting 0")
    return Theory((_direction(config), _size(config), _leaves(config), _readouts(config)), (line,))


def _direction(config: OneStepConfig) -> Statement:
    known, spike, method = moments(config.problem.label_function), spike_of(config), config.method
    noise = sqrt(known.square / method.alpha_0)
    text = (
        f"What the step adds to each neuron is the mean of y x over its samples: {known.target:.3f} of the target, "
        f"and noise of length {noise:.3f}. Its cosine with the target is {spike.overlap:.3f}."
    )
    if config.problem.labels == "shuffled":
        text = (
            "Labels of other samples say nothing of an input: what the step adds is noise, and nothing of the target."
        )
    return Statement(
        "direction",
        "Where the step points",
        "cos = h₁* / √(h₂*/α₀ + h₁*²)",
        text,
        spike.overlap,
        method.eta > 0,
        (
            "Inputs are Gaussian and many, and the samples of the step α₀ times as many.",
            "Before the step the network says next to nothing.",
        ),
        ("h₁* = E z f(z) and h₂* = E f(z)², for the target’s function f and a standard Gaussian z.",),
    )


def _size(config: OneStepConfig) -> Statement:
    spike = spike_of(config)
    return Statement(
        "size",
        "How large the spike is",
        "r √p,  r = η̃ h₁ √(h₂*/α₀ + h₁*²)",
        f"All neurons move by the same vector of length r = {spike.row:.3f}, and each a little on its own. In the "
        f"matrix of weights that is one singular value of {spike.strength:.1f}; the largest of all others is "
        f"{spike.edge(1):.2f}.",
        spike.strength,
        config.method.eta > 0,
        ("h₁ = E tanh′(z): what is not the mean of the neurons’ slopes is their own.", "Rows of W₀ have unit norm."),
        ("The own parts of the neurons are taken for noise that is independent of W₀.",),
    )


def _leaves(config: OneStepConfig) -> Statement:
    spike = spike_of(config)
    where = spike.threshold
    text = "The step is too small for that: no direction stands out."
    if where is not None:
        text = (
            f"On the path the part that neurons have in common grows as t. It is hidden in the bulk until t = "
            f"{where:.3f}; from there one singular value stands by itself, and its direction is that of the step."
        )
    return Statement(
        "leaves",
        "When the spike leaves the bulk",
        "t r √p > (p/d)^¼",
        text,
        where,
        where is not None,
        ("The bulk is that of random weights, independent of the spike.",),
        (f"With p = {spike.width:,} neurons the leading direction turns over some frames, and not at once.",),
    )


def _readouts(config: OneStepConfig) -> Statement:
    errors = readout_errors(config)
    found = [f"{e:.3f} (α = {alpha:g})" for alpha, e in zip(config.method.alphas, errors, strict=True) if e is not None]
    text = "No solution was found for this configuration."
    if found:
        text = (
            f"The mean square error on tests after the step is {', '.join(found)}. All that bends in the features "
            f"bends along one direction, κ: beside it they are linear."
        )
    return Statement(
        "readouts",
        "What the readouts’ error is",
        "features given κ: c₀(κ) + c₁(κ) ⟨w, x⟩ + c(κ) ξ",
        text,
        errors[0],
        bool(found),
        ("d, p and the samples are large, in fixed proportion.", "The bulk has the spectrum of random weights."),
        ("The equations are our derivation, in the manner of the paper: they give its printed numbers to 4%.",),
    )
