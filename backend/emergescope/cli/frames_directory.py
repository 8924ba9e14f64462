"""The directory that `emergescope run --out` leaves frames in: those of one run, and each file whole."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from emergescope.config.run import RunConfig
from emergescope.errors import EmergescopeError, InvalidConfig

_SUMMARY = "run.json"  # there once the run has ended
_UNFINISHED = "unfinished.json"  # there until then: what run it is
_PART = re.compile(r"\..*\.part")
_FRAME = re.compile(r"\d{6,}\.safetensors")


class FramesDirectory:
    """A directory for the frames of a run, made if need be. `left` are how many an earlier attempt has left in it.

    Raises InvalidConfig where there is anything in it but the beginning of the same run.
    """

    def __init__(self, path: Path, config: RunConfig, threads: int) -> None:
        self.path = path
        self._run = {"threads": threads, "config": config.model_dump(mode="json")}
        try:
            self.left = self._look()
            path.mkdir(parents=True, exist_ok=True)
            for file in path.iterdir():
                if _PART.fullmatch(file.name):
                    file.unlink()
        except OSError as error:
            raise InvalidConfig(f"--out {path} cannot be used ({error.strerror}): choose another") from None
        self._write(_UNFINISHED, (json.dumps(self._run, indent=2) + "\n").encode())

    def add(self, seq: int, frame: bytes) -> None:
        """Keep a frame; of an earlier attempt, the same frame gives way to it."""
        self._write(f"{seq:06d}.safetensors", frame)

    def finish(self, frames: int, summary: dict[str, Any]) -> None:
        """Keep the summary of the run, which has ended and has that many frames."""
        for file in self.frames():
            if int(file.stem) >= frames:
                file.unlink()  # an earlier attempt, by another version of the program
        self._write(_SUMMARY, (json.dumps(summary, indent=2) + "\n").encode())
        (self.path / _UNFINISHED).unlink(missing_ok=True)

    def frames(self) -> list[Path]:
        """Those that lie in it, in no order."""
        return [file for file in self.path.iterdir() if _FRAME.fullmatch(file.name)]

    def _look(self) -> int:
        if not self.path.exists():
            return 0
        if not self.path.is_dir():
            self._refuse("it is a file: choose another")
        names = {file.name for file in self.path.iterdir()}
        frames = len(self.frames())
        if any(not (_FRAME.fullmatch(n) or _PART.fullmatch(n) or n in (_SUMMARY, _UNFINISHED)) for n in names):
            self._refuse("choose another")
        if _SUMMARY in names:
            self._refuse("it has a run that has ended: choose another, nothing recorded is overwritten")
        if frames and _UNFINISHED not in names:
            self._refuse(f"it has frames ({frames}) of a run that is not known: choose another, or remove them first")
        if frames and (other := list(_differences(self._begun(), self._run))):
            named = ", ".join(other[:3]) + (", …" if len(other) > 3 else "")
            run = f"a run with another {named}"
            self._refuse(f"it has frames ({frames}) of {run}: choose another, or remove them first")
        return frames

    def _begun(self) -> Any:
        try:
            return json.loads((self.path / _UNFINISHED).read_text("utf-8"))
        except ValueError:
            self._refuse(f"its {_UNFINISHED} cannot be read: choose another, or remove it first")

    def _refuse(self, why: str) -> NoReturn:
        raise InvalidConfig(f"--out {self.path} is not an empty directory, {why}")

    def _write(self, name: str, content: bytes) -> None:
        part = self.path / f".{name}.{os.getpid()}.part"
        try:
            with open(part, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path / name)
        except OSError as error:
            told = f"cannot be written ({error.strerror}): see to that, and give the same command again"
            raise EmergescopeError(f"{self.path / name} {told}") from None
        finally:  # also at Ctrl-C
            part.unlink(missing_ok=True)


def _differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of what differs in plain data, without the name of the configuration as a whole."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            below = name if path in ("", "config") else f"{path}.{name}"
            yield from _differences(one.get(name), other.get(name), below)
    elif one != other:
        yield path
