"""How one step at growing sizes is shown."""

from collections.abc import Mapping
from typing import Any

from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Paper, Tensor
from emergescope.studies.spikes.config import SHOWN, SpikesConfig
from emergescope.studies.spikes.panels import DEGREES, FARTHEST, SPIKES, panels_of
from emergescope.studies.spikes.theory import theory_of
from emergescope.toolkit import neuron_display as shared

PAPER = Paper(
    "A Theory of Non-Linear Feature Learning with One Gradient Step in Two-Layer Neural Networks",
    "Moniri, Lee, Hassani and Dobriban",
    2023,
    "https://arxiv.org/abs/2310.07891",
)
_NOTES = (
    "Training makes one step only. Frames differ in its size C nᵃ and in nothing else: the gradient, the samples, the "
    "tests and the readout’s ridge are the same in all of them.",
)
_EVENTS = {
    **{f"spike_{k}": EventKind(f"Spike {k} leaves the bulk", f"spike {k}", "major") for k in range(1, SHOWN + 1)},
    "degree_2": EventKind("Degree 2 of the target is learnt", "degree 2", "emergence"),
    "degree_3": EventKind("Degree 3 of the target is learnt", "degree 3", "emergence"),
    "control": EventKind("The control fails", "control", "major"),
    "compared": EventKind("Thresholds beside theory", "theory", "note"),
    **shared.EVENTS,
}
_TENSORS = {
    "projection": Tensor("F32", ("entries",), text="projection of the sample on the direction of the step"),
    "vector_entry": Tensor("F32", ("entries",), text="entry of the left singular vector, each vector on its own level"),
    "spike": Tensor("U8", ("entries",), 0, SHOWN - 1, "which singular vector it is of"),
    "cosines": Tensor("F32", ("spikes", "degrees"), 0, 1, "of singular vectors with polynomials, without sign"),
    "learnt": Tensor("F32", ("target_degrees",), text="what the readout has of each degree of the target"),
    "singular_values": Tensor("F32", ("ranks",), 0, None, "of the features, over √n, largest first"),
}
_GLOSSARY = {
    "exponent a": "The step size is C nᵃ, for n samples. Each frame is another exponent; the first is the smallest.",
    "bulk": "The singular values that features of a random network have: none of them means anything.",
    "spike": "A singular value of the features that stands 2% and more above the bulk: something that the features of "
    "all samples share.",
    "left singular vector": "One number for each sample: what the spike says of it. Dots are samples whose "
    f"projection is at most {FARTHEST:g}, without sign.",
    "direction of the step": "All neurons are moved along the same vector, the mean of y x over the samples. It leans "
    "to the target’s direction.",
    "degree": "Of a Hermite polynomial of one number: 1 a line, 2 a parabola, 3 a cubic, 4 a quartic.",
    "readout": "Output weights anew, by ridge regression on the features of as many fresh samples.",
    "theory": "The size of each spike beside noise, at this number of samples and neurons.",
    "limit": "For ever more samples, spike l leaves the bulk at a = (l − 1) / 2l: 0, 1/4, 1/3, 3/8. At any finite size "
    "these places are blurred, and depend on C.",
}


def display_of(config: SpikesConfig, facts: Mapping[str, Any] | None = None) -> Display:
    method, degrees = config.method, len(config.problem.degrees)
    entries, ranks = SHOWN * config.shown, min(method.width, method.samples)
    return Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes={
            "entries": Axis("entry", "entries of singular vectors", entries, SHOWN * method.samples),
            "spikes": Axis("spike", "spikes", SHOWN, SHOWN, SPIKES),
            "degrees": Axis("degree", "degrees", SHOWN, SHOWN, DEGREES),
            "target_degrees": Axis("degree", "degrees of the target", degrees, degrees, DEGREES[:degrees]),
            "ranks": Axis("singular value", "singular values", min(shared.LARGEST, ranks), ranks),
        },
        tensors=_TENSORS,
        panels=panels_of(config),
        events=_EVENTS,
        facets=_facets(config),
        paper=PAPER,
        can=("pause", "again"),
        steps=_steps(config),
        notes=_NOTES,
        glossary=_GLOSSARY,
    )


