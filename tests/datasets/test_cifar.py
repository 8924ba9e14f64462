"""CIFAR-10: batches as Python 2 and 3 write them are read; a pickle that is anything else is refused and never run."""

import os
import pickle
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergescope.datasets import cifar, load
from emergescope.datasets.cifar import read_pickle
from emergescope.errors import DataBroken
from tests.data_sets import Bytes, batch, memory_below, pictures, write_cifar

ROWS, LABELS = pictures(3, (3072,), 5)


@pytest.fixture
def batches(tmp_path: Path) -> Path:
    write_cifar(tmp_path)
    return tmp_path / "cifar-10-batches-py"


def test_batches_are_read_as_they_were_written(tmp_path: Path) -> None:
    written = write_cifar(tmp_path)
    data = load("cifar10", tmp_path)
    assert (data.train.pixels.shape, data.test.pixels.shape) == ((20, 32, 32, 3), (4, 32, 32, 3))
    assert (data.classes[0], data.classes[9]) == ("airplane", "truck")
    read = np.concatenate([data.train.pixels, data.test.pixels])
    labels = [*data.train.labels, *data.test.labels]
    rows = np.concatenate([rows for rows, _ in written.values()])
    assert labels == [label for _, of_batch in written.values() for label in of_batch]
    for image, row in zip(read, rows, strict=True):
        for colour in range(3):  # each colour is a plane of 1,024 bytes, row by row
            np.testing.assert_array_equal(image[:, :, colour].ravel(), row[colour * 1024 : (colour + 1) * 1024])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_pickle_writes_is_what_is_read(protocol: int) -> None:
    for rows in (ROWS, np.asfortranarray(ROWS)):
        found = read_pickle(pickle.dumps({"data": rows, "labels": LABELS.tolist(), "more": None}, protocol))
        np.testing.assert_array_equal(found["data"], ROWS)
        assert (found["labels"], found["more"]) == (LABELS.tolist(), None)
    # And the batch that is written by hand here is one that pickle reads alike.
    known = pickle.loads(batch(ROWS, LABELS.tolist()), encoding="bytes")
    np.testing.assert_array_equal(known[b"data"], ROWS)
    assert known[b"labels"] == LABELS.tolist()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["<i8", ">i4", "u1", "<u2", "i1"])
def test_labels_may_be_numpys(batches: Path, protocol: int, kind: str) -> None:
    """As people have them who have saved the batches again."""
    labels = np.array([3, 0, 9]).astype(kind)
    for saved in (labels, list(labels)):
        content = pickle.dumps({"data": ROWS.copy(), "labels": saved, b"filenames": ["a", "b", "c"]}, protocol)
        (batches / "test_batch").write_bytes(content)
        test = load("cifar10", batches.parent).test
        assert test.labels.tolist() == [3, 0, 9]
        np.testing.assert_array_equal(test.pixels.transpose(0, 3, 1, 2).reshape(3, -1), ROWS)


def test_an_array_of_another_size_than_its_bytes_is_refused(batches: Path) -> None:
    content = pickle.dumps({"data": ROWS, "labels": [1, 2, 3]}, 5)
    assert content.count(b"K\x03M\x00\x0c\x86") == 1
    _refused(
        batches, content.replace(b"K\x03M\x00\x0c\x86", b"K\xffM\x00\x0c\x86"), "claims 783,360 bytes and has 9,216"
    )


def _refused(batches: Path, content: bytes, words: str, most: int = 2**20) -> None:
    (batches / "data_batch_2").write_bytes(content)
    with memory_below(most), pytest.raises(DataBroken) as caught:
        load("cifar10", batches.parent)
    assert caught.value.detail.startswith("cifar-10-batches-py/data_batch_2 cannot be used: ")
    assert words in caught.value.detail


class _Calls:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_that_runs_code_is_refused_and_nothing_is_run(batches: Path, protocol: int) -> None:
    sentinel = batches / "sentinel"
    for made in (_Calls(os.mkdir, str(sentinel)), _Calls(exec, f"import os; os.mkdir({str(sentinel)!r})")):
        content = pickle.dumps({"labels": made, "data": ROWS}, protocol)
        pickle.loads(content)
        assert sentinel.exists(), "the sentinel does not work"
        sentinel.rmdir()
        _refused(batches, content, "nothing of it was run" if protocol else "no pickle of plain values")
        assert not sentinel.exists()


