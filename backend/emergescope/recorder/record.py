"""`record`: begins the film of a training loop."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Literal

from emergescope.archive.directory import RunDirectory
from emergescope.config.ids import new_id
from emergescope.errors import InvalidConfig
from emergescope.recorder import endings
from emergescope.recorder.asked import SNAPSHOTS, asked
from emergescope.recorder.copies import Shot
from emergescope.recorder.endings import End, warn
from emergescope.recorder.recorder import Recorder, Told, silent
from emergescope.recorder.schedule import Schedule
from emergescope.recorder.waiting import Waiting
from emergescope.recording.display import Display, Metric
from emergescope.recording.events import Happened
from emergescope.settings import Place

if TYPE_CHECKING:
    from emergescope.recorder.keeping import Keeper
    from emergescope.recorder.sending import Sending

_BEHIND = 2**28  # bytes of copies that wait for the camera


def record(
    name: str,
    *,
    directions: Any = None,
    relevant: Iterable[int | str] | None = None,
    names: Sequence[str] | None = None,
    data: tuple[Any, Any] | None = None,
    picture: Sequence[int] | None = None,
    every: int | None = None,
    log_spaced: int | None = None,
    total_steps: int | None = None,
    metrics: Mapping[str, Metric | Mapping[str, Any] | str] | Iterable[str] = (),
    settings: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
    display: Display | Mapping[str, Any] | None = None,
    directory: str | Path | None = None,
    url: str | None = None,
    token: str | None = None,
    resume: bool = False,
    strict: bool = False,
    when_behind: Literal["wait", "drop"] = "wait",
    max_neurons: int = 2000,
    max_directions: int = 512,
    max_pictures: int = 256,
    max_waiting: int = _BEHIND,
    seed: int = 0,
) -> Recorder:
    """Begin to record a training loop: `with record("my run", directions=M) as rec: ... rec.snapshot(step, model.fc1)`.

    What neurons are compared with:
    directions   [inputs, directions], a column each; or a row each, pictures, or a layer; or a dictionary of them, by
                 the name of the layer. Without any: see `data`, else the principal directions of the first weights;
                 "last": those of the last ones, so that all frames are made once the loop is over
    relevant     which of them matter, as columns or names: their sum is the signal, the others are background
    names        of the directions
    data         (inputs, labels): the means of the classes are the directions
    picture      (height, width), of weights that are pictures; with colours (height, width, 3) or (3, height, width)

    When to look, decided before any work; all steps where neither is said:
    every        so many steps
    log_spaced   so many frames for each power of ten
    total_steps  how many there will be; the last one is always in

    metrics      how metrics are shown, or that there will be some which the first snapshot lacks: names, or by name a
                 title, the fields of a Metric, or one
    settings     hyperparameters worth telling
    display      one of your own (docs/display.md), in place of the one that follows from what is recorded
    directory    where to keep it; else a new directory in DATA/recordings, EMERGESCOPE_DATA being ./data by default
    url, token   of a server to send it to, EMERGESCOPE_URL and EMERGESCOPE_TOKEN by default
    resume       go on with the recording in `directory`, or the last one of this name that did not end
    strict       raise what would otherwise be a warning
    when_behind  what becomes of snapshots that come faster than the camera looks: they wait, or are dropped
    max_waiting  bytes of copies that may wait for it
    max_neurons, max_directions, max_pictures  are shown, chosen by the `seed` where there are more

    Raises InvalidConfig for what cannot be; once the loop runs, nothing is raised any more.
    """
    schedule = Schedule(every, log_spaced, total_steps)
    wanted = asked(
        directions, relevant, names, data, picture, metrics, display, max_neurons, max_directions, max_pictures,
        seed, settings or {}, total_steps or 0,
    )  # fmt: skip
    if when_behind not in ("wait", "drop"):
        raise InvalidConfig.at("/when_behind", f'when_behind is {when_behind!r}: say "wait" or "drop"')
    if not endings.is_first_rank():
        return silent(name)
    for other in endings.earlier(name):
        other.end(End(None) if resume else End("cancelled", "a recording of the same name was begun"))
        warn(f"recording {name!r}: the earlier one of this name was still open, and has been ended")
    # Loads torch: here, since at the end of a short program it would be too late.
    keep: type[Keeper] = resolve_name("emergescope.recorder.keeping:Keeper")
    url = url or os.environ.get("EMERGESCOPE_URL") or None
    path, begun = _place(name, directory, resume, sent=url is not None)
    if begun is None:
        head = keep.head_of(path.name[-12:] if directory is None else new_id(), name, wanted, tuple(tags))
    else:
        head = begun.head
    told = Told(name, strict)
    sending = None
    if url is not None:
        token = token or os.environ.get("EMERGESCOPE_TOKEN") or None
        kind: type[Sending] = resolve_name("emergescope.recorder.sending:Sending")  # others do without httpx
        sending = kind(url, token, path, told, keep=directory is not None)
    waiting = Waiting[Shot | Happened](max_waiting, drop=when_behind == "drop")
    keeper = keep(wanted, head, path, begun, waiting, told.wrong, sending)
    raw = frozenset() if wanted.display is None else frozenset(wanted.display.tensors)
    held = keeper.steps_held
    if held and not resume:
        raise InvalidConfig(f"{path}{SNAPSHOTS} has snapshots of an earlier recording: go on with it by resume=True")
    after = begun.last_step if begun is not None and begun.last_step is not None else max(held, default=-1)
    return Recorder(name, head.id, path, schedule, after, raw, told, waiting, keeper, sending, strict)


def _place(name: str, directory: str | Path | None, resume: bool, *, sent: bool) -> tuple[Path, RunDirectory | None]:
    """Where it is kept, and what is there of it already."""
    if directory is not None:
        path = Path(directory).absolute()
        there = resume and path.is_dir() and any(path.iterdir())
        if not resume and path.is_dir() and any(path.iterdir()):
            raise InvalidConfig(f"{path} is not an empty directory: choose another, or go on with resume=True")
        return path, _going_on(path) if there else None
    # What is on its way to a server is not looked at by one that shows this directory.
    parent = Place.load().data.absolute() / ("sending" if sent else "recordings")
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "run"
    if resume:
        pattern = re.compile(re.escape(slug) + f"-[a-z2-9]{{12}}({re.escape(SNAPSHOTS)})?")
        found = [path for path in (parent.iterdir() if parent.is_dir() else ()) if pattern.fullmatch(path.name)]
        for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True):
            if path.name.endswith(SNAPSHOTS):
                return path.with_name(path.name.removesuffix(SNAPSHOTS)), None
            begun = RunDirectory.open(path)
            if not begun.over:
                return path, begun
    return parent / f"{slug}-{new_id()}", None


def _going_on(path: Path) -> RunDirectory:
    begun = RunDirectory.open(path)
    if begun.over:
        raise InvalidConfig(
            f"{path}: this recording has ended, and nothing recorded is changed: choose another directory"
        )
    return begun
