"""Sentences about a frame of a run with lottery tickets, by panel: pure functions of it."""

from collections.abc import Sequence

import numpy as np

from emergescope.recording.events import Array, Frame
from emergescope.studies.lottery.config import REDRAWN, REWOUND, LotteryConfig, Tickets
from emergescope.studies.lottery.theory import overlap_law
from emergescope.toolkit.sentences import LOST, Metrics, brief

LEARNED, FAILED = 0.13, 0.3  # errors of a copy below which it has learned, and above which it has not


def says(frame: Frame, config: LotteryConfig) -> dict[str, str]:
    found = {
        "weights": _of_the_weights(frame, config.method),
        "curves": _of_the_errors(frame.metrics),
        "copies": _of_the_copies(frame.metrics, config.method.copies),
        "overlap": _of_the_kept(frame, config),
        "neurons": _of_the_heavy(frame),
        "theory": _of_the_start(frame, config),
    }
    return {panel: text for panel, text in found.items() if text}


def said_of_kept(method: Tickets, overlap: Sequence[int]) -> str:
    """On how many relevant inputs the kept neurons began."""
    listed = ", ".join(map(str, overlap))
    return f"kept, of {method.width:,} neurons, the {method.chosen}: they began on {listed} relevant inputs"


def _norms(frame: Frame) -> tuple[Array, Array] | str | None:
    """Of each neuron's weights on relevant inputs, and on others; a sentence where they are lost."""
    on, off = (frame.tensors.get(name) for name in ("relevant_norm", "background_norm"))
    if on is None or off is None:
        return None
    if not (np.isfinite(on).all() and np.isfinite(off).all()):
        return LOST
    return on.astype(np.float64), off.astype(np.float64)


def _of_the_weights(frame: Frame, method: Tickets) -> str | None:
    """How much of the weights of each part of the rows lies on relevant inputs."""
    norms, mark = _norms(frame), frame.tensors.get("kept_mark")
    if mark is None or norms is None:
        return None
    if isinstance(norms, str):
        return norms
    on, off = norms

    def share(rows: Array) -> str:
        relevant, other = (float(np.square(norm[rows]).sum()) for norm in (on, off))
        return f"{relevant / (relevant + other):.0%}" if relevant + other else "nothing"

    full = np.arange(len(mark)) < method.width
    parts = (
        (full & (mark > 0), f"the {method.chosen} neurons of the full network"),
        (full & (mark == 0), "all its others"),
        (~full & (mark > 0), "the rewound copies"),
        (mark < 0, "the redrawn copies"),
    )
    found = [f"{share(rows)} in {name}" for rows, name in parts if rows.any()]
    return f"Of the squared weights, relevant inputs have {', '.join(found)}."


def _of_the_errors(metrics: Metrics) -> str | None:
    names = (
        ("full_error", "the full network"),
        ("rewound_error", "the rewound copies (median)"),
        ("redrawn_error", "the redrawn (median)"),
    )
    there = [(metrics[name], whose) for name, whose in names if name in metrics]
    if not there:
        return None
    said = (f"no number of {whose}" if error is None else f"{error:.1%} of {whose}" for error, whose in there)
    return f"Error on new samples: {', '.join(said)}; a coin’s is 50%."


def _of_the_copies(metrics: Metrics, copies: int) -> str | None:
    stages = ((REWOUND, "rewound copies"), (REDRAWN, "redrawn"))
    found = []
    for stage, whose in stages:
        learned = metrics.get(f"{stage}_learned")
        if learned is not None:
            found.append(f"{round(copies * learned)} of {copies} {whose}")
    if not found:
        return "There are no copies yet: the full network trains first."
    return f"An error below {LEARNED:.0%} have {' and '.join(found)}."


def _of_the_kept(frame: Frame, config: LotteryConfig) -> str | None:
    shares = [frame.tensors.get(name) for name in ("kept_share", "overlap_share")]
    if any(one is None for one in shares):
        return None
    method, most = config.method, config.full_overlap
    counts = [
        [round(size * float(part)) for part in one]
        for one, size in zip(shares, (method.kept_neurons, method.width), strict=True)
        if one is not None
    ]
    kept, of_all = counts
    return (
        f"Of the {method.chosen} neurons {kept[most]} began on {most} relevant inputs, and {sum(kept[1:])} "
        f"on any; of all {method.width:,}, {of_all[most]} and {sum(of_all[1:])}."
    )


def _of_the_heavy(frame: Frame) -> str | None:
    norms = _norms(frame)
    if norms is None or isinstance(norms, str):
        return norms
    on, off = norms
    return (
        f"In {int((on > off).sum()):,} of {len(on):,} neurons the relevant inputs weigh more than all others together."
    )


def _of_the_start(frame: Frame, config: LotteryConfig) -> str | None:
    shares, most = frame.tensors.get("overlap_share"), config.full_overlap
    if shares is None:
        return None
    tickets, expected = (
        round(config.method.width * float(shares[most])),
        config.method.width * overlap_law(config)[most],
    )
    asked = "" if config.method.tickets is None else ", as was asked for"
    return (
        f"This network holds {tickets} of {config.method.width:,} neurons that began on {most} relevant inputs{asked}; "
        f"chance has {brief(expected)} on average."
    )
