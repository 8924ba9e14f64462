"""The contract of every executor: the same messages in the same order, one end, whatever happens."""

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from safetensors import safe_open
from safetensors.numpy import load
from tests.jobs.recorder import Recorder

from emergescope.config import RunConfig
from emergescope.experiment import Advanced, Happened
from emergescope.frames import decode
from emergescope.jobs.executor import Executor, Finished, FrameReady, RunStarted
from emergescope.jobs.inline import InlineExecutor
from emergescope.jobs.pool import LocalPool
from emergescope.jobs.worker import execute


@pytest.fixture(scope="module", params=["inline", "local"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    executor: Executor = InlineExecutor() if request.param == "inline" else LocalPool(workers=2)
    assert executor.name == request.param
    yield executor
    executor.close()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def test_messages_come_in_order_and_end_once(executor: Executor, recorder: Recorder, tiny: RunConfig) -> None:
    executor.submit("run1", tiny, recorder)
    assert recorder.wait_for_end("run1") == Finished("succeeded", 30)
    messages = recorder.messages["run1"]
    assert isinstance(messages[0], RunStarted)
    assert all(isinstance(m, FrameReady | Advanced | Happened) for m in messages[1:-1])
    frames = recorder.frames("run1")
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert [frame.step for frame in frames] == sorted({frame.step for frame in frames})
    assert (frames[0].step, frames[-1].step) == (0, 30)


def test_frames_and_patterns_can_be_read(executor: Executor, recorder: Recorder, tiny: RunConfig) -> None:
    executor.submit("run2", tiny, recorder)
    recorder.wait_for_end("run2")
    for message in recorder.frames("run2"):
        run, seq, frame = decode(message.blob)
        assert (run, seq, frame.step, frame.phase) == ("run2", message.seq, message.step, message.phase)
        assert frame.metrics == message.metrics
    started = recorder.messages["run2"][0]
    assert isinstance(started, RunStarted)
    assert load(started.patterns)["dictionary"].shape == (tiny.problem.d, tiny.problem.D)
    assert set(started.facts) == {"patterns", "neurons", "facts", "provenance"}
    json.dumps(started.facts, allow_nan=False)


def test_bytes_do_not_depend_on_the_executor(executor: Executor, recorder: Recorder, tiny: RunConfig) -> None:
    reference = [m.blob for m in execute("same", tiny, 1) if isinstance(m, FrameReady)]
    executor.submit("same", tiny, recorder)
    recorder.wait_for_end("same")
    assert [frame.blob for frame in recorder.frames("same")] == reference


def test_a_running_run_is_cancelled(executor: Executor, recorder: Recorder, endless: RunConfig) -> None:
    thread = threading.Thread(target=executor.submit, args=("run3", endless, recorder))
    thread.start()
    recorder.wait_for_frames("run3", 3)
    executor.cancel("run3")
    end = recorder.wait_for_end("run3")
    thread.join()
    assert end.status == "cancelled"
    assert end.step >= recorder.frames("run3")[-1].step
    assert [m for m in recorder.messages["run3"] if isinstance(m, Finished)] == [end]


def test_cancelling_what_is_over_or_unknown_does_nothing(
    executor: Executor, recorder: Recorder, tiny: RunConfig
) -> None:
    executor.submit("run4", tiny, recorder)
    recorder.wait_for_end("run4")
    executor.cancel("run4")
    executor.cancel("unknown")
    executor.submit("run5", tiny, recorder)
    assert recorder.wait_for_end("run5").status == "succeeded"
    assert isinstance(recorder.messages["run4"][-1], Finished)


def test_an_exception_comes_with_its_traceback(executor: Executor, recorder: Recorder, tiny: RunConfig) -> None:
    broken = tiny.model_copy(update={"training": None})  # no validation: what the engine does with it is an exception
    executor.submit("run6", broken, recorder)
    end = recorder.wait_for_end("run6")
    assert (end.status, recorder.messages["run6"]) == ("failed", [end])
    assert end.message is not None
    assert end.message.startswith("AttributeError")
    assert end.traceback is not None
    assert "experiment.py" in end.traceback
    executor.submit("run7", tiny, recorder)
    assert recorder.wait_for_end("run7").status == "succeeded"


def test_messages_wait_for_a_slow_listener(executor: Executor, recorder: Recorder, tiny: RunConfig) -> None:
    seen: list[int] = []

    def slow(run_id: str, message: object) -> None:
        threading.Event().wait(0.01)
        seen.append(len(seen))
        recorder(run_id, message)  # type: ignore[arg-type]

    listener: Callable[..., None] = slow
    executor.submit("run8", tiny, listener)
    recorder.wait_for_end("run8")
    assert len(seen) == len(recorder.messages["run8"])


def test_patterns_name_the_relevant_ones(tmp_path_factory: pytest.TempPathFactory, tiny: RunConfig) -> None:
    started = next(iter(execute("p", tiny, 1)))
    assert isinstance(started, RunStarted)
    path = tmp_path_factory.mktemp("patterns") / "p.safetensors"
    path.write_bytes(started.patterns)
    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    assert (metadata["format"], metadata["version"], metadata["run"]) == ("emergescope.patterns", "1", "p")
    assert len(json.loads(metadata["relevant"])) == tiny.problem.k
