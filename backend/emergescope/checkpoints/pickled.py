"""PyTorch's files, read with `weights_only`: of the pickle in one only tensors and plain values are made."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from emergescope.checkpoints.arrays import UNREADABLE_ZIP
from emergescope.checkpoints.shapes import Weights, steps_said
from emergescope.errors import WeightsError

_WRAPPERS: Final = ("state_dict", "model_state_dict", "model")
_DEEPEST = 4  # wrappers in wrappers
_LARGEST_PICKLE = 10**8  # bytes, of names and the like
_LARGEST_OLD = 4 * 10**9  # bytes of a file that can only be read whole
_NOT_RUN = "to read it could run code, and none of it was run: save model.state_dict() alone"


@contextmanager
def open_pickled(path: Path) -> Iterator[Weights]:
    """The state dict of a checkpoint, also one within others. Raises WeightsError."""
    sums = _checksums(path)
    content = _load(path, mapped=sums is not None)
    tensors, said = _state_dict(content)

    def read(name: str) -> Tensor:
        tensor = tensors[name].detach()
        if tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_quantized:
            raise WeightsError(f"{name!r} is no plain tensor: save it dense, and not on the meta device")
        if sums is not None:
            _verify(tensor, name, sums)
        return tensor

    yield Weights({name: tuple(tensor.shape) for name, tensor in tensors.items()}, said, read)


def _checksums(path: Path) -> dict[int, set[int]] | None:
    """CRCs of what a file has in it, by its length; None for a file of the old format."""
    if not zipfile.is_zipfile(path):
        with open(path, "rb") as file:
            if file.read(4) == b"PK\x03\x04":
                raise WeightsError("it is cut short, or damaged: the list of its parts is missing")
        if (size := path.stat().st_size) > _LARGEST_OLD:
            raise WeightsError(f"it has {size:,} bytes in PyTorch's old format: save it anew, or as safetensors")
        return None
    found: dict[int, set[int]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except UNREADABLE_ZIP as error:
        raise WeightsError(f"it is damaged: {str(error)[:200]}") from None
    for member in members:
        # Parts are mapped into memory as they lie there, and PyTorch does not look whether they are compressed.
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
            raise WeightsError(f"{member.filename[:100]!r} in it is compressed, which PyTorch never does")
        if member.filename.endswith("data.pkl") and member.file_size > _LARGEST_PICKLE:
            raise WeightsError(f"{member.filename[:100]!r} in it has {member.file_size:,} bytes of what are no weights")
        found.setdefault(member.file_size, set()).add(member.CRC)
    return found


def _load(path: Path, *, mapped: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a hostile pickle makes its reader raise anything
        forbidden = re.search(r"\bGLOBAL ([\w.]+)", str(error))
        if forbidden is not None:
            raise WeightsError(f"it holds {forbidden[1][:100]}, which is no weight; {_NOT_RUN}") from None
        reason = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        raise WeightsError(f"PyTorch reads no weights from it ({type(error).__name__}: {reason})") from None


def _state_dict(content: Any) -> tuple[dict[str, Tensor], dict[str, int]]:
    """Tensors by their names, and what is said of the step on the way to them."""
    if isinstance(content, Tensor):
        return {"": content}, {}
    said: dict[str, int] = {}
    for _ in range(_DEEPEST):
        if not isinstance(content, Mapping):
            raise WeightsError(f"it holds a {type(content).__name__}: save model.state_dict()")
        said = steps_said(content) | said
        inner = next((content[key] for key in _WRAPPERS if isinstance(content.get(key), Mapping)), None)
        if inner is None:
            break
        content = inner
    return {str(name): one for name, one in content.items() if isinstance(one, Tensor)}, said


def _verify(tensor: Tensor, name: str, sums: Mapping[int, set[int]]) -> None:
    """Raises WeightsError where the bytes behind a tensor are not those of a part of the file."""
    storage = tensor.untyped_storage()
    there = sums.get(storage.nbytes(), set())
    if 0 in there:  # checksums can be switched off
        return
    whole = torch.empty(0, dtype=torch.uint8).set_(storage)
    if zlib.crc32(whole.numpy().data) not in there:
        raise WeightsError(f"{name!r} is damaged: its checksum is another one than the file says")
