"""How runs with lottery tickets are shown."""

from collections.abc import Mapping
from typing import Any

from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Panel, Paper, Tensor
from emergescope.studies.lottery.config import LotteryConfig
from emergescope.studies.lottery.says import FAILED, LEARNED
from emergescope.studies.lottery.theory import overlap_law, theory_of
from emergescope.toolkit import neuron_display as shared
from emergescope.toolkit import neuron_panels as panels

PAPER = Paper(
    "Pareto Frontiers in Neural Feature Learning: Data, Compute, Width, and Luck",
    "Edelman, Goel, Kakade, Malach and Zhang",
    2023,
    "https://arxiv.org/abs/2309.03800",
)
_EVENTS = {
    "emerged": EventKind("The full network’s error falls", "emerged", "emergence"),
    "accuracy": EventKind("The full network is accurate", "accurate", "major"),
    "neurons_kept": EventKind("Neurons are kept and rewound", "kept", "major"),
    "rewound_learn": EventKind("Half of the rewound copies learn", "rewound", "major"),
    "redrawn_learn": EventKind("Half of the redrawn copies learn", "redrawn", "major"),
    "compared": EventKind("Rewound beside redrawn", "compared", "note"),
    "control": EventKind("The control fails", "control", "major"),
    "tickets_drawn": EventKind("Neurons on relevant inputs, beside chance", "drawn", "note"),
    **shared.EVENTS,
}
_BY_NEURON = {
    "stage_and_norm": Tensor(
        "F32", ("neurons",), text="the stages one below the other, and in the full network by norm"
    ),
    "kept_mark": Tensor("F32", ("neurons",), -1, 1, "1: would be kept now, or was; −1: redrawn"),
    "neuron_overlap": Tensor("U8", ("neurons",), 0, None, "relevant inputs that the neuron began on"),
    "relevant_norm": Tensor("F32", ("neurons",), 0, None, "norm of a neuron’s weights on the relevant inputs"),
    "background_norm": Tensor("F32", ("neurons",), 0, None, "norm of its weights on the others"),
}
_TENSORS = {
    "weights": Tensor("F32", ("neurons", "inputs"), text="of the hidden layers"),
    **_BY_NEURON,
    "rewound_errors": Tensor("F32", ("copies",), 0, None, "rewound copies, on new samples"),
    "redrawn_errors": Tensor("F32", ("copies",), 0, None, "redrawn copies"),
    "kept_share": Tensor("F32", ("overlaps",), 0, 1, "neurons that would be kept now, or were"),
    "overlap_share": Tensor("F32", ("overlaps",), 0, 1, "all neurons"),
}
_GLOSSARY = {
    "relevant input": "One of the k inputs whose product is the label. All others are noise.",
    "lottery ticket": "A neuron that happens to begin well: here with all its weights on relevant inputs. Trained "
    "alone, with a few others, it learns what the whole network learns.",
    "rewound": "Set back to the weights with which the full network began, without all other neurons.",
    "redrawn": "Neurons drawn anew, as the full network’s were: as many as are rewound, but nobody has chosen them.",
    "learned": f"A copy has learned with an error below {LEARNED:.0%}, and has failed with one above {FAILED:.0%}: "
    "a few neurons rarely get every sample right.",
}
_BRIGHTEST = 1.5  # of the hidden weights; they begin at 1


def display_of(config: LotteryConfig, facts: Mapping[str, Any] | None = None) -> Display:
    problem, method, inputs = config.problem, config.method, config.inputs_shown
    known, rows = (facts or {}).get("inputs"), method.width + 2 * method.alone
    names = known and tuple(f"x{j}" for j in known["shown"])
    groups = shared.relevance(problem.k, inputs, "other")
    most = config.full_overlap
    return Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes={
            "neurons": Axis("neuron", "neurons", rows, rows, _names(config), at_most=True),
            "inputs": Axis("input", "inputs", inputs, problem.n, names, groups),
            "copies": Axis("copy", "copies", method.copies, method.copies, at_most=True),
            "overlaps": Axis(
                "overlap", "overlaps", most + 1, most + 1, tuple(f"{j} relevant" for j in range(most + 1))
            ),
        },
        tensors=_TENSORS,
        panels=_panels(config),
        events=_EVENTS,
        facets=_facets(config),
        paper=PAPER,
        glossary={"neuron": panels.GLOSSARY["neuron"], **_GLOSSARY},
    )