def test_a_call_of_what_batches_name_is_not_made_for_other_arguments(batches: Path) -> None:
    for made in (
        _Calls(np.dtype, "O"),
        _Calls(np.ndarray, (10**6,)),
        _Calls(pickle.loads, b"N."),
    ):
        _refused(batches, pickle.dumps({"data": made, "labels": []}, 2), "it ")
    unknown = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nJ\xff\xff\xff\x7f\x85U\x01b\x87R."
    _refused(batches, unknown, "something else than arrays of whole numbers")


def _doubling(levels: int) -> bytes:
    """A dictionary whose key is a tuple of a tuple of ..., each twice the one before: to hash it takes for ever."""
    return b"\x80\x02}(K\x01t" + b"q\x01h\x01\x86" * levels + b"K\x01s."


def _encoded_often(text: bytes, times: int) -> bytes:
    """A list of the same bytes, made anew each time."""
    kept = b"c_codecs\nencode\nq\x00X" + struct.pack("<I", len(text)) + text + b"q\x01X\x06\x00\x00\x00latin1q\x02"
    return b"\x80\x02" + kept + b"\x87](" + b"h\x00h\x01h\x02\x86R" * times + b"e."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "opcode missing"),
        (b"PK\x03\x04" + bytes(100), "no pickle of plain values"),
        (batch(ROWS, LABELS.tolist())[:-1], "cannot be used"),
        (batch(ROWS, LABELS.tolist())[:5000], "cannot be used"),
        (batch(ROWS, LABELS.tolist()) + b"\0", "goes on behind its end"),
        (batch(ROWS, LABELS.tolist(), shape=(10**6, 3072)), "claims 3,072,000,000 bytes and has 9,216"),
        (batch(ROWS[:, :1000], LABELS.tolist()), "not rows of 3,072 bytes"),
        (batch(ROWS, [0, 1, 10]), "not a list of numbers from 0 to 9"),
        (batch(ROWS, [0, 1]), "2 labels, but cifar-10-batches-py/data_batch_2 has 3 images"),
        (batch(ROWS[:0], []), "has no images"),
        (pickle.dumps([1, 2], 2), "does not hold a dictionary"),
        (pickle.dumps({"labels": [1]}, 2), "not rows"),
        (
            pickle.dumps({"data": ROWS.astype(np.int64), "labels": [1, 2, 3]}, 2),
            "its data are int64 and not bytes: save them as uint8",
        ),
        (
            pickle.dumps({"data": ROWS, "labels": np.array([1.0, 2, 3])}, 5),
            "something else than arrays of whole numbers; if it is your own, save it again with pickle's",
        ),
        (
            pickle.dumps({"data": ROWS, "labels": [1, 2, 3]}, 0),
            "if it is your own, save it again with pickle's protocol 4",
        ),
        (pickle.dumps({"data": ROWS, "labels": np.array([1, 2, 10])}, 4), "not a list of numbers from 0 to 9"),
        (pickle.dumps({"data": ROWS, "labels": np.array([[1], [2], [3]])}, 4), "not a list of numbers"),
        (pickle.dumps({"data": ROWS, "labels": [True, False, True]}, 2), "not a list of numbers"),
        (pickle.dumps({(1, 2): 3}, 2), "keys are not text"),
        (b"\x80\x02}r\xff\xff\xff\x7f.", "not rows"),  # a memory of 2^31 places, were it an array
        (b"\x80\x05\x96\xff\xff\xff\xff\xff\x00\x00\x00.", "cannot be used"),  # a bytearray of 10^12
        (b"\x80\x02}h\x07.", "not a sound pickle"),
        (b"\x80\x02s.", "not a sound pickle"),
        (b"\x80\x02t.", "not a sound pickle"),
        (_doubling(60), "keys are not text"),
        (_encoded_often(b"a" * 1000, 200), "larger in memory"),
    ],
)
def test_what_is_no_batch_is_refused(batches: Path, content: bytes, words: str) -> None:
    _refused(batches, content, words)


