"""Damaged and hostile files: each is refused with a sentence that says where, and nothing of it is brought in."""

import json
import os
import random
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from emergescope.archive.reading import read_run
from emergescope.errors import ArchiveError
from emergescope.recording.codec import INDEX_FORMAT, read_metadata
from emergescope.service.archives import import_here
from tests.archive.films import ID, frame, summed, write_run, zipped

Files = dict[str, bytes]
FRAME = "000002.safetensors"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write_run(tmp_path_factory.mktemp("run") / "whole")


def refuse(content: bytes, tmp_path: Path, words: str) -> None:
    (tmp_path / "run.zip").write_bytes(content)
    with pytest.raises(ArchiveError) as refused:
        import_here(tmp_path / "run.zip", tmp_path / "data")
    assert words in refused.value.detail
    assert len(refused.value.detail) <= ArchiveError.LONGEST
    assert not (tmp_path / "data").exists()


def test_the_run_that_is_spoilt_here_is_sound(files: Files) -> None:
    for content in (files, summed(files)):
        with read_run(BytesIO(zipped(content))) as archive:
            assert (archive.run.id, len(list(archive.frames()))) == (ID, 6)


# What is wrong with the zip itself.


def with_member(files: Mapping[str, bytes], member: zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    target = BytesIO(zipped(files))
    with zipfile.ZipFile(target, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there already
        archive.writestr(member, content)
    return target.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../run.json", "'../run.json' leads out of the file"),
        ("..\\run.json", "leads out of the file"),
        ("/etc/passwd", "'/etc/passwd' leads out of the file"),
        ("C:\\run.json", "leads out of the file"),
        ("a/../../run.json", "leads out of the file"),
        ("run/000006.safetensors", "is in a folder"),
        ("run/", "is in a folder"),
        ("notes.txt", "'notes.txt' is no file of a run"),
        ("1.safetensors", "is no file of a run"),
        ("0000007.safetensors", "is no file of a run"),
        ("٠٠٠٠٠٧.safetensors", "is no file of a run"),
        ("RUN.JSON", "is no file of a run"),
        ("", "is no file of a run"),
        (".000007.safetensors.1.part", "is no file of a run"),
        ("x" * 60_000, "is no file of a run"),
        ("run.json", "run.json is in it twice"),
        (FRAME, f"{FRAME} is in it twice"),
        ("000009.safetensors", "000009.safetensors has no checksum in SHA256SUMS"),
    ],
)
def test_names_that_are_no_runs(files: Files, tmp_path: Path, name: str, words: str) -> None:
    refuse(with_member(files, zipfile.ZipInfo(name)), tmp_path, words)


def test_links(files: Files, tmp_path: Path) -> None:
    others = {name: content for name, content in files.items() if name != "run.json"}
    refuse(with_member(others, link("run.json"), b"/etc/passwd"), tmp_path, "run.json is no plain file, but a link")


def _compressed(files: Files) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, "patterns.safetensors": bytes(10**7)}.items():
            archive.writestr(name, content)
    return target.getvalue()


def _patched(content: bytes, name: str, offset: int, value: bytes) -> bytes:
    """With other bytes in the entry of a file in the list at the end."""
    place = content.rindex(b"PK\1\2", 0, content.rindex(name.encode()))
    return content[: place + offset] + value + content[place + offset + len(value) :]