def _names(config: LotteryConfig) -> tuple[str, ...]:
    """Of all rows: the full network's neurons, then those of the copies."""
    method = config.method
    alone = [
        f"{whose} {copy + 1}, neuron {neuron + 1}"
        for whose in ("rewound", "redrawn")
        for copy in range(method.copies)
        for neuron in range(method.kept_neurons)
    ]
    return (*(f"neuron {number}" for number in range(method.width)), *alone)


def _summary(config: LotteryConfig) -> str:
    problem, method = config.problem, config.method
    labels = ", labels are coin flips" if problem.labels == "random" else ""
    what = f"Parity of {problem.k} inputs among {problem.n:,}{labels}"
    tickets = "" if method.tickets is None else f", {_tickets(method.tickets)}"
    return f"{what} · {method.width:,} neurons{tickets}, {method.chosen} rewound · seed {config.seed}"


def _tickets(count: int) -> str:
    return f"{count or 'no'} ticket{'' if count == 1 else 's'}"


def _facets(config: LotteryConfig) -> tuple[Facet, ...]:
    problem, method, training = config.problem, config.method, config.training
    largest, coins = method.kept_norm == "largest", problem.labels == "random"
    tickets = "as chance has it" if method.tickets is None else _tickets(method.tickets)
    return (
        Facet("method.tickets", "tickets", tickets, colour="series-2" if method.tickets == 0 else "series-1"),
        Facet(
            "method.kept_norm",
            "kept",
            method.kept_norm,
            f"{method.kept_norm} kept",
            dash="solid" if largest else "dash",
        ),
        Facet("problem.labels", "labels", "coin flips" if coins else "parity"),
        Facet("method.width", "neurons", f"{method.width:,}", f"{method.width:,} neurons"),
        Facet("method.kept_neurons", "kept neurons", str(method.kept_neurons), f"{method.kept_neurons} kept"),
        Facet("problem.n", "n", str(problem.n), f"n {problem.n}"),
        Facet("problem.k", "k", str(problem.k), f"k {problem.k}"),
        Facet("training.batch", "batch", str(training.batch), f"batch {training.batch}"),
        Facet("training.eta", "η", f"{training.eta:g}", f"η {training.eta:g}"),
        shared.seed_facet(config.seed),
    )


def _metrics(config: LotteryConfig) -> dict[str, Metric]:
    lines = shared.references_of(theory_of(config).lines)
    share: dict[str, Any] = {"unit": "share", "high": 1}
    error: dict[str, Any] = {"group": "error", "strong": True}
    quarter: dict[str, Any] = {"group": "error", "dash": "dash"}
    copies: dict[str, Any] = {**share, "group": "copies"}
    full, rewound, redrawn = ({"colour": colour} for colour in ("ink", "positive", "negative"))
    falls: dict[str, Any] = {"emphasis": True, "passes": 0.1, "falling": True}
    rows: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("loss", "loss of the batch", "batch", {"group": "loss", "colour": "ink-muted", "vital": True}),
        ("full_error", "error of the full network", "full", {**error, **full, **falls}),
        ("rewound_error", "median error of the rewound copies", "rewound", {**error, **rewound, "emphasis": True}),
        ("redrawn_error", "median error of the redrawn copies", "redrawn", {**error, **redrawn}),
        (
            "rewound_quarter",
            "error that a quarter of the rewound are below",
            "rewound, best ¼",
            quarter | rewound,
        ),
        (
            "redrawn_quarter",
            "error that a quarter of the redrawn are below",
            "redrawn, best ¼",
            quarter | redrawn,
        ),
        ("rewound_learned", "rewound copies that have learned", "rewound", {**copies, **rewound, "emphasis": True}),
        ("redrawn_learned", "redrawn copies that have learned", "redrawn", {**copies, **redrawn, "emphasis": True}),
        ("rewound_failed", "rewound copies that have failed", "rewound failed", {**copies, **rewound, "dash": "dot"}),
        ("redrawn_failed", "redrawn copies that have failed", "redrawn failed", {**copies, **redrawn, "dash": "dot"}),
        ("kept_overlap", "relevant inputs that the kept began on", "overlap of the kept", {"group": "overlap"}),
    )
    return {
        name: Metric(title, short, low=0, references=lines.get(name, ()), **more) for name, title, short, more in rows
    }


