"""What a run of teacher and student takes, by its dominant terms."""

from math import prod

from emergescope.config.cost import BYTES, Cost, Share, copies, most_frames
from emergescope.datasets.sources import CLASSES, IMAGES, picture_shape
from emergescope.studies.mixture.config import LOOKED_AT, PRINCIPAL, ClassifierMethod, MixtureConfig, ResNetMethod
from emergescope.studies.mixture.display import display_of

_FOLDER_CLASSES = 200  # as in Tiny ImageNet


def network_of(method: ClassifierMethod | ResNetMethod, picture: tuple[int, ...], classes: int) -> tuple[int, int, int]:
    """Of a network: its parameters; multiplications and outputs of its layers for one input."""
    if isinstance(method, ClassifierMethod):
        n = 2 * method.m
        parameters = n * (prod(picture) + classes + 1)
        return parameters, parameters, n
    # Four stages, each with twice the channels of the one before on a fourth of the places: four convolutions of 3 x 3,
    # the first of which has half as many inputs from the second stage on, and a shortcut there. Sides are rounded up.
    width, places, stem = method.width, (-(-picture[0] // method.stem_stride)) ** 2, 9 * prod(picture[2:])
    parameters = width * (stem + (36 + 32 * (4 + 16 + 64)) * width + 8 * classes)
    return parameters, (stem + (36 + 3 * 40) * width) * width * places, 10 * width * places


def cost_of(config: MixtureConfig) -> Cost:
    problem, training, capture, display = config.problem, config.training, config.capture, display_of(config)
    size, frames, tests = BYTES[training.dtype], most_frames(config), capture.test_samples
    picture, is_resnet = picture_shape(problem), config.method.kind == "resnet18"
    is_folder, d, n = problem.data == "folder", prod(picture), display.axes["neurons"].total
    classes, fan_in = _FOLDER_CLASSES if is_folder else CLASSES, prod(config.neuron_shape)
    parameters, products, outputs = network_of(config.method, picture, classes)
    network = "method.width" if is_resnet else "method.m"
    mixed = problem.data_samples + problem.injected_samples
    rows = problem.samples + problem.injected_samples
    batch = min(training.batch, rows)
    looked = 0 if is_resnet else min(LOOKED_AT, problem.samples)
    shown = display.axes["neurons"].shown + 2  # with the two stars
    return Cost(
        memory_shares=(
            Share("reading the images", "problem.size" if is_folder else "problem.data", 2 * IMAGES[problem.data] * d),
            Share("the inputs", "problem.samples", rows * d * (size + 5)),
            Share("the inputs of tests", "capture.test_samples", 2 * tests * d * size),
            Share("principal directions", "problem.samples", 8 * (3 * looked * d + 4 * min(looked, d) ** 2)),
            # With their velocities, gradients and checkpoints, and what is looked at.
            Share("three networks", network, 14 * parameters * size),
            Share("copies that wait to be looked at", network, copies(frames, 2 * parameters * size)),
            Share("the activity of a batch", "training.batch", batch * (6 * outputs + 2 * d) * size),
            Share("the activity of inputs that are judged", network, 100 * outputs * size),
            Share("the map", "capture.max_neurons", 16 * shown**2),
        ),
        work_shares=(
            # Two operations for each multiplication and addition; backwards twice what it is forwards.
            Share("training", "training.epochs", 6 * products * (2 * problem.samples + mixed) * training.epochs),
            Share("tests", "capture.frames", 6 * products * tests * frames),
            Share("maps", "capture.max_neurons", 400 * (frames + 16) * shown**2),
            Share("spectra", "capture.frames", 12 * frames * n * fan_in * min(n, fan_in)),
            Share("principal directions", "problem.samples", 12 * looked * d * min(looked, d)),
        ),
        steps=config.total_steps,
        steps_path="training.epochs",
        frames=frames,
        frame_bytes=display.frame_bytes(),
        pattern_bytes=4 * fan_in * (PRINCIPAL + classes),
    )