def _steps(config: SpikesConfig) -> str:
    training = config.training
    hundredths = (
        abs((training.to_exponent - training.from_exponent) / training.steps - 0.01) < 1e-9
        and training.from_exponent == 0
    )
    return (
        "hundredths of the exponent a"
        if hundredths
        else f"exponents a from {training.from_exponent:g} to {training.to_exponent:g}"
    )


def _summary(config: SpikesConfig) -> str:
    method, training = config.method, config.training
    what = f"{config.problem.d:,} inputs, {method.width:,} {method.activation} neurons"
    size = f"{method.step_constant:g} nᵃ, a from {training.from_exponent:g} to {training.to_exponent:g}"
    lacks = "".join(
        f", {word}"
        for word, there in (
            ("shuffled labels", config.problem.labels == "shuffled"),
            ("equal output weights", method.output_weights == "equal"),
            ("odd activation", method.input_shift == 0),
        )
        if there
    )
    return f"{what} · one step of size {size} on n = {method.samples:,} samples{lacks} · seed {config.seed}"


def _facets(config: SpikesConfig) -> tuple[Facet, ...]:
    method, equal = config.method, config.method.output_weights == "equal"
    shuffled = config.problem.labels == "shuffled"
    labels = "shuffled" if shuffled else "true"
    return (
        Facet("problem.labels", "labels of the step", labels, dash="dash" if shuffled else "solid"),
        Facet(
            "method.output_weights", "output weights", method.output_weights, colour="series-2" if equal else "series-1"
        ),
        Facet("method.input_shift", "shift", f"{method.input_shift:g}", f"shift {method.input_shift:g}"),
        Facet("method.activation", "activation", method.activation),
        Facet("method.samples", "n", f"{method.samples:,}", f"n {method.samples:,}"),
        Facet("method.step_constant", "C", f"{method.step_constant:g}", f"C {method.step_constant:g}"),
        Facet("problem.d", "d", f"{config.problem.d:,}", f"d {config.problem.d:,}"),
        Facet("method.width", "neurons", f"{method.width:,}", f"{method.width:,} neurons"),
        shared.seed_facet(config.seed),
    )


def _metrics(config: SpikesConfig) -> dict[str, Metric]:
    lines = shared.references_of(theory_of(config).lines)
    value: dict[str, Any] = {"low": 0, "scale": "log", "group": "singular values"}
    found: dict[str, Metric] = {
        "step_exponent": Metric("exponent of the step size", "a"),
        "step_size": Metric("step size", "η", low=0, scale="log"),
        "spike_count": Metric("spikes in the features", "spikes", "count", 0, emphasis=True),
        "bulk_edge": Metric("edge of the bulk", "bulk", colour="background", **value),
        "edge_predicted": Metric("edge of the bulk, theory", "bulk, theory", colour="background", dash="dash", **value),
    }
    for k in range(1, SHOWN + 1):
        colour = f"series-{k}"
        found |= {
            f"singular_{k}": Metric(f"singular value {k} / √n", f"spike {k}", colour=colour, strong=True, **value),
            f"predicted_{k}": Metric(
                f"singular value {k} / √n, theory", f"theory {k}", colour=colour, dash="dash", **value
            ),
            f"carried_{k}": Metric(f"|cos| of spike {k} with degree {k}", f"carries {k}", low=0, high=1, group="held"),
        }
    for k, weight in enumerate(config.problem.degrees, 1):
        if weight:
            found[f"learnt_{k}"] = Metric(
                f"part of degree {k} that is learnt", f"degree {k}", group="learnt", colour=f"series-{k}", strong=True
            )
    error = Metric("test MSE", low=0, emphasis=True, vital=True, references=lines.get("test_mse", ()))
    return {**found, "test_mse": error}
