"""The contract of every executor: the same messages in the same order, one end, whatever happens."""

import json
import threading
from typing import Any

import pytest
from safetensors import safe_open
from safetensors.numpy import load
from tests.conftest import TINY, quick
from tests.jobs.conftest import FILM, Make, frames_of
from tests.jobs.recorder import Recorder
from tests.patterns import patterns

from emergescope.config.run import RunConfig
from emergescope.jobs.executor import Executor, Finished, Job, Listener, Message, Origin, RunStarted
from emergescope.jobs.worker import execute
from emergescope.recording.codec import decode
from emergescope.recording.events import Advanced, Checkpointed, FrameReady, Happened


def test_messages_come_in_order_and_end_once(executor: Executor, recorder: Recorder, tiny: RunConfig) -> None:
    executor.submit(Job("run1", tiny), recorder)
    assert recorder.wait_for_end("run1") == Finished("succeeded", 30)
    messages = recorder.messages["run1"]
    assert isinstance(messages[0], RunStarted)
    assert all(isinstance(m, FrameReady | Checkpointed | Advanced | Happened) for m in messages[1:-1])
    frames = recorder.frames("run1")
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert [frame.step for frame in frames] == sorted({frame.step for frame in frames})
    assert (frames[0].step, frames[-1].step) == (0, 30)


def test_frames_and_patterns_can_be_read(executor: Executor, recorder: Recorder, tiny: RunConfig) -> None:
    executor.submit(Job("run2", tiny), recorder)
    recorder.wait_for_end("run2")
    for message in recorder.frames("run2"):
        run, seq, frame = decode(message.blob)
        assert (run, seq, frame.step, frame.phase) == ("run2", message.seq, message.step, message.phase)
        assert frame.metrics == message.metrics
    started = recorder.messages["run2"][0]
    assert isinstance(started, RunStarted)
    assert load(started.patterns)["dictionary"].shape == (patterns(tiny).problem.d, patterns(tiny).problem.D)
    assert set(started.facts) == {"patterns", "neurons", "pictures", "facts", "provenance"}
    json.dumps(started.facts, allow_nan=False)


def test_a_running_run_is_cancelled(executor: Executor, recorder: Recorder, endless: RunConfig) -> None:
    thread = threading.Thread(target=executor.submit, args=(Job("run3", endless), recorder))
    thread.start()
    recorder.wait_for_frames("run3", 3)
    executor.cancel("run3")
    end = recorder.wait_for_end("run3")
    thread.join()
    assert end.status == "cancelled"
    assert end.step >= recorder.frames("run3")[-1].step
    assert [m for m in recorder.messages["run3"] if isinstance(m, Finished)] == [end]


@pytest.mark.parametrize("order", ["cancel", "pause"])
def test_what_is_over_or_unknown_is_left_alone(
    executor: Executor, recorder: Recorder, tiny: RunConfig, order: str
) -> None:
    executor.submit(Job("run4", tiny), recorder)
    recorder.wait_for_end("run4")
    getattr(executor, order)("run4")
    getattr(executor, order)("unknown")
    executor.submit(Job("run4", tiny), again := Recorder())
    assert again.wait_for_end("run4").status == "succeeded"
    assert isinstance(recorder.messages["run4"][-1], Finished)


def test_an_exception_comes_with_its_traceback(executor: Executor, recorder: Recorder, tiny: RunConfig) -> None:
    broken = tiny.model_copy(update={"method": None})  # no validation: what the engine does with it is an exception
    executor.submit(Job("run6", broken), recorder)
    end = recorder.wait_for_end("run6")
    assert (end.status, recorder.messages["run6"]) == ("failed", [end])
    assert end.message is not None
    assert end.message.startswith("AttributeError")
    assert end.traceback is not None
    assert "emergescope/studies/patterns" in end.traceback.replace("\\", "/")
    executor.submit(Job("run7", tiny), recorder)
    assert recorder.wait_for_end("run7").status == "succeeded"


def test_messages_wait_for_a_slow_listener(executor: Executor, recorder: Recorder, tiny: RunConfig) -> None:
    calls: list[int] = []

    def slow(run_id: str, message: Message) -> None:
        calls.append(1)
        assert sum(calls) == 1, "the next message came while this one was being kept"
        threading.Event().wait(0.01)
        calls.append(-1)
        recorder(run_id, message)

    executor.submit(Job("run8", tiny), slow)
    assert recorder.wait_for_end("run8").status == "succeeded"
    assert recorder.frames("run8") == frames_of(Job("run8", tiny))


