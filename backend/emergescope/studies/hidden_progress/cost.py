"""What a run on a sparse parity takes, by its dominant terms."""

from emergescope.config.cost import BYTES, Cost, Share, copies, most_frames
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.display import display_of
from emergescope.studies.hidden_progress.theory import POINTS, sample_count
from emergescope.toolkit.ansatz_display import SETTING, ansatz_memory, ansatz_work
from emergescope.toolkit.parity import ROWS


def cost_of(config: HiddenProgressConfig) -> Cost:
    n, width, training, tests = config.problem.n, config.method.width, config.training, config.capture.test_samples
    size, frames, first = BYTES[training.dtype], most_frames(config), sample_count(config)
    weights, row = width * n, n + 3 * width  # numbers, of the network and of what a sample gives
    looks = frames * config.capture.ansatz  # at the feature ansatz
    return Cost(
        memory_shares=(
            Share("the network", "method.width", 12 * weights * size),
            Share("copies that wait to be looked at", "method.width", copies(frames, weights * size)),
            Share("a batch", "training.batch", training.batch * row * size),
            Share("tests", "method.width", (2 * ROWS * row + 3 * tests) * size),
            Share("the first gradient", "problem.n", 64 * POINTS * n * (first > 0)),
            Share("the feature ansatz", "problem.n", ansatz_memory(n) * config.capture.ansatz),
        ),
        work_shares=(
            Share("training", "training.steps", 4 * training.steps * weights * (training.batch + 1)),
            Share("tests", "capture.frames", 2 * frames * weights * (tests + 5)),
            Share("the feature ansatz", SETTING, looks * ansatz_work(n, width, tests)),
            Share("the first gradient", "method.width", 4 * weights * (first + 5 * POINTS * (first > 0))),
        ),
        steps=training.steps,
        steps_path="training.steps",
        frames=frames,
        frame_bytes=display_of(config).frame_bytes(),
        pattern_bytes=0,
    )