def _overlapping(files: Files) -> bytes:
    """Each frame lies where the first one does."""
    content = zipped({**files, FRAME: bytes(10**5)})
    for seq in (3, 4, 5):
        content = _patched(content, f"00000{seq}.safetensors", 20, struct.pack("<II", 10**5, 10**5))
    return content


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda files: b"", "this is no zip that can be read"),
        (lambda files: b"holiday notes" * 100, "this is no zip that can be read"),
        (lambda files: zipped(files)[:-30], "this is no zip that can be read"),
        (lambda files: zipped(files)[: len(zipped(files)) // 2], "this is no zip that can be read"),
        (_compressed, "is compressed, and the files of a run are stored as they are: use zip -0"),
        (_overlapping, "bytes by their sizes, and all of it has"),
        (
            lambda files: _patched(zipped(files), FRAME, 20, struct.pack("<II", 100, 4 * 10**9)),
            f"{FRAME} is stored, and its two sizes differ",
        ),
        (
            lambda files: _patched(zipped(files), FRAME, 20, struct.pack("<II", 4 * 10**9, 4 * 10**9)),
            f"{FRAME} has 4,000,000,000 bytes, and 256,000,000 are the most that is read",
        ),
        (lambda files: _patched(zipped(files), FRAME, 8, b"\1\0"), f"{FRAME} is encrypted"),
        (lambda files: _patched(zipped(files), FRAME, 10, b"\x63\0"), f"{FRAME} is compressed"),
        (lambda files: _patched(zipped(files), FRAME, 42, struct.pack("<I", 2**31)), f"{FRAME} cannot be read"),
        (lambda files: _patched(zipped(files), FRAME, 16, b"\0\0\0\0"), f"{FRAME} cannot be read: Bad CRC-32"),
    ],
)  # fmt: skip
def test_zips_that_lie(files: Files, tmp_path: Path, spoil: Callable[[Files], bytes], words: str) -> None:
    refuse(spoil(files), tmp_path, words)


def test_a_list_of_files_that_would_fill_memory(files: Files, tmp_path: Path) -> None:
    """The end of the zip says that the list takes 3 GB; what would be read of it is not even tried."""
    content = zipped(files)
    end = content.rindex(b"PK\5\6")
    (tmp_path / "run.zip").write_bytes(b"")
    with (tmp_path / "run.zip").open("r+b") as file:
        file.truncate(3 * 10**9)
        file.seek(3 * 10**9)
        file.write(content[end : end + 12] + struct.pack("<II", 3 * 10**9, 0) + content[end + 20 :])
    with pytest.raises(ArchiveError, match="its list of files has 3,000,000,000 bytes"):
        import_here(tmp_path / "run.zip", tmp_path / "data")


@pytest.mark.parametrize("seed", range(4))
def test_a_few_bytes_that_are_others_are_refused_in_a_sentence_if_they_matter(files: Files, seed: int) -> None:
    rng = random.Random(seed)
    whole, names = zipped(files), sorted(files.keys() - {"SHA256SUMS"})
    begin = whole.index(b"PK\1\2")  # of the list of files
    for _ in range(100):
        name = rng.choice(names)
        spoilt = {**files, name: _other_bytes(files[name], rng)}
        for content in (_other_bytes(whole, rng), _other_bytes(whole, rng, begin), zipped(summed(spoilt))):
            with suppress(ArchiveError), read_run(BytesIO(content)) as archive:
                assert [one.seq for one in archive.frames()] == list(range(6))


def _other_bytes(content: bytes, rng: random.Random, begin: int = 0) -> bytes:
    spoilt = bytearray(content)
    for _ in range(rng.choice((1, 1, 4))):
        spoilt[rng.randrange(begin, len(spoilt))] = rng.randrange(256)
    return bytes(spoilt)


# What is wrong with the files in it.


def spoilt(name: str, content: bytes) -> Callable[[Files], Files]:
    return lambda files: {**files, name: content}


def without(*names: str) -> Callable[[Files], Files]:
    return lambda files: {name: content for name, content in files.items() if name not in names}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoilt(FRAME, frame(3).blob), f"{FRAME} is damaged: its checksum is another one than SHA256SUMS says"),
        (spoilt("run.json", b"{}"), "run.json is damaged: its checksum"),
        (without(FRAME), f"'{FRAME}' is missing: SHA256SUMS has its checksum"),
        (without("events.jsonl"), "'events.jsonl' is missing"),
        (without("SHA256SUMS"), "SHA256SUMS is missing (it is written when a run is over)"),
        (without("run.json"), "run.json is missing"),
        (without("index.safetensors"), "index.safetensors is missing"),
        (spoilt("SHA256SUMS", b"0" * 64 + b"  run.json"), "SHA256SUMS is cut short"),
        (spoilt("SHA256SUMS", b"nonsense\n"), "'nonsense' is no checksum of a file"),
        (spoilt("SHA256SUMS", (b"0" * 64 + b"  run.json\n") * 2), "or the second one of it"),
        (spoilt("SHA256SUMS", b"\xff\n"), "SHA256SUMS is no text in UTF-8"),
        (spoilt("SHA256SUMS", b""), "has no checksum in SHA256SUMS"),
    ],
)
def test_checksums(files: Files, tmp_path: Path, spoil: Callable[[Files], Files], words: str) -> None:
    refuse(zipped(spoil(files)), tmp_path, words)


