"""Runs of images, and of teacher and student: interrupted or forked anywhere, frames are as if they had not been."""

from pathlib import Path
from typing import Any

import pytest

from emergescope.catalog.parse import parse_config
from emergescope.config.run import RunConfig
from emergescope.errors import InvalidConfig
from emergescope.jobs.executor import Finished, Job, RunStarted
from emergescope.jobs.worker import execute
from emergescope.recording.events import FrameReady
from emergescope.service.service import Service
from emergescope.store.forking import CheckpointStore
from emergescope.store.store import Store
from tests.data_sets import write_tree
from tests.service.hand import HandExecutor, film, stops_after, submit, undisturbed

CAPTURE = {"frames": 8, "test_samples": 50, "max_patterns": 5, "max_pictures": 3}
TWO_CLASSES = {
    "problem": {"kind": "two_classes"},
    "method": {"m": 3, "sigma_w": 0.003, "sigma_b": 0.001, "sigma_a": 0.05},
    "training": {"phases": [{"name": "features", "steps": 20, "samples": 64, "eta": 0.5, "sigma_xi": 0.1}]},
    "capture": CAPTURE,
}
MOTIF = {
    "problem": {"dictionary": "pictures", "motif": "face", "d": 400, "D": 20, "k": 5},
    "method": {"m": 3},
    "training": {"phases": [{"name": "features", "steps": 20, "samples": 50}]},
    "capture": CAPTURE,
}
MIXTURE: dict[str, Any] = {
    "problem": {"kind": "mixture", "samples": 80},
    "method": {"kind": "two_layer_classifier", "m": 3},
    "training": {"kind": "sgd", "epochs": 3, "batch": 32},
    "capture": CAPTURE,
}  # 9 steps of the teacher, 15 of the student
BALANCED = {**MIXTURE, "problem": {**MIXTURE["problem"], "injected": "natural", "injected_labels": "balanced"}}
RESNET = {**MIXTURE, "method": {"kind": "resnet18", "width": 2, "stem_stride": 2}}


@pytest.mark.parametrize(
    "data",
    [TWO_CLASSES, MOTIF, MIXTURE, BALANCED, RESNET],
    ids=["two classes", "motif", "mixture", "balanced", "ResNet"],
)
def test_a_run_that_is_paused_and_killed_has_the_frames_of_one_that_is_not(
    service: Service, executor: HandExecutor, data: dict[str, Any]
) -> None:
    config = parse_config(data)
    run = submit(service, config)
    for steps in (4, 6, 3):  # of a mixture: in the teacher's stage, at its end, in the student's
        service.pause(run)
        executor.tell(run, *execute(executor.jobs[run], 1, stops_after(steps)))
        assert service.get(run).record.status == "paused"
        service.resume(run)
    before_death = list(execute(executor.jobs[run], 1, stops_after(3)))
    executor.tell(run, *before_death[:-1], Finished("died", 13, "killed"))
    executor.tell(run, *execute(executor.jobs[run], 1))
    view = service.get(run)
    assert (view.record.status, view.record.error) == ("succeeded", None)
    assert film(service, run) == undisturbed(run, config)
    assert view.record.facts is not None
    assert view.record.facts["pictures"]["rows"] == list(range(2 if data is RESNET else 3))


@pytest.mark.parametrize("step", [5, 9, 14])
def test_a_fork_of_a_mixture_goes_on_from_each_stage(service: Service, executor: HandExecutor, step: int) -> None:
    executor.workers = 3
    config = parse_config(MIXTURE)
    parent = submit(service, config)
    messages = list(execute(executor.jobs[parent], 1))
    executor.tell(parent, *messages)
    steps = {m.seq: m.step for m in messages if isinstance(m, FrameReady)}
    same = service.fork(parent, step, {}, None, []).record.id
    executor.tell(same, *execute(executor.jobs[same], 1))
    ours, own = film(service, same), undisturbed(same, config)
    assert {seq for seq in own if ours[seq] != own[seq]} <= {seq for seq in steps if steps[seq] <= step}
    other = service.fork(parent, step, {"training.eta": 0.3, "training.momentum": 0.0}, None, []).record.id
    executor.tell(other, *execute(executor.jobs[other], 1))
    record, ours, theirs = service.get(other).record, film(service, other), film(service, parent)
    assert (record.status, record.error) == ("succeeded", None)
    assert {seq for seq in ours if ours[seq] == theirs[seq]} == {seq for seq in steps if steps[seq] <= step}


def test_what_a_fork_of_images_cannot_change_is_pointed_at(service: Service, executor: HandExecutor) -> None:
    executor.workers = 2
    for data, changes in (
        (TWO_CLASSES, {"problem.classes": [2, 3], "problem.size": 16, "method.m": 4}),
        (MIXTURE, {"problem.ratio": 0.1, "training.epochs": 9, "training.batch": 5, "capture.max_pictures": 9}),
    ):
        parent = submit(service, parse_config(data))
        executor.tell(parent, *execute(executor.jobs[parent], 1))
        for path, value in changes.items():
            with pytest.raises(InvalidConfig) as caught:
                service.fork(parent, 5, {path: value}, None, [])
            expected = "/problem" if path == "problem.ratio" else "/method" if path == "method.m" else None
            assert [f.pointer for f in caught.value.fields] == [expected or "/" + path.replace(".", "/")]
    with pytest.raises(InvalidConfig, match="fork at an earlier step") as caught:
        service.fork(parent, 24, {}, None, [])
    assert [f.pointer for f in caught.value.fields] == ["/step"]