def test_a_paused_run_goes_on_from_its_checkpoint(
    executor: Executor, recorder: Recorder, film: list[FrameReady]
) -> None:
    paused = _pausing(executor, recorder, 5)
    executor.submit(Job("film", quick(FILM)), paused)
    end = recorder.wait_for_end("film")
    assert (end.status, 5 <= end.step < 1500) == ("paused", True)
    checkpoint = recorder.messages["film"][-2]
    assert isinstance(checkpoint, Checkpointed)
    assert (checkpoint.step, checkpoint.frames) == (end.step, len(recorder.frames("film")))
    executor.submit(Job("film", quick(FILM), checkpoint.blob), rest := Recorder())
    assert rest.wait_for_end("film") == Finished("succeeded", 1500)
    assert isinstance(rest.messages["film"][0], RunStarted)
    assert recorder.frames("film") + rest.frames("film") == film


def _pausing(executor: Executor, recorder: Recorder, seq: int) -> Listener:
    def listener(run_id: str, message: Message) -> None:
        recorder(run_id, message)
        if isinstance(message, FrameReady) and message.seq == seq:
            executor.pause(run_id)

    return listener


def test_a_fork_begins_where_its_origin_was(executor: Executor, recorder: Recorder, film: list[FrameReady]) -> None:
    same, other = quick(FILM), quick({**FILM, "training.phases.0.eta": 0.5})
    executor.submit(Job("film", same, origin=Origin(same, 1400)), recorder)
    assert recorder.wait_for_end("film") == Finished("succeeded", 1500)
    assert recorder.frames("film") == film
    executor.submit(Job("film", other, origin=Origin(same, 1400)), fork := Recorder())
    assert fork.wait_for_end("film").status == "succeeded"
    assert [frame.seq for frame in fork.frames("film")] == [frame.seq for frame in recorder.frames("film")]
    same_frames = [ours == theirs for ours, theirs in zip(fork.frames("film"), film, strict=True)]
    assert same_frames == [frame.step <= 1400 for frame in film]


_FIXED = {"training.phases.0.trains": ["a"], "training.phases.1.trains": ["a"]}
_TWELVE: list[dict[str, Any]] = [
    {},
    {"seed": 7},
    {"training.dtype": "float64"},
    {"method.m": 150},
    {"capture.frames": 30, "capture.probe_every": 5, "capture.probe_samples": 500},
    {"problem.input_noise": 0.2},
    {"problem.p_o": 0.1, "training.balance": True},
    {"training.phases.0.eta": 1e30},
    {"training.phases.0.sigma_xi": 0.1, "training.phases.0.trains": ["w", "b", "a"]},
    {"method": {"kind": "ntk", "m": 20}},
    {"method": {"kind": "random_features", "m": 40}, **_FIXED},
    {"method": {"kind": "random_features", "m": 40}, "training.dtype": "float64", **_FIXED},
]


@pytest.mark.parametrize("threads", [1, 2])
def test_bytes_do_not_depend_on_the_executor(make: Make, threads: int) -> None:
    jobs = [Job(f"run{number}", quick(TINY | overrides)) for number, overrides in enumerate(_TWELVE)]
    expected = {job.run_id: frames_of(job, threads) for job in jobs}
    assert len({frames[-1].blob for frames in expected.values()}) == len(jobs)
    for kind in ("inline", "local", "ray"):
        executor, recorder = make(kind, workers=2 // threads, threads=threads), Recorder()
        assert executor.name == kind
        for job in jobs:
            executor.submit(job, recorder)
        for job in jobs:
            assert recorder.wait_for_end(job.run_id).status == "succeeded"
            assert recorder.frames(job.run_id) == expected[job.run_id], (kind, job)


def test_patterns_name_the_relevant_ones(tmp_path_factory: pytest.TempPathFactory, tiny: RunConfig) -> None:
    started = next(iter(execute(Job("p", tiny), 1)))
    assert isinstance(started, RunStarted)
    path = tmp_path_factory.mktemp("patterns") / "p.safetensors"
    path.write_bytes(started.patterns)
    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    assert (metadata["format"], metadata["version"], metadata["run"]) == ("emergescope.patterns", "1", "p")
    assert len(json.loads(metadata["relevant"])) == patterns(tiny).problem.k
