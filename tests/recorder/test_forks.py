"""A fork waits for what a thread of a recording is at: a lock held then would never be free in the child."""

import os
import threading

import pytest

from emergescope.recorder import endings, forks
from emergescope.recorder.recorder import silent

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),  # so it is
]


@pytest.fixture(autouse=True)
def _hooked() -> None:
    recording = silent("one that is open")
    endings.opened(recording)
    endings.closed(recording)


def _fork(code: int) -> int:
    """The exit code of a child that ends with `code` at once."""
    child = os.fork()
    if child == 0:
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_fork_waits_for_work_that_is_under_way() -> None:
    began, done = threading.Event(), threading.Event()

    def work() -> None:
        with forks.at_work(), forks.at_work():
            began.set()
            done.wait(0.3)
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    began.wait()
    assert _fork(7) == 7
    assert done.is_set()
    thread.join()


def test_a_fork_comes_between_two_pieces_of_work() -> None:
    """Also where one follows the other at once, and a lock alone would not let it in."""
    stop, began = threading.Event(), threading.Event()

    def work() -> None:
        while not stop.is_set():
            with forks.at_work():
                began.set()
                stop.wait(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    began.wait()
    for _ in range(5):
        assert _fork(0) == 0
    assert not stop.is_set()
    stop.set()
    thread.join()


def test_who_is_at_work_may_fork() -> None:
    with forks.at_work():
        assert _fork(3) == 3


def test_a_fork_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_PATIENCE", 0.05)
    began, stop = threading.Event(), threading.Event()

    def work() -> None:
        with forks.at_work():
            began.set()
            stop.wait()

    thread = threading.Thread(target=work)
    thread.start()
    began.wait()
    assert _fork(0) == 0
    stop.set()
    thread.join()


def test_a_child_may_work_and_fork_in_turn() -> None:
    child = os.fork()
    if child == 0:
        with forks.at_work():
            pass
        os._exit(_fork(5))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
