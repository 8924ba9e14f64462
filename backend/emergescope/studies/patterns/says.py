"""Sentences about a frame of a run on patterns, by panel: pure functions of the frame and of what was before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from emergescope.recording.events import Frame
from emergescope.studies.patterns.words import METHODS, SIGNAL
from emergescope.toolkit import neuron_says as neurons
from emergescope.toolkit.ansatz_display import says as of_ansatz
from emergescope.toolkit.neuron_panels import ALIGNED
from emergescope.toolkit.sentences import LOST, Metrics, Past, brief, percent, right_of, sentence_case

Gradients = Mapping[int, Mapping[str, Any]]  # the data of their events, by step
COIN: Final = 0.38, 0.62  # a coin's share of right guesses on a few thousand inputs, with room for chance
KNOWN, FORGOTTEN = 0.9, 0.8  # from here on it is known, and below that lost again: between them a share may waver
MARKS = {"test_accuracy_hard": KNOWN, "probe_accuracy_hard": KNOWN}
_STANDS_OUT, _BEGINS = 3, 1.35  # mean |cos| with relevant patterns over that with others
_PROBE, _TEST = "probe_accuracy_hard", "test_accuracy_hard"


@dataclass(frozen=True)
class Subject:
    """What sentences are about.

    method    its kind
    part      what the inputs are called that no single pattern decides
    relevant  how many patterns
    neurons   how many there are, shown or not
    """

    method: str
    part: str
    relevant: int
    neurons: int


def says(frame: Frame, past: Past, subject: Subject, gradients: Gradients) -> dict[str, str]:
    """`gradients`: those of the first steps that were compared with Lemma 5."""
    return neurons.said(
        map=neurons.of_map(frame, _where(frame, subject.method)),
        curves=of_curves(frame.metrics, past, subject),
        alignment=of_alignment(frame, subject.relevant),
        density=of_density(frame),
        spectrum=neurons.of_spectrum(frame),
        pictures=neurons.of_pictures(frame, _motif(frame), subject.neurons),
        theory=of_theory(frame, subject.method, gradients),
        **of_ansatz(frame, subject.relevant, "patterns"),
    )


def _where(frame: Frame, method: str) -> str | None:
    cosine = neurons.tensor(frame, "signal_cosine")
    if method == "network" or cosine is None:
        return neurons.pointing(frame, SIGNAL)
    return f"The neurons do not move ({METHODS[method].name}): {neurons.aligned(cosine)[1]} are at +s or −s"


def _motif(frame: Frame) -> str | None:
    cosine = neurons.tensor(frame, "signal_cosine")
    if cosine is None:
        return None
    return f"{neurons.aligned(cosine)[1]} have |cos| > {ALIGNED} with ±s: the motif, or its negative."


def of_alignment(frame: Frame, relevant: int) -> str | None:
    """How the columns of the relevant patterns, which come first, stand out."""
    alignment = neurons.tensor(frame, "alignment")
    if alignment is None or alignment.size == 0:
        return None
    size = np.abs(alignment)
    inside = float(size[:, :relevant].mean())
    if not np.isfinite(inside):
        return LOST
    if alignment.shape[1] == relevant:
        return f"Only relevant patterns are shown; mean |cos| {inside:.2f}."
    outside = float(size[:, relevant:].mean())
    if outside == 0:
        return f"Only the relevant patterns are carried; mean |cos| {inside:.2f}."
    ratio, verb = inside / outside, "s" if relevant == 1 else ""
    how = "look{} like any other" if ratio < _BEGINS else "begin{} to stand out"
    if ratio >= _STANDS_OUT:
        how = f"stand{{}} out {ratio:.0f} to 1"
    columns = "relevant column" if relevant == 1 else f"{relevant} relevant columns"
    return f"The {columns} {how.format(verb)} (mean |cos| {inside:.2f}, background {outside:.2f})."


def of_density(frame: Frame) -> str | None:
    cosine = neurons.tensor(frame, "signal_cosine")
    inside, outside = (neurons.tensor(frame, name) for name in ("relevant_norm", "background_norm"))
    if cosine is None or inside is None or outside is None:
        return neurons.of_bands(frame, SIGNAL)
    if neurons.lost(cosine):
        return f"{LOST[:-1]}: nothing to place."
    on, off = float(inside.mean()), float(outside.mean())
    lengths = f"{on:.2f} of the weights’ length lies along relevant patterns, {off:.2f} along background"
    near, share = neurons.aligned(cosine)
    if near > 0.8 * len(cosine):
        return f"Two bands, at +s and −s, hold {share}; {lengths}."
    return f"{'The cloud parts' if on > off else 'One cloud around 0'}: {lengths}."


def of_curves(metrics: Metrics, past: Past, subject: Subject) -> str:
    """What the features carry, and what the network makes of them."""
    part = subject.part
    if metrics.get("loss", 0.0) is None:
        return "The loss is not a number any more: the run has diverged."
    if subject.method != "network" and metrics.get("ridge_accuracy") is not None:
        return _of_ridge(metrics, part)
    return _of_network(metrics, past, part) or _of_features(metrics, past, part)


def _carried(past: Past) -> int | None:
    """The step from which on a probe has read the hard part off the features, if it still does."""
    probe = past.last(_PROBE)
    return past.passed(_PROBE) if probe is not None and (probe.value or 0.0) >= FORGOTTEN else None


def _of_network(metrics: Metrics, past: Past, part: str) -> str | None:
    """Whether the network itself tells the hard part, or has told it; None where neither."""
    hard, used, carried = metrics.get(_TEST), past.passed(_TEST), _carried(past)
    if used is None or hard is None:
        return None
    if hard < FORGOTTEN:
        here = f"{percent(hard)} of it right here"
        return f"The network told the {part} at step {used:,} and has lost it again: {here}."
    right = right_of(metrics, "test_accuracy", "new inputs")
    if carried is None:
        return f"The network tells the {part} from step {used:,}: {right}."
    return f"The features carry the {part} from step {carried:,}, the network uses them from step {used:,}: {right}."


def _of_features(metrics: Metrics, past: Past, part: str) -> str:
    """What a probe reads off them, where the network makes nothing of them yet."""
    right, probe, carried = right_of(metrics, "test_accuracy", "new inputs"), past.last(_PROBE), _carried(past)
    if probe is None:
        return f"{sentence_case(right)}; no probe of the features was taken so far."
    if probe.value is None:
        return f"A probe of the {part} has no value{probe.when}: {right}."
    if carried is not None:
        itself = right_of(metrics, _TEST, "it")
        return f"From step {carried:,} a probe reads the {part} off the features; of the network itself, {itself}."
    return _of_probe(part, probe.value, probe.when, past.passed(_PROBE))


def _of_ridge(metrics: Metrics, part: str) -> str:
    def both(metric: str, name: str = "") -> str:
        whole, hard = metrics.get(metric), metrics.get(f"{metric}_hard")
        return f"{percent(whole or 0.0)}{'' if hard is None else f' ({name}{percent(hard)})'}"

    now = "" if metrics.get("test_accuracy") is None else f", training so far {both('test_accuracy')}"
    return f"Fixed features: ridge regression gets {both('ridge_accuracy', f'{part} ')} right{now}."


def _of_probe(part: str, probe: float, when: str, carried: int | None) -> str:
    """`carried`: the step from which on it once was good."""
    are, tell, begin, gets = ("were", "told", "began", "got") if when else ("are", "tell", "begin", "gets")
    share = percent(probe)
    if carried is not None:
        now = f"but {gets} only {share} of it right{when or ' here'}"
        return f"A probe read the {part} off the features at step {carried:,}, {now}."
    if probe < COIN[0]:
        reverse = f"so its reverse {gets} {percent(1 - probe)}"
        return f"On the {part} the features {tell} the opposite{when}: a probe {gets} {share} right, {reverse}."
    if probe < COIN[1]:
        return f"On the {part} the features {are} no better than a coin{when or ' so far'} (probe {share})."
    return f"The features {begin} to tell: a probe {gets} {share} of the {part} right{when}."


def of_theory(frame: Frame, method: str, gradients: Gradients) -> str:
    """The first gradients beside Lemma 5, as far as they have been; of fixed features, that nothing moves."""
    if method != "network":
        still = f"The hidden layer of {METHODS[method].name} stays as it was drawn"
        if method == "ntk":
            still = "The tangent kernel is that of the network at its start"
        turned = frame.metrics.get("initial_cosine_mean")
        mean = "" if turned is None else f", their mean cosine with the start is {turned:.3f} at step {frame.step:,}"
        return f"{still}: no neuron moves{mean}."
    told = [_of_gradient(step, one) for step, one in sorted(gradients.items()) if step <= frame.step]
    if told:
        return f"{sentence_case('; '.join(told))}."
    if frame.step == 0:
        return "The first two gradients will be compared with Lemma 5 here."
    return "The first gradients of this run were not compared with Lemma 5."


def _of_gradient(step: int, found: Mapping[str, Any]) -> str:
    relevant, background, error = found["relevant"], found["background"], found["error"]
    if error is None:
        other = background["measured"]
        off = f"background {'not measured' if other is None else brief(other)}"
    else:
        off = f"{float(f'{100 * error:.{1 if error < 0.01 else 2}g}'):g}\u00a0% off"
    measured = "not measured" if relevant["measured"] is None else brief(relevant["measured"])
    return f"step {step:,}: relevant patterns {measured} against {brief(relevant['predicted'])} predicted, {off}"
