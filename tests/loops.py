"""Coroutines in tests: in a thread of their own, since Playwright leaves a loop running in that of the tests."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """What it returns."""
    return in_thread(lambda: asyncio.run(coroutine))


def in_thread(call: Callable[[], T]) -> T:
    """What it returns where no loop runs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()
