"""What happens as the step grows: spikes leave the bulk, and degrees of the target are learnt."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from emergescope.recording.events import Happened
from emergescope.studies.spikes.config import SHOWN, SpikesConfig
from emergescope.studies.spikes.expected import STANDS_OUT, departure
from emergescope.toolkit import sentences
from emergescope.toolkit.sentences import Metrics, brief

Cosines: TypeAlias = Sequence[list[float]] | None
LEARNT = 0.25  # of a degree of the target
LIMITS = ("0", "1/4", "1/3", "3/8")  # exponents at which spikes leave the bulk in the limit


class Milestones(sentences.Milestones):
    """Of the frames of one run.

    left  by its place, the exponent at which each spike left the bulk, between two frames
    """

    def __init__(self, config: SpikesConfig) -> None:
        super().__init__()
        self._config = config
        self.left: dict[int, float] = {}
        self._before: tuple[float, dict[int, float]] | None = None  # exponent, and how far above the mark spikes were

    def state(self) -> dict[str, Any]:
        left = {str(k): exponent for k, exponent in self.left.items()}
        before = None if self._before is None else [self._before[0], {str(k): v for k, v in self._before[1].items()}]
        return {"steps": dict(self.told), "left": left, "before": before}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.told = dict(state["steps"])
        self.left = {int(k): exponent for k, exponent in state["left"].items()}
        before = state["before"]
        self._before = None if before is None else (before[0], {int(k): v for k, v in before[1].items()})

    def watch(self, step: int, cosines: Cosines, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show. `cosines` of each spike: with polynomials of degree 1, 2, ..."""
        exponent, edge = metrics.get("step_exponent"), metrics.get("bulk_edge")
        if exponent is None or edge is None:
            return ()
        values = {k: metrics.get(f"singular_{k}") for k in range(1, SHOWN + 1)}
        above = {k: value / edge - STANDS_OUT for k, value in values.items() if value is not None}
        for k, margin in above.items():
            if margin > 0 and k not in self.left:
                self.left[k] = self._crossing(k, exponent, margin)
        self._before = (exponent, above)
        return self.first(self._shown(step, exponent, cosines, metrics, above))

    def _crossing(self, k: int, exponent: float, now: float) -> float:
        """Where between the last frame and this one the spike came to stand out."""
        if self._before is None or k not in self._before[1]:
            return exponent
        began, before = self._before[0], self._before[1][k]
        return began + (exponent - began) * before / (before - now) if before < 0 < now else exponent

    def _shown(
        self, step: int, exponent: float, cosines: Cosines, metrics: Metrics, above: Mapping[int, float]
    ) -> Iterator[Happened]:
        place = f"at a = {exponent:.2f}"
        for k, margin in above.items():
            if margin > 0:
                value, held = metrics.get(f"singular_{k}") or 0.0, _held(cosines, k)
                holds = "" if held is None else f"; it holds degree {held[0]}, with a cosine of {held[1]:.2f}"
                text = f"spike {k} leaves the bulk {place}: {value:.2f} √n, above {metrics['bulk_edge']:.2f} √n{holds}"
                yield Happened(step, f"spike_{k}", text, {"exponent": self.left[k], "value": value, "held": held})
        for k in (2, 3):
            part = metrics.get(f"learnt_{k}")
            if part is not None and part > LEARNT:
                text = f"degree {k} of the target is learnt {place}: the readout has {part:.2f} of it"
                yield Happened(step, f"degree_{k}", text, {"threshold": LEARNT, "exponent": exponent, "part": part})
        if step == self._config.total_steps:
            yield self._compared(step)
            if self._config.is_control:
                yield self._control(step, metrics)

    def _compared(self, step: int) -> Happened:
        """Where spikes left the bulk, beside theory at this size and in the limit."""
        method, rows = self._config.method, []
        limits = LIMITS if method.input_shift and method.output_weights == "normal" else ("",) * SHOWN
        for k, limit in enumerate(limits, 1):
            predicted, measured = departure(self._config, k), self.left.get(k)
            name = f"spike {k} (limit {limit})" if limit else f"spike {k}"
            rows.append({"name": name, "predicted": _short(predicted), "measured": _short(measured), "left": True})
        known = [row for row in rows if row["predicted"] is not None and row["measured"] is not None]
        said = ", ".join(f"{row['name']}: a = {row['measured']}, predicted {row['predicted']}" for row in known)
        text = f"spikes left the bulk as follows: {said}" if known else "no spike left the bulk where one was predicted"
        return Happened(step, "compared", text, {"groups": rows})

    def _control(self, step: int, metrics: Metrics) -> Happened:
        config, reasons = self._config, []
        if config.problem.labels == "shuffled":
            reasons.append("labels of the step are shuffled, and its direction has nothing of the target")
        if config.method.output_weights == "equal":
            reasons.append("output weights are equal, so that all degrees share one direction of the neurons")
        if config.method.input_shift == 0:
            reasons.append("the activation is odd, and has no part of degree 2")
        error = metrics.get("test_mse")
        text = f"the control fails: {'; '.join(reasons)}" + ("" if error is None else f"; test MSE {brief(error)}")
        return Happened(step, "control", text, {"test_mse": error, "learnt_2": metrics.get("learnt_2")})


def _held(cosines: Cosines, place: int) -> tuple[int, float] | None:
    """The degree that this spike has most of, and its cosine with it."""
    if cosines is None:
        return None
    most = max(cosines[place - 1])
    return cosines[place - 1].index(most) + 1, round(most, 3)


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
