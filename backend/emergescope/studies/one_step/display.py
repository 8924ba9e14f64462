"""How the path of one giant step is shown."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Paper, Tensor
from emergescope.studies.one_step.config import OneStepConfig, mse_name
from emergescope.studies.one_step.panels import READOUT_COLOURS, drawn_readouts, panels_of
from emergescope.studies.one_step.theory import theory_of
from emergescope.toolkit import neuron_display as shared
from emergescope.toolkit import neuron_panels as panels

PAPER = Paper(
    "Asymptotics of Feature Learning in Two-layer Networks after One Gradient-step",
    "Cui, Pesce, Dandi, Krzakala, Lu, Zdeborová and Loureiro",
    2024,
    "https://arxiv.org/abs/2402.04980",
)
_NOTES = (
    "Training makes one step only. The film shows it as a path, W₀ + t (W₁ − W₀) for t from 0 to 1: nothing but t "
    "changes from frame to frame, and samples, tests and the readouts’ ridge are the same in all of them.",
)
_EVENTS = {
    "spike": EventKind("A spike leaves the bulk", "spike", "major"),
    "emerged": EventKind("The leading direction finds the target", "target found", "emergence"),
    "control": EventKind("The control fails", "control", "major"),
    "compared": EventKind("The step beside theory", "theory", "note"),
    **shared.EVENTS,
}
_TENSORS = {
    "along_target": Tensor("F32", ("neurons",), text="weight along the target"),
    "along_noise": Tensor("F32", ("neurons",), text="weight along the noise of the step"),
    "target_cosine": Tensor("F32", ("neurons",), -1, 1, "cosine of each neuron with the target"),
    "singular_values": Tensor("F32", ("ranks",), 0, None, "of the weights, largest first"),
    "readout_mse": Tensor("F32", ("alphas",), 0, None, "mean square error on tests"),
}
_GLOSSARY = {
    "neuron": "A unit of the hidden layer, tanh of its weights times the input. Its weights begin as a random "
    "vector of length 1.",
    "target": "The one direction of the inputs that the label depends on: the first input.",
    "path": "The weights W₀ + t (W₁ − W₀): W₀ before the one step, W₁ after it. Training jumps; the film walks.",
    "noise of the step": "The samples of the step are few: the mean of y x over them points beside the target. This is "
    "the direction of that part.",
    "spike": "A singular value that stands apart from all others, the bulk: a direction that all neurons share.",
    "overlap": "The cosine of the spike’s direction with the target, without its sign: 1 where they are the same.",
    "readout": "Output weights anew, by ridge regression on the features of fresh samples: α of them for each input.",
    "random features": "The network before the step. A readout on its features is the control.",
}


def display_of(config: OneStepConfig, facts: Mapping[str, Any] | None = None) -> Display:
    method, ranks = config.method, min(config.method.width, config.problem.d)
    names = tuple(f"{alpha:g}" for alpha in method.alphas)
    return Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes={
            "neurons": shared.neurons_axis(config.shown, method.width),
            "ranks": Axis("singular value", "singular values", min(shared.LARGEST, ranks), ranks),
            "alphas": Axis("α", "values of α, samples per input", len(names), len(names), names),
        },
        tensors=_TENSORS,
        panels=panels_of(config),
        events=_EVENTS,
        facets=_facets(config),
        paper=PAPER,
        can=("pause", "again"),
        steps="parts of the one step",
        notes=_NOTES,
        glossary={**_GLOSSARY, "singular value": panels.GLOSSARY["singular value"]},
    )


def _summary(config: OneStepConfig) -> str:
    method = config.method
    labels = ", shuffled labels" if config.problem.labels == "shuffled" else ""
    step = f"one step of size {method.eta:g} on {config.step_samples:,} samples" if method.eta else "no step"
    what = f"{config.problem.label_function} of one input among {config.problem.d:,}"
    return f"{what} · {method.width:,} neurons, {step}{labels} · seed {config.seed}"


def _facets(config: OneStepConfig) -> tuple[Facet, ...]:
    method, labels = config.method, Facet("problem.labels", "labels of the step", "true", dash="solid")
    if config.problem.labels == "shuffled":
        labels = replace(labels, value="shuffled", dash="dash")
    return (
        Facet("method.eta", "η̃", f"{method.eta:g}", f"η̃ {method.eta:g}", "series-1" if method.eta else "series-2"),
        labels,
        Facet("problem.label_function", "target", config.problem.label_function),
        Facet("method.alpha_0", "α₀", f"{method.alpha_0:g}", f"α₀ {method.alpha_0:g}"),
        Facet("problem.d", "d", f"{config.problem.d:,}", f"d {config.problem.d:,}"),
        Facet("method.width", "neurons", f"{method.width:,}", f"{method.width:,} neurons"),
        Facet("method.ridge", "λ", f"{method.ridge:g}", f"λ {method.ridge:g}"),
        shared.seed_facet(config.seed),
    )


def _metrics(config: OneStepConfig) -> dict[str, Metric]:
    lines = shared.references_of(theory_of(config).lines)
    value: dict[str, Any] = {"low": 0, "group": "singular values"}
    cosine: dict[str, Any] = {"low": 0, "high": 1, "group": "overlap"}
    theory: dict[str, Any] = {"colour": "series-2", "dash": "dash"}
    readouts = {}
    drawn = drawn_readouts(config)
    for alpha in config.method.alphas:
        name = mse_name(alpha)
        readouts[name] = Metric(
            f"test MSE, {alpha:g} samples per input",
            f"α = {alpha:g}",
            low=0,
            group="test MSE",
            colour=READOUT_COLOURS[drawn.index(alpha)] if alpha in drawn else "ink-muted",
            emphasis=alpha == config.method.alphas[0],
            vital=alpha == config.method.alphas[0],
            references=lines.get(name, ()),
        )
    return {
        "path_t": Metric("place on the path t", "t", low=0, high=1),
        "target_overlap": Metric("overlap with the target", "overlap", emphasis=True, strong=True, **cosine),
        "overlap_predicted": Metric("overlap, theory", "theory", **cosine, **theory),
        "mean_cosine": Metric("mean cosine of neurons with the target", "mean cos", low=-1, high=1),
        "top_value": Metric("largest singular value", "largest", emphasis=True, strong=True, **value),
        "second_value": Metric("second singular value", "second", colour="background", **value),
        "top_predicted": Metric("largest singular value, theory", "theory", **value, **theory),
        **readouts,
    }