def test_random_labels_may_come_at_a_fork(service: Service, executor: HandExecutor) -> None:
    parent = submit(service, parse_config(TWO_CLASSES))
    executor.tell(parent, *execute(executor.jobs[parent], 1))
    fork = service.fork(parent, 10, {"problem.random_labels": True}, None, []).record.id
    executor.tell(fork, *execute(executor.jobs[fork], 1))
    assert service.get(fork).record.status == "succeeded"
    assert film(service, fork)[0] == film(service, parent)[0]
    assert film(service, fork) != film(service, parent)


def _folder(root: Path, shade: int) -> RunConfig:
    shades = {f"{name}/{n}.png": shade + 10 * n for name, shade in (("a", shade), ("b", 100)) for n in range(10)}
    write_tree(root / "shades", shades)
    problem = {"kind": "two_classes", "data": "folder", "folder": "shades", "size": 8}
    return parse_config({**TWO_CLASSES, "problem": problem})


def test_a_run_that_goes_on_with_other_images_says_so(tmp_path: Path) -> None:
    executor, root = HandExecutor(), tmp_path / "sets"
    service = Service(Store(tmp_path / "runs"), executor, timeout=0.0, data_dir=root)
    run = submit(service, _folder(root, 0))
    for shade, told in ((0, 0), (0, 0), (50, 1)):
        _folder(root, shade)
        service.pause(run)
        executor.tell(run, *execute(executor.jobs[run], 1, stops_after(4), root))
        events = [e.text for e in service.get(run).events if e.kind == "elsewhere"]
        assert events == ["goes on with other images than it began with: their files have changed since"] * told
        service.resume(run)
    service.close()


def test_a_file_that_is_broken_once_it_is_read_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    executor, root = HandExecutor(), tmp_path / "sets"
    service = Service(Store(tmp_path / "runs"), executor, timeout=0.0, data_dir=root)
    run = submit(service, _folder(root, 0))
    (root / "shades" / "a" / "3.png").write_bytes(b"no picture")
    executor.tell(run, *execute(executor.jobs[run], 1, data_dir=root))
    record = service.get(run).record
    assert record.status == "failed"
    assert record.error is not None
    assert record.error["message"].startswith("shades/a/3.png cannot be used")
    assert record.error["traceback"] is None
    service.close()


def test_a_checkpoint_of_another_network_is_refused(service: Service, executor: HandExecutor) -> None:
    run = submit(service, parse_config(MIXTURE))
    service.pause(run)
    executor.tell(run, *execute(executor.jobs[run], 1, stops_after(12)))
    found = CheckpointStore(service.store).latest(run)
    assert found is not None
    others: list[tuple[dict[str, Any], str]] = [
        ({"kind": "two_layer_classifier", "m": 4}, "parameter"),
        ({"kind": "resnet18", "width": 2}, "it has no 'conv1.weight'"),
    ]
    for method, words in others:
        *_, end = execute(Job("other", parse_config({**MIXTURE, "method": method}), found.blob), 1)
        assert isinstance(end, Finished)
        assert end.status == "failed"
        assert words in str(end.message)


def test_both_digests_are_told(tmp_path: Path) -> None:
    _folder(tmp_path, 0)
    problem = {"kind": "mixture", "samples": 10, "injected": "folder", "injected_folder": "shades"}
    started, *_ = execute(Job("a", parse_config({**MIXTURE, "problem": problem})), 1, stops_after(1), tmp_path)
    assert isinstance(started, RunStarted)
    told: Any = started.facts["provenance"]
    assert len(told["data_digest"]) == len(told["injected_digest"]) == 64
    assert told["injected"] == "shades"


def test_what_of_the_files_was_passed_over_is_kept_with_the_run(tmp_path: Path) -> None:
    config = _folder(tmp_path, 0)

    def told(config: RunConfig) -> Any:
        started, *_ = execute(Job("a", config), 1, stops_after(1), tmp_path)
        assert isinstance(started, RunStarted)
        return started.facts["provenance"]

    plain = told(config)
    assert not [name for name in plain if name.endswith("notes")]
    (tmp_path / "shades" / "a" / "9.heic").write_bytes(b"0000ftypheic")
    (tmp_path / "shades" / "b" / "about.txt").write_text("shades")
    notes = (
        "1 picture passed over, of kinds that are not read (1 .heic; 1 of 11 in a): save them as JPEG or PNG; "
        "1 file passed over, no pictures (1 .txt)"
    )
    assert told(config) == {**plain, "data_notes": notes}
    problem = {"kind": "mixture", "samples": 10, "injected": "folder", "injected_folder": "shades"}
    assert told(parse_config({**MIXTURE, "problem": problem}))["injected_notes"] == notes
