"""Loops that end in all manners, each a program of its own: python -m tests.recorder.loops NAME DIRECTORY."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from emergescope.recorder import Recorder, record

STEPS = 5


def _snapshots(rec: Recorder, count: int = STEPS, first: int = 0) -> None:
    for step in range(first, first + count):
        rec.snapshot(step, np.eye(4) + step, metrics={"loss": 1.0})


def _wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def raises(path: Path) -> None:
    with record("run", directory=path) as rec:
        _snapshots(rec)
        raise ValueError("the loss is strange")


def raises_without_with(path: Path) -> None:
    rec = record("run", directory=path)
    _snapshots(rec)
    raise ValueError("the loss is strange")


def interrupted(path: Path) -> None:
    with record("run", directory=path) as rec:
        _snapshots(rec)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)


def exits(path: Path) -> None:
    with record("run", directory=path) as rec:
        _snapshots(rec)
        sys.exit(3)


def exits_well(path: Path) -> None:
    with record("run", directory=path) as rec:
        _snapshots(rec)
        sys.exit()


def just_ends(path: Path) -> None:
    _snapshots(record("run", directory=path))


def killed(path: Path) -> None:
    rec = record("run", directory=path)
    _snapshots(rec)
    _wait_for(path / f"{STEPS - 1:06d}.safetensors")
    os.kill(os.getpid(), signal.SIGKILL)


def goes_on(path: Path) -> None:
    """After `killed`, from the beginning: what is recorded is passed over."""
    with record("run", directory=path, resume=True, strict=True) as rec:
        _snapshots(rec, 2 * STEPS)


def forks(path: Path) -> None:
    """A fork that takes snapshots, and ends as any program; and the loader's own."""
    import torch  # noqa: PLC0415
    from torch.utils.data import DataLoader  # noqa: PLC0415

    with record("run", directory=path) as rec:
        _snapshots(rec, 2)

        class Data(torch.utils.data.Dataset[int]):
            def __len__(self) -> int:
                return 6

            def __getitem__(self, item: int) -> int:
                rec.snapshot(100 + item, np.eye(4))
                rec.event(100, "x", "from a worker")
                return item

        seen = [int(item) for batch in DataLoader(Data(), num_workers=2, batch_size=1) for item in batch]
        assert seen == [*range(6)]
        if os.fork() == 0:
            rec.snapshot(200, np.eye(4))
            rec.finish()
            sys.exit(0)  # through the end of `with`
        os.wait()
        _snapshots(rec, 3, first=2)


def distributed(path: Path) -> None:
    """One of two processes: RANK says which, MASTER_PORT where they meet."""
    import torch  # noqa: PLC0415

    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    os.environ.pop("RANK")  # the group is asked
    with record("run", directory=path) as rec:
        for step in range(STEPS):
            weights = torch.eye(4) * (rank + 1)
            torch.distributed.all_reduce(weights)
            rec.snapshot(step, weights, metrics={"rank": rank})
    torch.distributed.destroy_process_group()


LOOPS: dict[str, Callable[[Path], None]] = {
    loop.__name__: loop
    for loop in (
        *(raises, raises_without_with, interrupted, exits, exits_well, just_ends, killed, goes_on, forks, distributed),
    )
}

if __name__ == "__main__":
    LOOPS[sys.argv[1]](Path(sys.argv[2]))
