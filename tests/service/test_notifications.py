"""What is new is seen by a number, and what is remembered of it stays small."""

from emergescope.service.notifications import ANY, KEPT, Notifications


def test_a_change_is_seen_by_a_number_and_heard() -> None:
    rung: list[str] = []
    changes = Notifications(rung.append)
    before = changes.revision("a")
    assert changes.revision("a") == before
    changes.changed("a")
    assert changes.revision("a") != before
    assert rung == ["a"]


def test_a_change_of_all_is_seen_of_any_run() -> None:
    rung: list[str] = []
    changes = Notifications(rung.append)
    changes.changed("a")
    before = changes.revision("a"), changes.revision("asked for, never changed")
    changes.all_changed()
    after = changes.revision("a"), changes.revision("asked for, never changed")
    assert all(new != old for new, old in zip(after, before, strict=True))
    assert rung == ["a", ANY]


def test_no_change_is_missed_however_many_runs_there_are() -> None:
    changes = Notifications(lambda run_id: None)
    changes.changed("a")
    before = changes.revision("a")
    for number in range(3 * KEPT):
        changes.changed(f"run {number}")
        changes.revision(f"asked for {number}")
    forgotten = changes.revision("a")
    changes.changed("a")
    assert changes.revision("a") not in (before, forgotten)
    assert len(changes._last) <= KEPT
