"""How many CPUs and how much memory this process may use: what the machine has, less what it was not given.

A container sees all CPUs and all memory of its host; how much of them is its own, its control groups say (version 1
or 2), and the CPUs that it is pinned to. A group has no more than the groups that it is in.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

_ROOT = Path("/")


def usable_cpus(root: Path = _ROOT) -> int:
    """Whole CPUs, at least one. `root` is where /proc and /sys are."""
    cpus = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quotas = [_quota(group) for group in _groups(root, "cpu")]
    return max(1, int(min([cpus, *(quota for quota in quotas if quota is not None)])))


def usable_memory(root: Path = _ROOT) -> int | None:
    """Bytes; None where neither the system nor a control group says."""
    names = ("memory.max", "memory.high", "memory.limit_in_bytes")
    limits = [_number(group / name) for group in _groups(root, "memory") for name in names]
    return min((limit for limit in (_installed(), *limits) if limit is not None), default=None)


def _installed() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows has no such call, and others may not know the names
        return None


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The directories of this process's control groups, from its own outwards.

    Inside of a container the groups are often mounted as if its own was the outermost, while its name is still that
    of the host: directories that are not there have no files, and say nothing.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return
    mounts = root / "sys/fs/cgroup"
    for line in lines:
        _, names, name = line.split(":", 2)
        if not names:
            mount = mounts  # version 2
        elif controller in names.split(","):
            mount = mounts / (names if (mounts / names).is_dir() else controller)
        else:
            continue
        own = PurePosixPath(name.lstrip("/"))
        yield from (mount / group for group in (own, *own.parents))


def _quota(group: Path) -> float | None:
    """CPUs' worth of time that a group has; None without a quota."""
    quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
    with suppress(OSError, ValueError):  # a group of version 1; or "max", which is no quota
        quota, period = map(int, (group / "cpu.max").read_text("utf-8").split())
    return quota / period if quota and period and quota > 0 else None


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
