"""What executors with processes promise when something dies: one run is told so, and all others go on."""

import os
import signal

import pytest
from tests.conftest import quick
from tests.jobs.conftest import FILM, Make, worker_of
from tests.jobs.recorder import Recorder

from emergescope.config.run import RunConfig
from emergescope.errors import WorkerDied
from emergescope.jobs.executor import Finished, Job, Message, RunStarted
from emergescope.recording.events import FrameReady

pytestmark = pytest.mark.parametrize("kind", ["local", "ray"])


def test_a_killed_worker_takes_its_run_along_and_no_other(
    make: Make, kind: str, recorder: Recorder, endless: RunConfig, tiny: RunConfig
) -> None:
    executor = make(kind, workers=1)
    executor.submit(Job("killed", endless), recorder)
    executor.submit(Job("next", tiny), recorder)
    recorder.wait_for_frames("killed", 5)
    os.kill(worker_of(kind, "killed").pid, signal.SIGKILL)
    end = recorder.wait_for_end("killed")
    assert end.status == "died"
    assert end.message is not None
    assert "was killed" in end.message
    assert end.step >= recorder.frames("killed")[-1].step
    assert recorder.wait_for_end("next").status == "succeeded"


def test_a_run_that_died_goes_on_from_its_last_checkpoint(
    make: Make, kind: str, recorder: Recorder, film: list[FrameReady]
) -> None:
    executor, config = make(kind, workers=1), quick(FILM)
    executor.submit(Job("film", config), recorder)
    recorder.wait_for_frames("film", 5)
    executor.pause("film")
    assert recorder.wait_for_end("film").status == "paused"
    checkpoint = recorder.checkpoints("film")[-1]
    executor.submit(Job("film", config, checkpoint.blob), killed := Recorder())
    killed.wait_for_frames("film", 5)
    os.kill(worker_of(kind, "film").pid, signal.SIGKILL)
    assert killed.wait_for_end("film").status == "died"
    executor.submit(Job("film", config, checkpoint.blob), rest := Recorder())
    assert rest.wait_for_end("film").status == "succeeded"
    assert recorder.frames("film") + rest.frames("film") == film
    lost = killed.frames("film")
    assert lost == film[checkpoint.frames :][: len(lost)]


def test_a_listener_that_fails_ends_its_run_and_no_other(
    make: Make, kind: str, recorder: Recorder, endless: RunConfig, tiny: RunConfig
) -> None:
    def full_disk(run_id: str, message: Message) -> None:
        if isinstance(message, FrameReady) and message.seq == 3:
            raise OSError("no space left")
        recorder(run_id, message)

    executor = make(kind, workers=1)
    executor.submit(Job("unlucky", endless), full_disk)
    end = recorder.wait_for_end("unlucky")
    assert (end.status, end.message) == ("died", "OSError: no space left")
    assert [frame.seq for frame in recorder.frames("unlucky")] == [0, 1, 2]
    executor.submit(Job("next", tiny), recorder)
    assert recorder.wait_for_end("next").status == "succeeded"


def test_a_worker_is_free_again_after_a_cancellation(
    make: Make, kind: str, recorder: Recorder, endless: RunConfig, tiny: RunConfig
) -> None:
    executor = make(kind, workers=1)
    executor.submit(Job("long", endless), recorder)
    executor.submit(Job("next", tiny), recorder)
    recorder.wait_for_frames("long", 5)
    executor.cancel("long")
    assert recorder.wait_for_end("long").status == "cancelled"
    assert recorder.wait_for_end("next").status == "succeeded"
    assert isinstance(recorder.messages["next"][0], RunStarted)


@pytest.mark.parametrize(("order", "status"), [("cancel", "cancelled"), ("pause", "paused")])
def test_a_run_stopped_while_it_waits_never_starts(
    make: Make, kind: str, order: str, status: str, recorder: Recorder, endless: RunConfig
) -> None:
    executor = make(kind, workers=1)
    executor.submit(Job("running", endless), recorder)
    executor.submit(Job("waiting", endless), recorder)
    recorder.wait_for_frames("running", 1)
    getattr(executor, order)("waiting")
    executor.cancel("running")
    recorder.wait_for_end("waiting")
    assert [(m.status, m.step) for m in recorder.messages["waiting"] if isinstance(m, Finished)] == [(status, 0)]
    assert len(recorder.messages["waiting"]) == 1
    assert recorder.wait_for_end("running").status == "cancelled"


def test_closing_ends_every_run(make: Make, kind: str, recorder: Recorder, endless: RunConfig) -> None:
    executor = make(kind, workers=1)
    executor.submit(Job("running", endless), recorder)
    executor.submit(Job("waiting", endless), recorder)
    recorder.wait_for_frames("running", 1)
    executor.close()
    ends = [recorder.messages[run_id][-1] for run_id in ("running", "waiting")]
    assert [end.status for end in ends if isinstance(end, Finished)] == ["cancelled", "cancelled"]
    with pytest.raises(WorkerDied, match="closed"):
        executor.submit(Job("late", endless), recorder)
