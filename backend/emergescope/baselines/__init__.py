"""Methods with fixed features, which the network beats: random features and the neural tangent kernel. They train and
are looked at like a network, so they stream like one. Uses models; used by the experiment.
"""

from emergescope.baselines.ntk import LinearisedNetwork, tangent_kernel
from emergescope.baselines.random_features import RandomFeatures
from emergescope.baselines.ridge import best_case
from emergescope.baselines.start import start_model, trained_phases

__all__ = ["LinearisedNetwork", "RandomFeatures", "best_case", "start_model", "tangent_kernel", "trained_phases"]
