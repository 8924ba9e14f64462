"""The network of the paper on two classes of images (figure 3)."""

from emergescope.datasets import load
from emergescope.recording.events import Saved
from emergescope.studies.study import Context
from emergescope.studies.two_classes.camera import TwoClassesCamera
from emergescope.studies.two_classes.config import TwoClassesConfig
from emergescope.studies.two_classes.images import DrawnImages
from emergescope.toolkit.hinge.camera import HingeCamera
from emergescope.toolkit.hinge.dynamics import HingeDynamics
from emergescope.toolkit.hinge.geometry import ImageGeometry

# The theory says nothing of images: small weights, so that what is learned is soon larger.
_USUAL = (0.003, 0.001, 0.05)


class TwoClassesDynamics(HingeDynamics):
    """Raises EmergescopeError where the images are not there."""

    def __init__(self, config: TwoClassesConfig, context: Context, saved: Saved | None) -> None:
        self._config, problem = config, config.problem
        data = load(problem.data, context.data_dir, folder=problem.folder, size=problem.size, classes=2)
        self._images = DrawnImages(problem, data, config.seed, context.device, context.dtype)
        geometry = ImageGeometry(self._images.dictionary, context.dtype, context.device)
        super().__init__(config, context, saved, self._images, geometry, _USUAL)

    def camera(self, saved: Saved | None) -> HingeCamera:
        return self.look_with(TwoClassesCamera(self._config, self.model, self._images), saved)
