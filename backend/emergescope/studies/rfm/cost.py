"""What a run of a recursive feature machine takes, by its dominant terms."""

from emergescope.config.cost import BYTES, Cost, Share, most_frames
from emergescope.studies.rfm.config import ROWS, RfmConfig
from emergescope.studies.rfm.display import display_of

_EXP = 20  # operations of a root and an exponential


def cost_of(config: RfmConfig) -> Cost:
    problem, training, tests = config.problem, config.training, config.capture.test_samples
    n, d, size, frames = problem.n, problem.d, BYTES[training.dtype], most_frames(config)
    kernel, machines = n * n, 2 if config.method.metric == "permuted" else 1
    fits = 1 if config.method.metric == "identity" else 1 + machines * training.rounds
    return Cost(
        memory_shares=(
            # The kernel matrix, its factor, and a copy of one of them while it is made.
            Share("the kernel matrix and its factor", "problem.n", 3 * kernel * size),
            Share("kernels of some points at a time", "problem.n", 8 * ROWS * n * size),
            Share("points", "problem.d", 8 * (2 * n + tests) * d),
            Share("metrics", "problem.d", 4 * machines * (frames + 4) * d * d * size),
        ),
        work_shares=(
            Share("fits", "problem.n", fits * (n**3 // 3 + kernel * (2 * d + _EXP))),
            Share("gradients", "training.rounds", training.rounds * (kernel * (4 * d + _EXP) + 2 * n * d * d)),
            Share("tests", "capture.test_samples", frames * tests * n * (2 * d + _EXP)),
        ),
        steps=training.rounds,
        steps_path="training.rounds",
        frames=frames,
        frame_bytes=display_of(config).frame_bytes(),
        pattern_bytes=0,
    )
