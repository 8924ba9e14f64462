"""A sweep over the mixture ratio shows what mixtures measure."""

from emergescope.catalog.experiments import get_experiment, plan_sweep
from emergescope.service.phase_diagram import phase_diagram
from emergescope.studies.mixture.config import MixtureConfig


def test_the_sweep_over_the_ratio_has_its_axis_and_measures() -> None:
    sweep = get_experiment("sweep/mixture-ratio").sweep
    assert sweep is not None
    diagram = phase_diagram(sweep, [])
    (axis,) = diagram["axes"]
    assert (axis["path"], axis["values"][0], axis["values"][-1]) == ("problem.ratio", 0.0, 1.0)
    assert "ratio" in axis["title"]
    ids = [measure["id"] for measure in diagram["measures"]]
    assert ids == ["data_accuracy", "data_true_accuracy", "injected_accuracy", "mixture_accuracy"]


def test_its_cells_have_from_none_to_only_injected_inputs() -> None:
    sweep = get_experiment("sweep/mixture-ratio").sweep
    assert sweep is not None
    configs = [run.config for run in plan_sweep(sweep, [0], 100)]
    problems = [config.problem for config in configs if isinstance(config, MixtureConfig)]
    counts = [(p.data_samples, p.injected_samples) for p in problems]
    assert counts[0] == (4000, 0)
    assert counts[3] == (4000, 4000)
    assert counts[-1] == (0, 4000)
