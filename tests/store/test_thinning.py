"""A thinned film keeps what it needs and stays even; films are thinned oldest first, and no further than it takes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergescope.store.records import FrameInfo
from emergescope.store.retention import FEW, FILM, Film, Holding, fit


def _shots(rows: list[tuple[int, str, int]]) -> list[FrameInfo]:
    """Frames by (growth of the step, phase, size); those of size 0 were thinned before."""
    made, step = [], 0
    for seq, (growth, phase, size) in enumerate(rows):
        step += growth
        made.append(FrameInfo(seq, step, phase, size))
    return made


def _thinned(film: list[FrameInfo], kept: set[int]) -> list[FrameInfo]:
    return [FrameInfo(s.seq, s.step, s.phase, s.size if s.seq in kept else 0) for s in film]


films = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("aaaaab"), st.integers(0, 5)), max_size=150).map(_shots)
event_steps = st.sets(st.integers(0, 700), max_size=6)
targets = st.integers(2, 160)


@given(films, event_steps, targets)
def test_what_a_film_needs_stays(shots: list[FrameInfo], events: set[int], target: int) -> None:
    present = {shot.seq: shot for shot in shots if shot.size}
    kept = Film(shots, events).kept(target)
    assert kept <= set(present)
    if present:
        assert {min(present), max(present)} <= kept
    for shot, after in pairwise(shots):
        assert shot.phase == after.phase or shot.seq not in present or shot.seq in kept
    for step in events:
        shows = next((shot.seq for shot in shots if shot.step >= step), None)
        assert shows not in present or shows in kept


@given(films, event_steps, targets)
def test_a_film_is_as_long_as_was_asked_unless_it_needs_more(
    shots: list[FrameInfo], events: set[int], target: int
) -> None:
    film = Film(shots, events)
    kept = film.kept(target)
    needed = len(film.kept(2))
    assert len(kept) == film.count(target) == min(len(film), max(target, needed))
    assert film.bytes(target) == sum(shot.size for shot in shots if shot.seq in kept)


@given(films, event_steps, targets, targets)
def test_thinning_twice_is_thinning_once(shots: list[FrameInfo], events: set[int], one: int, other: int) -> None:
    once = Film(shots, events).kept(min(one, other))
    first = _thinned(shots, Film(shots, events).kept(max(one, other)))
    assert Film(first, events).kept(min(one, other)) == once
    assert Film(_thinned(shots, once), events).kept(min(one, other)) == once


@given(films, event_steps)
def test_a_single_frame_is_the_last(shots: list[FrameInfo], events: set[int]) -> None:
    present = [shot.seq for shot in shots if shot.size]
    assert Film(shots, events).kept(1) == set(present[-1:])
    assert Film(shots, events).kept(0) == set()


@pytest.mark.parametrize("frames", [162, 1000, 5000])
def test_a_film_is_spread_evenly(frames: int) -> None:
    kept = sorted(Film([FrameInfo(seq, seq, "a", 1) for seq in range(frames)], ()).kept(FILM))
    gaps = [after - before for before, after in pairwise(kept)]
    assert len(kept) == FILM
    assert max(gaps) <= 2 * frames / (FILM - 1) + 1
    assert max(gaps) <= 2 * min(gaps) + 1


runs = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 50)), max_size=8)


@given(runs, st.integers(0, 3000), st.integers(0, 20))
def test_films_are_thinned_in_passes_and_no_further_than_it_takes(
    sizes: list[tuple[int, int]], excess: int, needs: int
) -> None:
    """Each frame is one byte, and of the checkpoints one byte stays."""
    holdings = [Holding(f"r{i}", frames, frames + checkpoints) for i, (frames, checkpoints) in enumerate(sizes)]
    frames = {run.run_id: run.frames for run in holdings}
    kept = {run.run_id: min(run.bytes - run.frames, 1) for run in holdings}

    def left(run_id: str, target: int) -> int:
        count = target if target <= 1 else max(target, needs)
        return min(count, frames[run_id]) + kept[run_id]

    chosen, missing = fit(holdings, excess, left)
    freed = {run.run_id: run.bytes - left(run.run_id, chosen[run.run_id]) for run in holdings if run.run_id in chosen}
    assert missing == max(excess - sum(freed.values()), 0)
    assert all(amount > 0 for amount in freed.values())
    if missing:
        assert all(
            left(run.run_id, chosen.get(run.run_id, run.frames)) == min(run.frames, 1) + kept[run.run_id]
            for run in holdings
            if run.bytes > run.frames or run.frames > 1
        )
    if excess <= 0:
        assert chosen == {}
    # The hardest pass that was begun treats runs in order: none is thinned harder than one before it that could be.
    few = [run.run_id for run in holdings if frames[run.run_id] > 1 and chosen.get(run.run_id, 99) == 1]
    for run in holdings[: max((int(run_id[1:]) for run_id in few), default=0)]:
        assert min(frames[run.run_id], chosen.get(run.run_id, frames[run.run_id])) <= 1


def test_the_passes_one_by_one() -> None:
    """Two films of 200 frames with 10 bytes of checkpoints each, of which 1 stays; a frame is a byte."""
    runs = [Holding("old", 200, 210), Holding("new", 200, 210)]
    steps = [
        (0, {}),
        (9, {"old": 200}),
        (10, {"old": 200, "new": 200}),
        (18 + 100, {"old": 100, "new": 200}),
        (18 + 200, {"old": 100, "new": 100}),
        (18 + 240, {"old": FILM, "new": 100}),
        (18 + 281, {"old": FEW, "new": FILM}),
        (18 + 382, {"old": FEW, "new": FEW}),
        (18 + 390, {"old": 1, "new": FEW}),
        (18 + 398, {"old": 1, "new": 1}),
    ]
    for excess, chosen in steps:
        assert fit(runs, excess, lambda run_id, target: target + 1) == (chosen, 0)
    assert fit(runs, 18 + 399, lambda run_id, target: target + 1) == ({"old": 1, "new": 1}, 1)
