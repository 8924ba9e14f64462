"""What a run on a sparse parity takes."""

from emergescope.config.cost import BEHIND, BEHIND_BYTES, DOUBLE, HEADER, SINGLE, Cost, Share
from emergescope.studies.hidden_progress.config import ROWS, HiddenProgressConfig
from emergescope.studies.hidden_progress.display import display_of
from emergescope.studies.hidden_progress.theory import POINTS, sample_count

_SENTENCES = 1500  # bytes


def cost_of(config: HiddenProgressConfig) -> Cost:
    problem, training, capture = config.problem, config.training, config.capture
    n, width = problem.n, config.method.width
    size = SINGLE if training.dtype == "float32" else DOUBLE
    weights = width * n * size
    frames = min(training.steps + 1, capture.frames + 1)
    waiting = max(1, min(BEHIND, BEHIND_BYTES // weights)) + 1
    rows = n + 3 * width
    first = sample_count(config)
    pair = 2 * n * width  # operations of a sample, forward
    return Cost(
        memory_shares=(
            Share("the network", "method.width", 4 * weights),
            Share("copies that wait to be looked at", "method.width", min(frames, waiting) * weights),
            Share("a batch", "training.batch", training.batch * rows * size),
            Share("looking at a copy", "method.width", 4 * weights),
            Share("tests", "method.width", ROWS * rows * size + 3 * capture.test_samples * size),
            Share("the first gradient", "problem.n", (2 * width * n + 8 * POINTS * n) * DOUBLE if first else 0),
        ),
        work_shares=(
            Share("training", "training.steps", training.steps * (2 * pair * training.batch + 4 * width * n)),
            Share("tests", "capture.frames", frames * (capture.test_samples * pair + 10 * width * n)),
            Share("the first gradient", "method.width", first * 2 * pair + (20 * POINTS * n * width if first else 0)),
        ),
        steps=training.steps,
        steps_path="training.steps",
        frames=frames,
        frame_bytes=display_of(config).frame_bytes() + HEADER + _SENTENCES,
        pattern_bytes=0,
    )
