"""CPUs and memory are those that a process may use, by its control groups and the CPUs that it is pinned to."""

import os
from pathlib import Path

import pytest

from emergescope.machine import usable_cpus, usable_memory
from emergescope.settings import Settings

GIB = 2**30


@pytest.fixture(autouse=True)
def large_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """16 CPUs and 64 GiB."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)), raising=False)
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 16 * 2**20}.__getitem__)


def groups(root: Path, cgroup: str, files: dict[str, str]) -> Path:
    """A machine's /proc/self/cgroup, and files below /sys/fs/cgroup."""
    for name, text in {"proc/self/cgroup": cgroup, **{f"sys/fs/cgroup/{k}": v for k, v in files.items()}}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_without_groups_it_is_the_machine(tmp_path: Path) -> None:
    assert (usable_cpus(tmp_path), usable_memory(tmp_path)) == (16, 64 * GIB)


@pytest.mark.parametrize(
    ("cgroup", "files", "cpus", "memory"),
    [
        ("0::/\n", {"cpu.max": "200000 100000\n", "memory.max": f"{GIB}\n"}, 2, GIB),
        ("0::/\n", {"cpu.max": "50000 100000\n", "memory.max": "max\n"}, 1, 64 * GIB),
        ("0::/\n", {"cpu.max": "350000 100000\n", "memory.max": "max\n", "memory.high": f"{GIB}\n"}, 3, GIB),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 16, 64 * GIB),
        (  # a group has no more than those that it is in
            "0::/kubepods/pod1/box\n",
            {
                "kubepods/pod1/box/cpu.max": "800000 100000\n",
                "kubepods/pod1/cpu.max": "400000 100000\n",
                "kubepods/pod1/box/memory.max": "max\n",
                "kubepods/memory.max": f"{3 * GIB}\n",
            },
            4,
            3 * GIB,
        ),
        ("0::/system.slice/docker-1.scope\n", {"cpu.max": "100000 50000\n", "memory.max": f"{GIB}\n"}, 2, GIB),
        (  # version 1, as a machine mounts it
            "5:cpu,cpuacct:/docker/1\n9:memory:/docker/1\n0::/system.slice\n",
            {
                "cpu,cpuacct/docker/1/cpu.cfs_quota_us": "300000\n",
                "cpu,cpuacct/docker/1/cpu.cfs_period_us": "100000\n",
                "memory/docker/1/memory.limit_in_bytes": f"{2 * GIB}\n",
                "memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            3,
            2 * GIB,
        ),
        (  # version 1, as a container sees it
            "3:cpuacct,cpu:/docker/1\n4:memory:/docker/1\n",
            {
                "cpu/cpu.cfs_quota_us": "200000\n",
                "cpu/cpu.cfs_period_us": "100000\n",
                "memory/memory.limit_in_bytes": f"{GIB}\n",
            },
            2,
            GIB,
        ),
        ("3:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 16, 64 * GIB),
    ],
)
def test_quotas_count(tmp_path: Path, cgroup: str, files: dict[str, str], cpus: int, memory: int) -> None:
    root = groups(tmp_path, cgroup, files)
    assert (usable_cpus(root), usable_memory(root)) == (cpus, memory)


def test_pinned_cpus_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5}, raising=False)
    assert usable_cpus(groups(tmp_path, "0::/\n", {"cpu.max": "400000 100000\n"})) == 2
    assert usable_cpus(groups(tmp_path, "0::/\n", {"cpu.max": "100000 100000\n"})) == 1


@pytest.mark.parametrize(
    ("cpus", "memory", "workers", "max_memory"),
    [
        (64, 64 * GIB, 8, 8 * 10**9),
        (4, 64 * GIB, 4, 8 * 10**9),
        (8, GIB, 2, GIB),
        (8, 2**28, 1, 2**28),
        (8, None, 8, 8 * 10**9),
    ],
)
def test_defaults_fit_what_there_is(
    monkeypatch: pytest.MonkeyPatch, cpus: int, memory: int | None, workers: int, max_memory: int
) -> None:
    monkeypatch.setattr("emergescope.settings.usable_cpus", lambda: cpus)
    monkeypatch.setattr("emergescope.settings.usable_memory", lambda: memory)
    settings = Settings.load()
    assert (settings.workers, settings.max_memory) == (workers, max_memory)
    assert Settings.load(workers=40).workers == 40  # whoever asks for more gets it
