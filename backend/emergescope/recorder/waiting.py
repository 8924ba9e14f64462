"""What waits for the camera: bounded by bytes, in order."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Counts:
    """How it went: snapshots that waited for room, for how many seconds in all, and those that were dropped."""

    waited: int = 0
    seconds: float = 0.0
    dropped: int = 0


@dataclass
class Waiting(Generic[T]):
    """A queue of things with a size, `most` bytes at a time: one more waits for room, or is dropped."""

    most: int
    drop: bool = False
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._items: deque[tuple[T, int]] = deque()
        self._bytes, self._closed = 0, False

    def put(self, item: T, size: int) -> bool:
        """Whether it was taken. One that is larger than all that may wait is taken once nothing else waits."""
        with self._changed:
            if self._is_full(size):
                if self.drop:
                    self.counts.dropped += 1
                    return False
                began = time.monotonic()
                try:
                    self._changed.wait_for(lambda: self._closed or not self._is_full(size))
                finally:
                    self.counts.waited += 1
                    self.counts.seconds += time.monotonic() - began
            if self._closed:
                return False
            self._items.append((item, size))
            self._bytes += size
            self._changed.notify_all()
            return True

    def get(self) -> T | None:
        """The next one, once it is there; None after the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed)
            if not self._items:
                return None
            item, size = self._items.popleft()
            self._bytes -= size
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """No more comes; what waits is still handed out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _is_full(self, size: int) -> bool:
        return bool(self._items) and self._bytes + size > self.most
