"""What a run will take, from its configuration alone: memory, work, and room in the store. Used by the service, which
refuses what exceeds its limits before anything is allocated.

Memory is the most that a run holds at one time, above what a worker holds anyway.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emergescope.catalog.registry import study_of
from emergescope.config.cost import Cost, Share
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig


def estimate(config: RunConfig) -> Cost:
    """The cost of a run of `config`: arithmetic only, so it may be asked of any configuration."""
    return study_of(config).cost(config)


@dataclass(frozen=True)
class Limits:
    """What a server gives to one run, and how many may wait. None: no limit."""

    max_memory: int | None = None
    max_steps: int | None = None
    max_work: int | None = None
    max_film: int | None = None
    max_queue: int | None = None

    def check(self, config: RunConfig) -> None:
        """Raises InvalidConfig that says for each limit what `config` would take and what to lower."""
        cost = estimate(config)
        steps = Share("training", cost.steps_path, cost.steps)
        film = Share("what is shown of the neurons", "capture.frames", cost.film)
        found = [
            _excess("take {} steps", [steps], self.max_steps, "{:,}".format),
            _excess("hold about {} of memory", cost.memory_shares, self.max_memory, in_bytes),
            _excess("take about {} operations", cost.work_shares, self.max_work, "{:.2g}".format),
            _excess("leave about {} in the store", [film], self.max_film, in_bytes),
        ]
        if fields := [field for field in found if field is not None]:
            raise InvalidConfig("; ".join(field.message for field in fields), fields)


def _excess(what: str, shares: Sequence[Share], limit: int | None, show: Callable[[int], str]) -> FieldError | None:
    """The setting to lower where the shares together exceed the limit: the one that decides the largest of them."""
    amount = sum(share.amount for share in shares)
    if limit is None or amount <= limit:
        return None
    largest = max(shares, key=lambda share: share.amount)
    reason = f", {show(largest.amount)} of it for {largest.what}" if len(shares) > 1 else ""
    message = (
        f"this run would {what.format(show(amount))}{reason}, and this server allows {show(limit)}: "
        f"lower {largest.path}"
    )
    return FieldError("/" + largest.path.replace(".", "/"), message)


def in_bytes(amount: int) -> str:
    """An amount in words."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if amount >= size:
            return f"{amount / size:.3g} {unit}"
    return f"{amount} bytes"
