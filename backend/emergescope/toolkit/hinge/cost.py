"""What a run on the hinge loss takes, by its dominant terms. Used by the cost of studies."""

from emergescope.config.cost import BYTES, Cost, Share, copies, most_frames
from emergescope.recording.display import Display
from emergescope.toolkit.hinge.config import HingeConfig

_AT_A_TIME = 8000  # rows of inputs and features: several arrays for a chunk of samples


def hinge_cost(
    config: HingeConfig,
    display: Display,
    *,
    d: int,
    D: int,
    coordinates: int,
    images: int = 0,
    reads: str = "problem.data",
) -> Cost:
    """Of a run on inputs in R^d, compared with D directions, of which the network sees so many coordinates.

    images, reads  how many are learned, where they are not drawn; the setting that decides how many bytes they have
    """
    capture, stages, size, c = config.capture, config.stages, BYTES[config.training.dtype], coordinates
    method = config.method
    m, n, r = method.m, 2 * method.m, min(d, c + method.m)  # pairs, neurons, coordinates of a weight
    shown = display.axes["neurons"].shown + 2  # with the two stars
    samples, frames = max(capture.probe_samples, capture.test_samples), most_frames(config)
    probes = frames // (capture.probe_every or frames) + len(stages) + 2
    ridge = 0 if method.kind == "network" else method.ridge_samples
    kernel = ridge if method.kind == "ntk" else 0
    drawn = [stage.steps * min(stage.samples, images or stage.samples) for stage in stages]
    row = 6 * c * (n if method.kind == "network" else m)  # operations; the two of a pair share fixed features
    longest = max(range(len(stages)), key=lambda index: stages[index].steps)
    return Cost(
        memory_shares=(
            Share("reading the images", reads, (14 + size) * images * d),
            Share("the dictionary", "problem.D", (32 * d + 40 * D) * D),
            Share("the network", "method.m", 64 * m * d),
            Share("the kernel", "method.ridge_samples", 4 * kernel**2 * size),
            Share("the ridge solution", "method.ridge_samples", ridge * (n + m + 2 * c) * size),
            Share("the samples of a chunk", "method.m", _AT_A_TIME * (n + c) * size),
            Share("copies that wait to be looked at", "method.m", copies(frames, n * c * size)),
            Share("angles between neurons and patterns", "method.m", 10 * n * r * size),
            Share("the map", "capture.max_neurons", 16 * shown**2),
            Share("the features of the probe", "capture.probe_samples", samples * (n + c) * size),
            Share("the matrix of the probe", "method.m", 3 * n**2 * size),
        ),
        work_shares=(
            Share("training", f"training.phases.{drawn.index(max(drawn))}.steps", sum(drawn) * (row + 10 * D)),
            Share("tests", "capture.frames", frames * capture.test_samples * row),
            Share("maps", "capture.max_neurons", 400 * (frames + 8) * shown**2),
            Share("spectra", "capture.frames", 12 * frames * n * r * min(n, r)),
            Share("probes", "capture.probe_every", probes * (samples * (4 * n * c + n**2) + n**3)),
            Share("the start", "method.m", 4 * d * D**2 + 10 * m * d * min(m, d)),
            Share("the ridge solution", "method.ridge_samples", 2 * ridge * (kernel + m) * (2 * m + c) + kernel**3),
        ),
        steps=config.total_steps,
        steps_path=f"training.phases.{longest}.steps",
        frames=frames,
        frame_bytes=display.frame_bytes(),
        pattern_bytes=4 * d * D,
    )
