"""How runs on two classes of images are shown."""

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

from emergescope.datasets.sources import DIGITS, SOURCES, origin_of, picture_shape, title_of
from emergescope.recording.display import Display, EventKind, Facet, Metric, Panel, Tensor
from emergescope.studies.two_classes.config import TwoClassesConfig
from emergescope.studies.two_classes.words import GLOSSARY, SIGNAL
from emergescope.toolkit import neuron_display as shared
from emergescope.toolkit import neuron_panels as panels

DIRECTIONS = 11  # the difference of the class means, both, and the principal ones
_EVENTS = {
    "emerged": EventKind("Two clusters", "clusters", "emergence"),
    "aligned": EventKind("Two tight clusters", "tight", "major"),
    "accuracy": EventKind("Accurate", "accurate", "major"),
    "control": EventKind("What the control shows", "control", "major"),
    **shared.EVENTS,
}
_MEAN = "mean of "
_PLANE = panels.signal_plane(f"cosine with the {SIGNAL.name}", "share of w along the other directions")


def display_of(config: TwoClassesConfig, facts: Mapping[str, Any] | None = None) -> Display:
    neurons, shape = 2 * config.method.m, picture_shape(config.problem)
    axes = shared.axes(config.capture, facts, neurons=neurons, length=prod(shape), directions=DIRECTIONS)
    tensors = {
        **shared.neuron_tensors("directions"),
        **shared.picture_tensors(shape),
        "cluster": Tensor("U8", ("neurons",), 0, 1, "the cluster of each neuron"),
        "centre_cosine": Tensor("F32", ("neurons",), -1, 1, "cosine with the centre of its cluster"),
        "centres": Tensor("U8", (2, *shape), 0, 255, "the centres as pictures"),
    }
    return Display(
        summary=_summary(config, facts),
        metrics=_metrics(),
        axes=axes,
        tensors=tensors,
        panels=_panels(config, axes["pictures"].shown, neurons),
        events=_EVENTS,
        facets=_facets(config),
        paper=shared.EMERGENCE,
        glossary={**panels.GLOSSARY, **GLOSSARY},
    )


def _summary(config: TwoClassesConfig, facts: Mapping[str, Any] | None) -> str:
    problem = config.problem
    first, second = _classes(config, facts)
    labels = ", random labels" if problem.random_labels else ""
    what = f"{first} against {second} of {origin_of(problem)}{labels}"
    return f"{what} · {2 * config.method.m:,} neurons · seed {config.seed}"


def _classes(config: TwoClassesConfig, facts: Mapping[str, Any] | None) -> tuple[str, str]:
    """Names of both: those of a folder are known once the run has started."""
    problem, (first, second) = config.problem, config.problem.classes
    source = SOURCES.get("mnist" if problem.data == "mnist-5k" else problem.data)
    if source is not None:
        noun = "Digits " if source.classes == DIGITS else ""
        return f"{noun}{source.classes[first]}", source.classes[second]
    named = ((facts or {}).get("patterns") or {}).get("names") or ()
    known = [name.removeprefix(_MEAN) for name in named if name.startswith(_MEAN)]
    return (known[0], known[1]) if len(known) == 2 else (f"Classes {first}", str(second))


def _facets(config: TwoClassesConfig) -> tuple[Facet, ...]:
    problem, method = config.problem, config.method
    labels = Facet("problem.random_labels", "labels", "true", "true labels", dash="solid")
    if problem.random_labels:
        labels = replace(labels, value="random", short="random labels", dash="dash")
    sigma = ("usual", "usual σw") if method.sigma_w is None else (f"{method.sigma_w:g}", f"σw {method.sigma_w:g}")
    decay = any(phase.lambda_w > 0 for phase in config.training.phases)
    return (
        labels,
        Facet("problem.data", "data", title_of(problem)),
        Facet(
            "problem.classes", "classes", " and ".join(map(str, problem.classes)), "/".join(map(str, problem.classes))
        ),
        Facet("method.sigma_w", "initial σ_w", *sigma),
        Facet("training.phases.lambda_w", "weight decay", *(("on", "decay") if decay else ("off", "no decay"))),
        Facet("method.m", "neurons", f"{2 * method.m:,}", f"{2 * method.m:,} neurons"),
        shared.seed_facet(config.seed),
    )


def _metrics() -> dict[str, Metric]:
    near: dict[str, Any] = {"emphasis": True, "colour": "series-1", "strong": True, "passes": 0.5}
    main = shared.cosine("mean |cos| with the neurons’ main axis", "|cos|, main axis", colour="series-2")
    principal = shared.cosine("mean |cos| with the first principal direction", "principal direction")
    return {
        **shared.learning(strong=True),
        "cluster_share": shared.share("share of neurons near a centre", "near a centre", "clusters", **near),
        # Hardly ever below zero: charts keep no room for what it might be.
        "silhouette": Metric("silhouette", "silhouette", high=1, group="clusters", colour="series-4"),
        **shared.cosines(f"the {SIGNAL.name}", f"|cos|, {SIGNAL.short}"),
        "axis_cosine_mean": main,
        "principal_cosine_mean": principal,
    }


def _panels(config: TwoClassesConfig, pictures: int, neurons: int) -> tuple[Panel, ...]:
    coins = ["train_accuracy"] if config.problem.random_labels else []
    known = ["test_accuracy", *coins, "cluster_share", "silhouette", "axis_cosine_mean", "signal_cosine_mean"]
    told = "Accuracy alone is no feature: that neurons gather at two centres is what shows them."
    emerging = f"All neurons at all steps: where features emerge, they come to lie in two bands, at {SIGNAL.both}."
    by_cluster = {"id": "cluster", "title": "By cluster", "by": "centre_cosine", "split": "cluster"}
    centres = {"tensor": "centres", "names": ["centre of cluster 1", "centre of cluster 2"]}
    shown = panels.pictures_panel(
        SIGNAL,
        {"axis": "directions", "sums": []},
        hero=True,
        pairs=pictures == neurons,
        words=["centre", "silhouette"],
        orders=[by_cluster],
        beside=[centres],
    )
    return (
        *((shown,) if pictures else ()),
        panels.curves_panel(
            ("accuracy, share, cosine", known), ("hinge loss", ["loss"]), told, ("cosine", "centre", "silhouette")
        ),
        panels.map_panel(SIGNAL, _PLANE, ["centre", "silhouette"], hero=not pictures),
        panels.density_panel(SIGNAL, f"cosine with the {SIGNAL.name}", emerging),
        panels.directions_panel(1, SIGNAL.word, "principal direction"),
        panels.spectrum_panel(),
    )