def told(**changes: Any) -> Callable[[Files], bytes]:
    """run.json whose run says something else."""

    def tell(files: Files) -> bytes:
        document = json.loads(files["run.json"])
        document["run"] |= changes
        return json.dumps(document).encode()

    return tell


def replaced(old: str, new: str) -> Callable[[Files], bytes]:
    return lambda files: files["run.json"].replace(old.encode(), new.encode(), 1)


DEEP: Any = []
for _ in range(40):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda files: b"{", "run.json is not JSON in UTF-8"),
        (lambda files: b"\xff\xfe", "run.json is not JSON in UTF-8"),
        (lambda files: b"[]", "run.json: this is not a run of Emergescope"),
        (lambda files: b"[" * 200_000, "run.json: its lists and objects are nested too deeply"),
        (told(facts={"deep": DEEP}), "run.json: its lists and objects are nested too deeply"),
        (replaced('"version": 1', '"version": 2'), "run.json: version 2 is not readable here: this reads 1"),
        (replaced("emergescope.run", "emergescope.film"), "its format is not 'emergescope.run'"),
        (replaced('"seconds": 1.25', '"seconds": NaN'), "run.json: NaN is no number of JSON"),
        (replaced('"seconds": 1.25', '"seconds": 1e999'), "run.json"),
        (told(seconds="1.25"), "run.json: /run/seconds: Input should be a valid number"),
        (told(total_steps=True), "run.json: /run/total_steps: "),
        (told(total_steps=2**31), "run.json: /run/total_steps: "),
        (told(step=-1), "run.json: /run/step: "),
        (told(step=39), "run.json: it ends at step 39, and its last frame is of step 40"),
        (told(id="../../etc"), "run.json: /run/id: it is not the id of a run"),
        (told(id="abcdefghijk\n"), "run.json: /run/id: "),
        (told(id="ABCDEFGHIJKM"), "run.json: /run/id: "),
        (told(name=""), "run.json: /run/name: "),
        (told(name="a\x1b[2Jb"), "run.json: /run/name: leave out control characters"),
        (told(name="\u202egnp"), "run.json: /run/name: leave out control characters"),
        (told(notes="\0"), "run.json has characters that are no text"),
        (told(notes="\ud800"), "run.json has characters that are no text"),
        (told(tags=["x" * 61]), "run.json: /run/tags/0: "),
        (told(tags=["x"] * 21), "run.json: /run/tags: "),
        (told(status="queued"), "run.json: /run/status: "),
        (told(status="running"), "run.json: this run is not over"),
        (told(created_at="yesterday"), "run.json: /run/created_at: "),
        (told(created_at="2026-01-01T10:00:00"), "it does not say its time zone"),
        (told(metrics={"loss": "low"}), "run.json: /run/metrics/loss: "),
        (told(origin={"run": ID}), "run.json: /run/origin: a fork says which run it comes from"),
        (told(config={"study": "nowhere"}), "run.json: its settings cannot be read here: there is no study 'nowhere'"),
        (told(config={"study": "recording", "display": {"summary": 3}}), "its settings cannot be read here: /summary"),
        (told(config={"study": "patterns", "problem": {"k": "many"}}), "its settings cannot be read here: /problem/k"),
        (told(error={"message": 3}), "run.json: error.message: "),
        (told(facts={"provenance": [1]}), "run.json: facts.provenance: "),
        (told(expected=[{"label": "loss"}]), "run.json: expected.0."),
        (told(preset="x" * 101), "run.json: /run/preset: "),
    ],
)  # fmt: skip
def test_run_json(files: Files, tmp_path: Path, spoil: Callable[[Files], bytes], words: str) -> None:
    refuse(zipped(summed({**files, "run.json": spoil(files)})), tmp_path, words)