def _panels(config: LotteryConfig) -> tuple[Panel, ...]:
    weights = panels.matrix("weights", "inputs", "stage_and_norm", _BRIGHTEST, title="w")
    weights |= {"first": "kept_mark", "first_title": "kept (orange) or redrawn (blue)"}
    errors = {"tensor": "rewound_errors", "axis": "copies", "beside": "redrawn_errors", "title": "error of the rewound"}
    tickets = ("lottery ticket", "relevant input")
    return (
        Panel(
            "weights",
            "matrix",
            "Which neurons find the relevant inputs, and do they alone?",
            weights,
            hero=True,
            text="A row for each neuron, a column for each input; the full network on top, below who trains alone.",
            words=("neuron", *tickets, "rewound", "redrawn"),
        ),
        _curves(),
        Panel(
            "copies",
            "bars",
            "How many copies learn alone?",
            errors,
            text="Each bar is the error of a rewound copy, the line across it that of a redrawn one.",
            words=("rewound", "redrawn", "learned"),
        ),
        _overlap(config),
        _neurons(),
        _beside_theory(),
    )


def _curves() -> Panel:
    errors = ["full_error", "rewound_error", "rewound_quarter", "redrawn_error", "redrawn_quarter"]
    learned = ["rewound_learned", "redrawn_learned"]
    panes = [{"metrics": errors, "title": "error"}, {"metrics": learned, "title": "copies that have learned"}]
    text = (
        "The full network’s error falls; that of its kept neurons, rewound, may fall as well, and that of others not."
    )
    words = ("lottery ticket", "rewound", "redrawn", "learned")
    return Panel("curves", "curves", "Who learns, and when?", {"panes": panes}, text=text, words=words)


def _overlap(config: LotteryConfig) -> Panel:
    show = {
        "tensor": "kept_share",
        "axis": "overlaps",
        "beside": "overlap_share",
        "title": "share of the kept",
        "theory": [float(f"{chance:.4g}") for chance in overlap_law(config)],
        "theory_title": "chance",
    }
    title = "How many relevant inputs did the kept neurons begin on?"
    text = "The neurons that are kept began on more relevant inputs than chance gives them."
    return Panel("overlap", "bars", title, show, text=text, words=("lottery ticket", "relevant input"))


def _neurons() -> Panel:
    titles = ["norm of w on relevant inputs", "norm of w on the others"]
    groups = [
        {"name": "redrawn", "high": -0.5, "colour": "negative"},
        {"name": "others", "low": -0.5, "high": 0.5},
        {"name": "kept", "low": 0.5, "colour": "positive"},
    ]
    parts = {"id": "parts", "title": "parts", "x": "relevant_norm", "y": "background_norm", "titles": titles}
    show = {
        "axis": "neurons",
        "maps": [parts],
        "colour": {"tensor": "kept_mark", "scale": "diverging", "range": [-1, 1], "title": "kept", "groups": groups},
        "readouts": [{"tensor": "neuron_overlap", "title": "relevant inputs at the start"}],
    }
    text = "Each dot is a neuron: those that learn the parity move to the right."
    return Panel("neurons", "points", "Where do the weights lie?", show, text=text, words=("neuron", "relevant input"))


def _beside_theory() -> Panel:
    keys = {name: name for name in ("name", "predicted", "measured", "deviation")}
    show = {"event": "tickets_drawn", "list": "groups", "group": "relevant", "title": "share of neurons", **keys}
    text = "How many neurons of the full network begin on relevant inputs, beside what counting predicts."
    words = ("lottery ticket", "relevant input")
    return Panel("theory", "comparison", "Luck beside theory", show, text=text, words=words)
