"""Forks of the loop's process wait until the threads of recordings have paused.

A lock that one of them holds at that moment, of a module that is being loaded say, would never be free in the child:
workers of a DataLoader would wait for it for ever.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE = 10.0  # seconds that a fork waits: a frame takes less, and a loop must not stand still


class _Work:
    """Who is at work, and how many wait for them in order to fork."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """A child has none of these threads."""
        self._changed = threading.Condition()
        self._threads: dict[int, int] = {}  # and how deep they are in it
        self._forking = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """What a thread of a recording does in here no fork of the process interrupts."""
        me = threading.get_ident()
        with self._changed:
            if me not in self._threads:
                self._changed.wait_for(lambda: not self._forking)
            self._threads[me] = self._threads.get(me, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                if (left := self._threads.pop(me, 1) - 1) > 0:
                    self._threads[me] = left
                self._changed.notify_all()

    def wait(self) -> None:
        self._changed.acquire()
        self._forking += 1
        self._changed.wait_for(lambda: not self._threads.keys() - {threading.get_ident()}, _PATIENCE)

    def go_on(self) -> None:
        self._forking -= 1
        self._changed.notify_all()
        self._changed.release()


at_work = _Work()


def hook() -> None:
    """Have all forks of this process wait from now on. Call it once."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=at_work.wait, after_in_parent=at_work.go_on, after_in_child=at_work.forget)
