"""What a run on the hinge loss will take: memory, work and room in the store. Used by the cost of studies.

It mirrors what the toolkit allocates; tests hold it against measurement.
"""

from dataclasses import dataclass

from emergescope.config.cost import (
    BEHIND,
    BEHIND_BYTES,
    CHUNK,
    DOUBLE,
    FIRST_MAP,
    HALF,
    HEADER,
    NEXT_MAP,
    SINGLE,
    Cost,
    Share,
    total,
)
from emergescope.config.run import Capture
from emergescope.toolkit.hinge.config import HingeMethod, Training


@dataclass(frozen=True)
class HingeInputs:
    """What a problem says of sizes: length of an input, directions compared with, pixels of a picture; and images, all
    that are read and those that are held, with the setting that decides how many bytes they have.
    """

    d: int
    D: int
    relevant: int
    ambient: bool
    overlap: bool = False
    picture: int = 0
    read: int = 0
    images: int = 0
    reads: str = "problem.data"


class HingeSizes:
    """The sizes of a run on the hinge loss, named as in the network and its camera."""

    def __init__(self, method: HingeMethod, training: Training, capture: Capture, inputs: HingeInputs) -> None:
        self.inputs, self.capture, self.stages = inputs, capture, training.stages
        self.is_network, self.is_ntk = method.kind == "network", method.kind == "ntk"
        self.s = SINGLE if training.dtype == "float32" else DOUBLE
        self.m, self.n, self.d, self.D = method.m, 2 * method.m, inputs.d, inputs.D
        self.ambient = inputs.ambient
        self.c = self.d if self.ambient else self.D
        outside = 0 if self.ambient else min(self.m, max(0, self.d - self.D))
        self.r = self.c + outside  # coordinates of a weight
        self.looked_at = inputs.picture > 0 and not self.ambient  # weights are taken to R^d for their pictures
        self.width = self.n if self.is_network else self.m  # of a pair, fixed features are computed once
        self.shown = min(self.n, capture.max_neurons) + 2  # with the two stars
        self.patterns = min(self.D, max(inputs.relevant, capture.max_patterns))
        self.samples = max(capture.probe_samples, capture.test_samples)
        self.ridge = 0 if method.kind == "network" else method.ridge_samples
        self.steps = sum(stage.steps for stage in self.stages)
        self.frames = min(self.steps + 1, capture.frames + len(self.stages))
        probed = 0 if capture.probe_every == 0 else -(-self.frames // capture.probe_every)
        self.probes = min(self.frames, probed + len(self.stages) + 1)

    def cost(self) -> Cost:
        # The start is over before training begins; the two beside each other train and take frames at the same time.
        inputs, capture = self.inputs, self.capture
        held, start, beside = self._held(), self._start(), [*self._training(), *self._camera()]
        peak = max(start, beside, key=total)
        frame = (self.shown - 2) * (self.patterns * HALF + 8 * SINGLE) + HEADER
        frame += min(self.shown - 2, capture.max_pictures) * (inputs.picture + SINGLE) + 2 * inputs.picture
        return Cost(
            memory_shares=(*held, *peak),
            work_shares=tuple(self._work()),
            steps=self.steps,
            steps_path=f"training.phases.{max(range(len(self.stages)), key=lambda i: self.stages[i].steps)}.steps",
            frames=self.frames,
            frame_bytes=frame,
            pattern_bytes=self.d * self.D * SINGLE,
        )

    def _held(self) -> list[Share]:
        geometry = 0
        if self.ambient:
            geometry = 2 * self.d * self.D * self.s
        elif self.inputs.overlap:
            geometry = 3 * self.D**2 * self.s
        if self.looked_at:
            geometry += self.r * self.d * self.s
        held = [
            Share("the images", self.inputs.reads, self.inputs.images * self.d * self.s),
            Share("the dictionary", "problem.D", self.d * self.D * (DOUBLE + SINGLE) + geometry),
            Share("the network", "method.m", self.n * self.r * self.s),
        ]
        if self.ridge and not self.is_ntk:
            held.append(
                Share("the features of the ridge solution", "method.ridge_samples", self.ridge * self.n * self.s)
            )
        return held

    def _start(self) -> list[Share]:
        least = min(self.m, self.d)
        factors = 0 if self.ambient else self.m * least + least * self.d + 4 * least**2
        reading = (2 * self.inputs.read + 2 * self.inputs.images * SINGLE) * self.d
        start = [
            Share("reading the images", self.inputs.reads, reading),
            Share("drawing the dictionary", "problem.D", 3 * self.d * self.D * DOUBLE + 4 * self.D**2 * DOUBLE),
            Share("drawing the network", "method.m", (4 * self.m * self.d + factors) * DOUBLE),
        ]
        fit = []
        if self.is_ntk:
            fit = [
                Share("the kernel", "method.ridge_samples", 4 * self.ridge**2 * self.s),
                Share("its features", "method.ridge_samples", 6 * self.ridge * (self.m + self.c) * self.s),
            ]
        elif self.ridge:
            rows = self.ridge * (self.m + 2 * self.c)
            fit = [Share("the ridge solution", "method.ridge_samples", (rows + 3 * self.m**2) * self.s)]
        # What was needed to draw is given back before the ridge solution.
        return max(start, fit, key=total)

    def _training(self) -> list[Share]:
        moving = 0 if self.ridge and not self.is_ntk else self.width * self.c * self.s
        small = self.n * self.s
        waiting = max(1, min(BEHIND, BEHIND_BYTES // (moving + small))) + 1
        copies = min(self.frames, waiting)
        return [
            Share("the gradient", "method.m", (3 if self.is_ntk else 2) * moving),
            Share("the samples of a chunk", "method.m", 6 * CHUNK * (self.width + self.c) * self.s),
            Share("copies that wait to be looked at", "method.m", (copies + 2) * (moving + small)),
        ]

    def _camera(self) -> list[Share]:
        # Of the frame before as well, and of the first; fixed features are looked at once.
        times = 5 if self.is_network else 3
        looks = self.n * (times * self.r + times * self.D) * self.s
        points = self.shown * self.r * 3 * SINGLE + 2 * min(self.shown, self.r) ** 2 * SINGLE
        looks += 3 * self.n * self.d * self.s if self.looked_at else 0
        seen = [Share("angles between neurons and patterns", "method.m", looks)]
        layout = [Share("the map", "capture.max_neurons", 3 * self.shown**2 * SINGLE + points)]
        spectrum = [Share("the spectrum", "method.m", 4 * min(self.n, self.r) ** 2 * self.s)]
        probe = [
            Share("the features of the probe", "capture.probe_samples", self.samples * self.n * self.s),
            Share("the matrix of the probe", "method.m", (3 * self.n**2 + CHUNK * self.n) * self.s),
        ]
        return seen + max(layout, spectrum, probe, key=total)

    def _work(self) -> list[Share]:
        """Two operations for each multiplication and addition of a matrix product, and the like for the rest."""
        n, r = self.n, self.r
        row = 2 * self.width * self.c * (3 if self.is_ntk else 1 if self.ridge else 2)
        images = self.inputs.images
        drawn = [stage.steps * (min(stage.samples, images) if images else stage.samples) for stage in self.stages]
        place = f"training.phases.{drawn.index(max(drawn))}"
        looked = self.frames if self.is_network else 1
        least = min(n, r)
        probe = self.samples * (4 * n * self.c + n**2) + n**3 // 3
        start = 4 * self.d * self.D**2 + 10 * self.m * self.d * min(self.m, self.d)
        work = [
            Share("training", f"{place}.steps", sum(drawn) * (row + 10 * self.D)),
            Share("tests", "capture.frames", self.frames * self.capture.test_samples * row),
            Share("maps", "capture.max_neurons", 10 * (FIRST_MAP + looked * NEXT_MAP) * self.shown**2),
            Share("spectra", "capture.frames", looked * (2 * n * r * least + 10 * least**3)),
            Share("probes", "capture.probe_every", self.probes * probe),
            Share("the start", "method.m", start),
        ]
        if self.ridge:
            size = self.ridge if self.is_ntk else self.m
            pairs = 2 * self.ridge * (self.ridge * (2 * self.m + self.c) if self.is_ntk else self.m * (self.m + self.c))
            work.append(Share("the ridge solution", "method.ridge_samples", pairs + size**3))
        return work