def header(blob: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """A frame with something else in its header."""
    length = int.from_bytes(blob[:8], "little")
    said = json.loads(blob[8 : 8 + length])
    change(said)
    text = json.dumps(said).encode()
    return len(text).to_bytes(8, "little") + text + blob[8 + length :]


def metadata(**changes: str) -> bytes:
    return header(frame(2).blob, lambda said: said["__metadata__"].update(changes))


@pytest.mark.parametrize(
    ("blob", "words"),
    [
        (b"", "cut short"),
        (frame(2).blob[:100], "cut short"),
        (frame(2).blob[:-1], "not the bytes of a safetensors file"),
        ((2**40).to_bytes(8, "little") + frame(2).blob[8:], "its header is longer than 4,000,000 bytes"),
        (frame(2, "other2222222").blob, f"a frame of another run, 'other2222222', and not of '{ID}'"),
        (frame(3).blob, "says that it is frame 3, of step 24, and the index that it is frame 2, of step 16"),
        (frame(2, step=8).blob, "says that it is frame 2, of step 8, and the index that it is frame 2, of step 16"),
        (metadata(metrics='{"loss": NaN}'), "its metrics are not all finite numbers"),
        (metadata(metrics='{"profit": 1}'), "does not declare the metric 'profit'"),
        (header(frame(2).blob, lambda said: said.update(b=said.pop("a"))), "does not declare the tensor 'b'"),
        (header(frame(2).blob, lambda said: said["a"].update(dtype="I32")), "is I32 [4, 2], and its display declares"),
        (header(frame(2).blob, lambda said: said["a"].update(dtype="F64")), "not the bytes of a safetensors file"),
        (header(frame(2).blob, lambda said: said["a"].update(shape=[2, 4])), "is F32 [2, 4], and its display declares"),
        (header(frame(2).blob, lambda said: said["a"].update(shape=[2**40, 4])), "not the bytes of a safetensors file"),
        (header(frame(2).blob, lambda said: said["a"].update(data_offsets=[0, 2**40])), "not the bytes of"),
    ],
)  # fmt: skip
def test_frames(files: Files, tmp_path: Path, blob: bytes, words: str) -> None:
    content = zipped(summed({**files, FRAME: blob}))
    refuse(content, tmp_path, words)
    (tmp_path / "run.zip").unlink()
    refuse(content, tmp_path, f"{FRAME}: ")


def index(files: Files, columns: Mapping[str, Any], **said: str) -> bytes:
    blob = files["index.safetensors"]
    return save({**load(blob), **columns}, {**read_metadata(blob, INDEX_FORMAT), **said})


I4, U1 = np.dtype("<i4"), np.dtype("u1")


@pytest.mark.parametrize(
    ("columns", "said", "words"),
    [
        ({"seq": np.array([0, 1, 2, 4, 5, 6], I4)}, {}, "frame 4 stands where 3 is due"),
        ({"step": np.array([0, 8, 8, 24, 32, 40], I4)}, {}, "frame 2 is of step 8, and the one before of step 8"),
        ({"step": np.array([0, 8, 7, 24, 32, 40], I4)}, {}, "frame 2 is of step 7, and the one before of step 8"),
        ({"step": np.array([-1, 8, 16, 24, 32, 40], I4)}, {}, "frame 0 is of step -1"),
        ({"step": np.arange(5, dtype=I4)}, {}, "'step' of the index is int32 [5]"),
        ({"there": np.array([1, 1, 0, 1, 1, 1], U1)}, {}, f"{FRAME} is there, and the index says that it is not"),
        ({"stage": np.full(6, 9, np.uint16)}, {}, "the index cannot be read"),
        ({}, {"run": "other2222222"}, "this is the index of another run, 'other2222222'"),
        ({}, {"format": "emergescope.frame"}, "index.safetensors: "),
    ],
)
def test_the_index(files: Files, tmp_path: Path, columns: Any, said: dict[str, str], words: str) -> None:
    refuse(zipped(summed({**files, "index.safetensors": index(files, columns, **said)})), tmp_path, words)


def test_frames_that_the_index_does_not_know(files: Files, tmp_path: Path) -> None:
    more = {**files, "000006.safetensors": frame(6).blob}
    refuse(zipped(summed(more)), tmp_path, "000006.safetensors is there, and the index says that it is not")
    less = {name: content for name, content in files.items() if name != FRAME}
    refuse(zipped(summed(less)), tmp_path, f"{FRAME} is missing: the index says that it is there")


def test_the_index_of_frames_that_were_thinned_out(files: Files, tmp_path: Path) -> None:
    less = {name: content for name, content in files.items() if name != FRAME}
    there = {"there": np.array([1, 1, 0, 1, 1, 1], U1)}
    with read_run(BytesIO(zipped(summed({**less, "index.safetensors": index(files, there)})))) as archive:
        assert [row.there for row in archive.rows] == [True, True, False, True, True, True]
    other = {**there, "metrics.profit": np.ones(6)}
    spoilt = zipped(summed({**less, "index.safetensors": index(files, other)}))
    refuse(spoilt, tmp_path, "index.safetensors: its display does not declare the metric 'profit'")
    stages = json.dumps(["a\nb", "on"])
    spoilt = zipped(
        summed({**less, "index.safetensors": index(files, {**there, "stage": np.zeros(6, "u2")}, stages=stages)})
    )
    refuse(spoilt, tmp_path, "index.safetensors: its phase is no name")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}", "events.jsonl is cut short: its last line has no end"),
        (b"{\n", "events.jsonl, line 1 is not JSON"),
        (b'{"step": 1, "kind": "a", "text": "b"}\n\n', "events.jsonl, line 2 is not JSON"),
        (b"[]\n", "events.jsonl, line 1: "),
        (b'{"step": "1", "kind": "a", "text": "b"}\n', "events.jsonl, line 1: /step: "),
        (b'{"step": 1, "kind": "", "text": "b"}\n', "events.jsonl, line 1: /kind: "),
        (b'{"step": 1, "kind": "a"}\n', "events.jsonl, line 1: /text: "),
        (b'{"step": 1, "kind": "a", "text": "b", "data": [1]}\n', "events.jsonl, line 1: /data: "),
        (b'{"step": 1, "kind": "a", "text": "b", "data": {"x": Infinity}}\n', "line 1: Infinity is no number"),
        (b'{"step": 1, "kind": "a", "text": "\\u0000"}\n', "events.jsonl, line 1 has characters that are no text"),
        (b"[" * 100_000 + b"\n", "events.jsonl, line 1: its lists and objects are nested too deeply"),
        (b"\xff\n", "events.jsonl is no text in UTF-8"),
    ],
)
def test_events(files: Files, tmp_path: Path, content: bytes, words: str) -> None:
    refuse(zipped(summed({**files, "events.jsonl": content})), tmp_path, words)


