"""Lists in any order: sorted, filtered and read in pages or from any place on, in each kind of database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from emergescope.errors import InvalidConfig
from emergescope.recording.events import FrameReady
from emergescope.store.listing import Order, RunFilter, StudyName
from emergescope.store.records import NewRun
from emergescope.store.store import Store

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)
NAMES = ("delta", "Alpha", "charlie", "Bravo", "alpha")


@pytest.fixture
def five(store: Store) -> Store:
    """Runs r0 to r4, of which r2 has no measurement and r4 one that is no number."""
    for i, (name, accuracy) in enumerate(zip(NAMES, (0.5, 0.9, ..., 0.7, None), strict=True)):
        store.create_run(NewRun(f"r{i}", name, "quick", (), {"seed": 0}, 30, [], NOW))
        if accuracy is not ...:
            store.update_run(f"r{i}", metrics={"test_accuracy": accuracy}, seconds=float(i % 3))
    return store


def in_pages(store: Store, order: Order, limit: int = 2) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = store.list_runs(order=order, cursor=cursor, limit=limit)
        assert page.total == len(NAMES)
        found += [run.id for run in page.items]
        if page.next is None:
            return found
        cursor = page.next


@pytest.mark.parametrize(
    ("by", "rising", "expected"),
    [
        ("created", False, "43210"),
        ("created", True, "01234"),
        ("name", True, "41320"),
        ("name", False, "02341"),
        ("metric:test_accuracy", False, "13042"),
        ("metric:test_accuracy", True, "03142"),
        ("metric:no \"such' one", False, "43210"),
        ("duration", False, "41302"),
    ],
)
def test_pages_keep_their_order(five: Store, by: str, rising: bool, expected: str) -> None:
    order = Order(by, rising)
    whole = [run.id for run in five.list_runs(order=order).items]
    assert "".join(whole).replace("r", "") == expected
    assert in_pages(five, order) == whole
    assert [run.id for run in five.list_runs(order=order, offset=3, limit=1).items] == whole[3:4]
    second = five.list_runs(order=order, limit=2)
    again = five.list_runs(order=order, until=second.next)
    assert [run.id for run in again.items] == whole[:2]


def test_a_cursor_is_refused_in_a_sentence(store: Store) -> None:
    for cursor in ("n1.!!", "n1.W10=", "n1.W"):
        with pytest.raises(InvalidConfig, match="not a cursor"):
            store.list_runs(order=Order("name"), cursor=cursor)


def test_runs_of_a_study_are_found_by_what_their_settings_say(store: Store) -> None:
    settings: list[dict[str, Any]] = [
        {"study": "a"},
        {"study": "b", "problem": {"kind": "ka"}},
        {"problem": {"kind": "ka"}},
        {"problem": {}},
    ]
    for i, config in enumerate(settings):
        store.create_run(NewRun(f"r{i}", "A run", None, (), config, 30, [], NOW))
    found = [
        [run.id for run in store.list_runs(RunFilter(study=study)).items]
        for study in (StudyName("a", ("ka",)), StudyName("a", ("ka", None)), StudyName("b"), StudyName("c"))
    ]
    assert found == [["r2", "r0"], ["r3", "r2", "r0"], ["r1"], []]


def test_runs_can_be_left_out(five: Store) -> None:
    page = five.list_runs(RunFilter(without=("r3", "r0")), limit=2)
    assert ([run.id for run in page.items], page.total) == (["r4", "r2"], 3)


def test_samples_are_spread_over_a_film(store: Store) -> None:
    store.create_run(NewRun("a", "A run", None, (), {}, 100, [], NOW))
    assert store.samples("a", 4) == []
    for seq in range(10):
        store.append_frame("a", None, FrameReady(seq, 10 * seq, "features", {"loss": float(seq)}, b"x"), step=10 * seq)
    assert store.samples("a", 4) == [(10 * seq, {"loss": float(seq)}) for seq in (0, 3, 6, 9)]
    assert len(store.samples("a", 50)) == 10
