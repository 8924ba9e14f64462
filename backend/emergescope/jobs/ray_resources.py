"""What a run asks of the node that it is placed on. Used by ray_cluster."""

from dataclasses import replace

import ray

from emergescope.config.run import RunConfig
from emergescope.errors import InvalidConfig
from emergescope.jobs.executor import Job


def settled(job: Job) -> Job:
    """The job with "auto" settled as the CPU: which node a run comes to, or goes on at, must not decide its bits."""
    origin = job.origin
    if origin is not None:
        origin = replace(origin, config=_on_cpu_unless_asked(origin.config))
    return replace(job, config=_on_cpu_unless_asked(job.config), origin=origin)


def gpus(job: Job) -> int:
    """How many GPUs a settled job needs."""
    configs = [job.config] if job.origin is None else [job.config, job.origin.config]
    return int(any(config.training.device == "cuda" for config in configs))


def missing(job: Job) -> str | None:
    """What the cluster lacks for the job, in words: it would wait for ever."""
    if gpus(job) and not ray.cluster_resources().get("GPU"):  # type: ignore[no-untyped-call]
        return "the Ray cluster has no GPU: choose auto or cpu as the device"
    return None


def check_cpus(threads: int) -> None:
    """Raises InvalidConfig if no node has that many CPUs."""
    nodes = ray.nodes()  # type: ignore[no-untyped-call]
    most = max((node["Resources"].get("CPU", 0) for node in nodes if node["Alive"]), default=0)
    if most < threads:
        raise InvalidConfig(f"no node of the Ray cluster has {threads} CPUs, but {most:.0f} at most: use fewer threads")


def _on_cpu_unless_asked(config: RunConfig) -> RunConfig:
    if config.training.device != "auto":
        return config
    return config.model_copy(update={"training": config.training.model_copy(update={"device": "cpu"})})