def test_patterns(files: Files, tmp_path: Path) -> None:
    spoilt = zipped(summed({**files, "patterns.safetensors": b"\0" * 100}))
    refuse(spoilt, tmp_path, "patterns.safetensors: its tensors cannot be read")


# What is wrong with a directory.


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: (path / "thesis.tex").write_text("mine"), "'thesis.tex' is no file of a run"),
        (lambda path: (path / "000006.safetensors").mkdir(), "000006.safetensors is no plain file"),
        (lambda path: (path / "000006.safetensors").symlink_to("/etc/passwd"), "000006.safetensors is no plain file"),
        (lambda path: os.mkfifo(path / "000006.safetensors"), "000006.safetensors is no plain file"),
        (lambda path: (path / FRAME).write_bytes(b"x"), f"{FRAME} is damaged"),
        (lambda path: (path / "SHA256SUMS").unlink(), "SHA256SUMS is missing (it is written when a run is over)"),
        (lambda path: [file.unlink() for file in path.iterdir()], "run.json is missing"),
        (lambda path: path.rename(path.with_name("elsewhere")), "name a zip or a directory"),
    ],
)
def test_directories(tmp_path: Path, spoil: Callable[[Path], object], words: str) -> None:
    write_run(tmp_path / "run")
    spoil(tmp_path / "run")
    with pytest.raises(ArchiveError) as refused:
        import_here(tmp_path / "run", tmp_path / "data")
    assert words in refused.value.detail
    assert not (tmp_path / "data").exists()
