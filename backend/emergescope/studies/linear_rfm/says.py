"""Sentences about a frame of a run on a matrix, by panel: pure functions of it and of what was before it."""

from collections.abc import Mapping

from emergescope.recording.events import Frame
from emergescope.studies.linear_rfm.config import EXPLAINED, LinearRfmConfig
from emergescope.toolkit.sentences import LOST, Metrics, brief, percent

SMALL = 0.01  # of the largest singular value: those below count as none


def says(frame: Frame, config: LinearRfmConfig, told: Mapping[str, int | None], stopped: int | None) -> dict[str, str]:
    """`told`: at which step what has happened; `stopped`: after which round."""
    metrics, found = frame.metrics, dict[str, str | None]()
    found["completed"] = _of_the_matrix(frame, config)
    found["missing"] = _of_what_is_missing(metrics)
    found["spectrum"] = _of_singular_values(metrics, config)
    found["m"] = _of_m(frame, config)
    found["curves"] = _of_the_error(metrics, told, stopped)
    return {panel: text for panel, text in found.items() if text}


def _of_the_matrix(frame: Frame, config: LinearRfmConfig) -> str | None:
    error = frame.metrics.get("mse")
    if error is None:
        return LOST if "mse" in frame.metrics else None
    d, known = config.problem.d, config.problem.observed
    start = f"{known:,} of {d * d:,} entries are known"
    if not config.learns:
        return f"{start}, and nothing is filled in: all others stay 0."
    if frame.step <= 1:
        return f"{start}; all others are 0 so far."
    return f"{start}; the others are filled in with an error of {brief(error)}. Zeros have about 1."


def _of_what_is_missing(metrics: Metrics) -> str | None:
    error = metrics.get("mse")
    if error is None:
        return LOST if "mse" in metrics else None
    return f"Known entries are exact, and others off by {brief(error**0.5)} (root mean square); entries are of size 1."


def _of_singular_values(metrics: Metrics, config: LinearRfmConfig) -> str | None:
    count = metrics.get("effective_rank")
    if count is None:
        return LOST if "effective_rank" in metrics else None
    text = f"{count:.0f} of {config.problem.d:,} singular values are more than {percent(SMALL)} of the largest"
    return f"{text}; the true matrix has {config.problem.true_rank:,}."


def _of_m(frame: Frame, config: LinearRfmConfig) -> str | None:
    share, problem = frame.metrics.get("row_space"), config.problem
    if share is None:
        return LOST if "row_space" in frame.metrics else None
    part = f"{100 * share:.1f}\u00a0%"
    text = f"{part} of tr M lies in the true row space, {problem.true_rank:,} of {problem.d:,} dimensions"
    fixed = frame.step == 0 or not config.learns
    return f"M is the identity: all columns are alike, and unrelated. {text}." if fixed else f"{text}."


def _of_the_error(metrics: Metrics, told: Mapping[str, int | None], stopped: int | None) -> str | None:
    error = metrics.get("mse")
    if error is None:
        return LOST if "mse" in metrics else None
    text, emerged = f"The held-out error is {brief(error)}", told.get("emerged")
    if emerged is not None:
        text += f"; it fell below {EXPLAINED:g} by round {emerged:,}"
    after = "" if stopped is None else f" The run stopped after round {stopped:,}."
    return f"{text}.{after}"
