"""The client asks a real server, which has a token and lies below a path, everything that it can be asked."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pytest

from emergescope import Client
from emergescope.client import Event, Run
from emergescope.client.errors import Missing, NotPossible, TimedOut
from emergescope.recording.codec import decode
from tests.api.server_process import ServerProcess
from tests.client.conftest import TOKEN
from tests.conftest import LONG, TINY


def test_presets_and_studies(client: Client) -> None:
    presets = {preset.id: preset for preset in client.presets()}
    assert presets["paper/parity"].title == "Parity, as in the paper"
    assert presets["quick"].config["seed"] == 0
    assert {preset.study for preset in presets.values()} < {study.id for study in client.studies()}  # and recordings


def test_a_run_is_submitted_waited_for_and_found(client: Client, finished: Run) -> None:
    assert (finished.name, finished.preset, finished.tags) == ("Finished", "quick", ("kept",))
    assert (finished.step, finished.total_steps, finished.is_over, finished.outcome) == (30, 30, True, "succeeded")
    assert isinstance(finished.created_at, datetime)
    assert client.get(finished.id) == finished
    assert client.wait(finished, timeout=30) == finished
    assert [one.title for one in finished.shown] == ["test accuracy", "mean |cos|"]
    assert finished.passed  # with other settings nothing is promised


def test_a_whole_configuration_can_be_submitted(client: Client, finished: Run) -> None:
    run = client.submit({**finished.json["config"], "seed": 5}, name="Whole")
    assert client.wait(run).json["config"] == {**finished.json["config"], "seed": 5}
    client.delete(run)
    with pytest.raises(Missing, match=run.id):
        client.get(run)


def test_lists_go_over_pages(client: Client, finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emergescope.client.asks._PAGE", 2)
    ids = [client.submit("quick", {**TINY, "seed": seed}, tags=["pages"]).id for seed in range(5)]
    assert [run.id for run in client.list(tag="pages")] == ids[::-1]
    assert [run.id for run in client.list(tag="pages", rising=True)] == ids
    assert next(client.list(text="Finished", in_experiment=False)).id == finished.id
    assert next(client.list(text="Finished")).shown == finished.shown
    for run in ids:
        client.wait(run)


def test_frames_and_columns_are_numpy(client: Client, server: ServerProcess, finished: Run) -> None:
    frames = list(client.frames(finished))
    assert [frame.seq for frame in frames] == list(range(finished.frames))
    assert [frame.seq for frame in client.frames(finished.id, after=9)] == list(range(10, finished.frames))
    raw = server.client.get(f"/api/runs/{finished.id}/frames/3", headers={"Authorization": f"Bearer {TOKEN}"})
    run, seq, frame = decode(raw.content)
    assert (frames[3].run, frames[3].seq, frames[3].step) == (run, seq, frame.step)
    for name, tensor in frame.tensors.items():
        np.testing.assert_array_equal(frames[3][name], tensor)
    latest = client.frame(finished)
    assert latest.seq == client.frame(finished, latest.seq).seq == finished.frames - 1
    assert latest.metrics == finished.metrics

    index, metrics = client.index(finished), client.metrics(finished)
    assert index["seq"].tolist() == metrics["seq"].tolist() == [frame.seq for frame in frames]
    assert index["step"].tolist() == metrics["step"].tolist() == [frame.step for frame in frames]
    assert index["stage"].tolist() == [frame.phase for frame in frames]
    assert index["there"].all()
    np.testing.assert_array_equal(metrics["loss"], [frame.metrics.get("loss", np.nan) for frame in frames])
    np.testing.assert_array_equal(metrics["loss"], index["metrics.loss"])
    assert client.patterns(finished)["dictionary"].dtype == np.float32


def test_a_run_is_watched(client: Client) -> None:
    run = client.submit("quick", TINY)
    told: list[Run | Event] = list(client.watch(run))
    events = [one for one in told if isinstance(one, Event)]
    last = told[-1]
    assert isinstance(last, Run)
    assert last == client.get(run)
    assert tuple(events) == last.events  # each once, in order
    assert len(events) >= 2
    again = list(client.watch(run))
    assert again == [*events, last]


def test_runs_are_paused_resumed_edited_forked_and_cancelled(client: Client) -> None:
    run = client.submit("quick", LONG)
    for update in client.watch(run):
        if isinstance(update, Run) and update.step > 0:
            break
    with pytest.raises(TimedOut, match=f"run {run.id} is running after 0.2 s of waiting") as late:
        client.wait(run, timeout=0.2)
    assert isinstance(late.value, TimeoutError)
    assert client.pause(run).id == run.id
    for update in client.watch(run):
        if isinstance(update, Run) and update.status == "paused":
            break
    edited = client.edit(run, name="Long", tags=["x"], notes="of the tests")
    assert (edited.name, edited.tags, edited.notes) == ("Long", ("x",), "of the tests")
    assert client.edit(run, tags=[]).tags == ()
    assert client.edit(run, notes="").name == "Long"
    fork = client.fork(run, 0, {"training": {"phases.0.eta": 0.5}}, name="Other")
    assert (fork.name, fork.json["origin"]) == ("Other", {"run": run.id, "step": 0})
    assert [change["path"] for change in fork.json["changes"]] == ["training.phases.0.eta"]
    client.cancel(fork)
    assert client.wait(fork).status == "cancelled"
    assert client.resume(run).status in ("queued", "running")
    client.cancel(run)
    assert client.wait(run).status == "cancelled"
    with pytest.raises(NotPossible, match="already been cancelled"):
        client.cancel(run)


def test_experiments(client: Client) -> None:
    sweep = {"base": {"preset": "quick", "overrides": TINY}, "grid": {"method.m": [5, 6]}, "seeds": 1}
    made = client.submit_experiment(sweep=sweep, name="Widths", tags=["few"])
    assert (made.name, made.kind, made.counts["total"]) == ("Widths", "sweep", 2)
    assert made.id in [one.id for one in client.experiments()]
    for run in made.run_ids:
        client.wait(run)
    assert client.experiment(made.id).status == "succeeded"
    runs: Sequence[dict[str, object]] = [{"preset": "quick", "overrides": LONG}]
    other = client.submit_experiment(runs=runs)
    assert client.cancel_experiment(other).id == other.id
    assert client.wait(other.run_ids[0]).status == "cancelled"
