"""What has become of a run, in a word."""

from dataclasses import replace

import pytest

from emergescope.service.records import outcome
from emergescope.store.records import RunChanges
from emergescope.store.shapes import Status
from emergescope.store.store import Store
from tests.store.test_store import new_run


@pytest.mark.parametrize(
    ("kind", "status", "metrics", "expected"),
    [
        ("dictionary", "succeeded", {"loss": 0.1, "test_accuracy": 0.9}, "succeeded"),
        ("dictionary", "succeeded", {"loss": None, "test_accuracy": None}, "diverged"),
        ("mixture", "succeeded", {"loss": 0.1, "test_accuracy": 0.9, "direct_accuracy": None}, "diverged"),
        ("dictionary", "succeeded", {"loss": 0.1, "test_accuracy_hard": None}, "succeeded"),
        ("dictionary", "succeeded", None, "succeeded"),
        ("dictionary", "failed", {"loss": None}, "failed"),
        ("of tomorrow", "succeeded", {"loss": None}, "succeeded"),
    ],
)
def test_a_run_whose_numbers_are_not_finite_is_told_as_diverged(
    store: Store, kind: str, status: Status, metrics: dict[str, float | None] | None, expected: str
) -> None:
    store.create_run(replace(new_run("a"), config={"problem": {"kind": kind}}))
    changes: RunChanges = {"status": status} if metrics is None else {"status": status, "metrics": metrics}
    run = store.change_run("a", lambda _: changes)
    assert (run.status, outcome(run)) == (status, expected)