def test_more_opcodes_than_a_batch_can_have_are_refused(batches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cifar._MOST == 1_000_000, "a batch has 40,000"
    monkeypatch.setattr(cifar, "_MOST", 10_000)
    _refused(batches, b"\x80\x02](" + b"N" * 11_000 + b"e.", "more than 10,000 opcodes")


def test_a_batch_that_is_too_large_is_not_read(batches: Path) -> None:
    with open(batches / "data_batch_1", "wb") as file:
        file.truncate(10**9)
    with memory_below(2**20), pytest.raises(DataBroken, match="has 1,000,000,000 bytes, and a batch"):
        load("cifar10", batches.parent)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_spoilt_batch_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    written = {"data": ROWS[:1, :4], "labels": np.array([3])}
    content = bytearray(data.draw(st.sampled_from((batch(ROWS[:1, :4], [3]), pickle.dumps(written, 5)))))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ValueError):
        read_pickle(bytes(content))


def test_the_beginning_of_an_original_batch_is_read() -> None:
    """As Python 2 wrote data_batch_1, with two of its labels."""
    head = b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05(K\x06K\teu."
    assert read_pickle(head) == {"batch_label": b"training batch 1 of 5", "labels": [6, 9]}


def _as_python_2_wrote_it(rows: Bytes, labels: list[int]) -> bytes:
    """All of a batch as cPickle of Python 2 wrote it with protocol 2: all but numbers gets a place of its own in the
    memory, long lists come in thousands, and a list of one is appended.
    """
    kept = iter(range(1, 10**6))

    def keep(code: bytes) -> bytes:
        place = next(kept)
        return code + (b"q" + bytes([place]) if place < 256 else b"r" + struct.pack("<I", place))

    def text(words: bytes) -> bytes:
        return keep(b"U" + bytes([len(words)]) + words)

    def number(n: int) -> bytes:
        return (
            b"K" + bytes([n]) if n < 256 else b"M" + struct.pack("<H", n) if n < 65536 else b"J" + struct.pack("<i", n)
        )

    def listed(items: list[bytes]) -> bytes:
        parts = [items[start : start + 1000] for start in range(0, len(items), 1000)]
        return b"".join(b"(" + b"".join(part) + b"e" if len(part) > 1 else part[0] + b"a" for part in parts)

    content = b"\x80\x02" + keep(b"}") + b"("
    content += text(b"batch_label") + text(b"training batch 1 of 5")
    content += text(b"labels") + keep(b"]") + listed(list(map(number, labels)))
    content += text(b"data") + keep(b"cnumpy.core.multiarray\n_reconstruct\n") + keep(b"cnumpy\nndarray\n")
    content += keep(b"K\x00\x85") + text(b"b") + keep(b"\x87") + keep(b"R")
    content += b"(K\x01" + keep(number(rows.shape[0]) + number(rows.shape[1]) + b"\x86")
    content += keep(b"cnumpy\ndtype\n") + text(b"u1") + keep(b"K\x00K\x01\x87") + keep(b"R")
    content += b"(K\x03" + text(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00" + keep(b"t") + b"b\x89"
    content += keep(b"T" + struct.pack("<i", rows.size) + rows.tobytes()) + keep(b"t") + b"b"
    content += (
        text(b"filenames") + keep(b"]") + listed([text(f"image_s_{n:06}.png".encode()) for n in range(len(rows))])
    )
    return content + b"u."


@pytest.mark.parametrize("count", [1, 1001, 10_000])
def test_a_whole_original_batch_is_read(batches: Path, count: int) -> None:
    rows, labels = pictures(count, (3072,), 9)
    content = _as_python_2_wrote_it(rows, labels.tolist())
    known = pickle.loads(content, encoding="bytes")
    np.testing.assert_array_equal(known[b"data"], rows)
    assert (len(known[b"filenames"]), known[b"labels"]) == (count, labels.tolist())
    (batches / "data_batch_1").write_bytes(content)
    train = load("cifar10", batches.parent).train
    np.testing.assert_array_equal(train.pixels[:count].transpose(0, 3, 1, 2).reshape(count, -1), rows)
    np.testing.assert_array_equal(train.labels[:count], labels)
