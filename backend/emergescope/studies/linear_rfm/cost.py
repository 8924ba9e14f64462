"""What completing a matrix takes, by its dominant terms."""

from math import sqrt

from emergescope.config.cost import BYTES, Cost, Share, copies, most_frames
from emergescope.studies.linear_rfm.config import AT_ONCE, LinearRfmConfig
from emergescope.studies.linear_rfm.display import display_of

_DECOMPOSITION = 25  # multiplications, in units of d^3


def cost_of(config: LinearRfmConfig) -> Cost:
    d, training, frames = config.problem.d, config.training, most_frames(config)
    size, mean = BYTES[training.dtype], config.problem.observed / d
    widest = min(d, round(mean + 5 * sqrt(mean) + 5))  # known entries of a row, at most, but for rare draws
    products = 4 if config.method.matrix_power in (0.5, 1) else 4 + _DECOMPOSITION
    return Cost(
        memory_shares=(
            Share("matrices", "problem.d", 16 * d * d * 8),
            Share("kernels of rows", "problem.observed", 4 * max(AT_ONCE, widest**2) * size),
            Share("matrices that wait to be looked at", "problem.d", copies(frames, 2 * d * d * size)),
        ),
        work_shares=(
            Share("rounds", "training.most_rounds", 2 * training.most_rounds * (d * widest**3 // 3 + products * d**3)),
            Share("singular values", "capture.frames", 2 * _DECOMPOSITION * frames * d**3),
        ),
        steps=training.most_rounds,
        steps_path="training.most_rounds",
        frames=frames,
        frame_bytes=display_of(config).frame_bytes(),
        pattern_bytes=0,
    )
