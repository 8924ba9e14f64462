"""A round of matrix completion against other routes to the same numbers; schedules, theory, refusals, sentences."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from emergescope.catalog.parse import parse_config
from emergescope.errors import InvalidConfig
from emergescope.recording.capture import Checkpoint
from emergescope.recording.events import Frame
from emergescope.studies.linear_rfm.camera import arranged
from emergescope.studies.linear_rfm.completion import Problem, Rows, draw_problem, kernel_of, outer_product
from emergescope.studies.linear_rfm.config import LinearRfmConfig, LowRankMatrix, Rounds
from emergescope.studies.linear_rfm.dynamics import Stopping
from emergescope.studies.linear_rfm.says import says
from emergescope.studies.linear_rfm.theory import first_share, theory_of
from emergescope.testing import Recording, record

SMALL: dict[str, Any] = {
    "problem": {"d": 30, "true_rank": 1, "observed": 250},
    "method": {},
    "training": {"most_rounds": 120, "device": "cpu"},
    "capture": {"frames": 12},
}


def configured(**parts: dict[str, Any]) -> LinearRfmConfig:
    """The small configuration with some settings changed, by part."""
    data = {part: {**settings, **parts.get(part, {})} for part, settings in SMALL.items()}
    config = parse_config({"study": "linear_rfm", "seed": 3, **data})
    assert isinstance(config, LinearRfmConfig)
    return config


def of_kind(run: Recording, kind: str) -> list[Any]:
    return [event for event in run.events.values() if event.kind == kind]


def drawn(d: int = 16, r: int = 2, known: int = 90, seed: int = 0) -> Problem:
    return draw_problem(LowRankMatrix(d=d, true_rank=r, observed=known), seed, torch.float64, "cpu")


def least_squares(problem: Problem, root: npt.NDArray[np.float64], ridge: float) -> npt.NDArray[np.float64]:
    """Each row w root, where w has the least |w root - y|^2 on known entries + ridge |w|^2."""
    rows = []
    for y, known in zip(problem.truth.numpy(), problem.known.numpy(), strict=True):
        inputs = np.vstack([root[:, known].T, np.sqrt(ridge) * np.eye(len(root))])
        w = np.linalg.lstsq(inputs, np.concatenate([y[known], np.zeros(len(root))]), rcond=None)[0]
        rows.append(w @ root)
    return np.array(rows)


def power(m: Tensor, exponent: float) -> npt.NDArray[np.float64]:
    values, vectors = np.linalg.eigh(m.numpy())
    found: npt.NDArray[np.float64] = (vectors * np.maximum(values, 0) ** exponent) @ vectors.T
    return found


@pytest.mark.parametrize("alpha", [0.25, 0.5, 0.8, 1.0])
def test_rounds_are_weighted_least_squares(alpha: float) -> None:
    problem, ridge = drawn(), 0.05
    rows, m = Rows(problem), torch.eye(16).double()
    assert len(set(problem.known.sum(1).tolist())) > 2  # rows are padded
    for _ in range(4):
        fitted = rows.fit(kernel_of(m, alpha), ridge)
        np.testing.assert_allclose(fitted.numpy(), least_squares(problem, power(m, alpha), ridge), atol=1e-9)
        m = outer_product(torch.where(problem.known, problem.truth, fitted))


def test_rows_that_are_solved_in_parts_and_rows_without_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = drawn(d=12, known=14)
    assert int(problem.known.sum(1).min()) == 0
    p = kernel_of(problem.truth.T @ problem.truth / 12, 1)
    whole = Rows(problem).fit(p, 0.01)
    monkeypatch.setattr("emergescope.studies.linear_rfm.completion.AT_ONCE", 1)
    torch.testing.assert_close(Rows(problem).fit(p, 0.01), whole, rtol=1e-12, atol=1e-12)
    assert not whole[problem.known.sum(1) == 0].any()


def test_the_matrix_is_as_declared() -> None:
    problem = drawn(d=40, r=3, known=600, seed=5)
    torch.testing.assert_close((problem.left * problem.values) @ problem.right.T, problem.truth)
    torch.testing.assert_close(problem.right.T @ problem.right, torch.eye(3).double())
    assert float(problem.truth.norm()) == pytest.approx(40)
    assert int(problem.known.sum()) == 600
    assert problem.share(torch.eye(40).double()) == pytest.approx(3 / 40)
    assert problem.share(outer_product(problem.truth)) == pytest.approx(1)
    assert problem.error(problem.truth) == 0


def test_the_weights_are_those_of_a_schatten_penalty() -> None:
    """The gradient of sum sigma^p / p is X (X'X)^(-2 alpha), p = 2 - 4 alpha."""
    x = torch.randn(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()
    for alpha in (0.25, 0.4, 1.0):
        p = configured(method={"matrix_power": alpha}).schatten
        (gradient,) = torch.autograd.grad(torch.linalg.svdvals(x).pow(p).sum() / p, x)
        weights = torch.linalg.inv(kernel_of((x.T @ x).detach(), alpha))
        torch.testing.assert_close(gradient, x.detach() @ weights)


def test_the_first_round_is_near_what_is_predicted() -> None:
    config = configured(problem={"d": 200, "true_rank": 2, "observed": 6400}, training={"most_rounds": 1})
    shares = []
    for seed in range(6):
        problem = draw_problem(config.problem, seed, torch.float64, "cpu")
        shares.append(problem.share(outer_product(torch.where(problem.known, problem.truth, 0))))
    assert float(np.mean(shares)) == pytest.approx(first_share(config), rel=0.03)
    (event,) = of_kind(record(config), "first_round")
    assert event.data["items"][0]["measured"] == pytest.approx(1, abs=0.05)


def test_the_ridge_becomes_small_and_a_run_stops() -> None:
    found = Stopping(Rounds(most_idle=2))
    ridges = []
    for error in (0.5, 0.2, 0.09, 0.2, 0.0009):
        ridges.append(found.ridge)
        assert found.why is None
        found.see(error)
    assert ridges == [5e-2, 5e-2, 5e-2, 1e-3, 1e-3]
    assert found.why == "the held-out error is below 0.001"
    idle = Stopping(Rounds(most_idle=2))
    for error in (1.0, 1.0, 0.9, 0.95, 0.5, 0.5):  # without a lower error in all, not in a row
        assert idle.why is None
        idle.see(error)
    assert idle.why == "3 rounds have not lowered the held-out error"


def test_a_matrix_is_found_and_nothing_changes_after_that() -> None:
    run = record(configured())
    (emerged,), (stopped,) = of_kind(run, "emerged"), of_kind(run, "halted")
    assert 0 < emerged.step <= stopped.step < 120
    last, before = run.frames[-1], run.frames[-2]
    assert before.step >= stopped.step
    assert (last.metrics, last.says) == (before.metrics, before.says)
    assert (last.metrics["mse"] or 1) < 1e-3
    assert last.metrics["effective_rank"] == 1
    assert f"stopped after round {stopped.step}" in last.says["curves"]
    np.testing.assert_array_equal(last.tensors["completed_matrix"], before.tensors["completed_matrix"])
    wrong = [
        float(np.square(frame.tensors["still_missing"], dtype=np.float32).sum()) for frame in (run.frames[0], last)
    ]
    assert wrong == pytest.approx(
        [650 * (run.frames[0].metrics["mse"] or 0), 650 * (last.metrics["mse"] or 0)], rel=0.01
    )
    np.testing.assert_allclose(last.tensors["singular_values"][0], last.tensors["true_values"][0], rtol=0.02)


def test_a_fork_goes_on_where_its_parent_has_stopped() -> None:
    config = configured()
    first = record(config, stop=(100).__eq__)
    assert of_kind(first, "halted")
    start = Checkpoint.decode(first.checkpoint)
    fork = record(configured(training={"target_error": 1e-5}), start, forked=True)
    assert (fork.frames[-1].metrics["mse"] or 1) < 0.1 * (first.frames[-1].metrics["mse"] or 0)


def test_with_fixed_features_nothing_is_filled_in() -> None:
    run = record(configured(method={"learned": False}))
    errors = {frame.metrics["mse"] for frame in run.frames}
    assert len(errors) == 1
    assert not of_kind(run, "emerged")
    assert len(of_kind(run, "control")) == 1
    assert [frame.metrics["row_space"] for frame in run.frames] == pytest.approx([1 / 30] * len(run.frames))
    np.testing.assert_array_equal(run.frames[-1].tensors["m"], np.eye(30))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_no_number_is_said(dtype: str) -> None:
    training = {"dtype": dtype, "ridge": 1e-300, "small_ridge": 1e-300, "target_error": 0, "most_rounds": 30}
    run = record(configured(problem={"observed": 850}, training=training, method={"matrix_power": 2}))
    assert not of_kind(run, "unmeasured")
    for frame in run.frames:
        lost = frame.metrics["mse"] is None
        assert all(("no longer numbers" in text) == lost for text in frame.says.values())


def test_sentences_have_the_numbers_of_their_frame() -> None:
    config = configured()
    numbers = {"mse": 0.25, "row_space": 0.5, "effective_rank": 7.0}
    said = says(Frame(40, "rounds", numbers, {}, {}), config, {"emerged": 30}, None)
    assert said["completed"].endswith("filled in with an error of 0.25. Zeros have about 1.")
    assert said["missing"].startswith("Known entries are exact, and others off by 0.5 ")
    assert said["spectrum"].startswith("7 of 30 singular values")
    assert said["m"] == "50.0\u00a0% of tr M lies in the true row space, 1 of 30 dimensions."
    assert said["curves"] == "The held-out error is 0.25; it fell below 0.1 by round 30."
    assert says(Frame(40, "rounds", {}, {}, {}), config, {}, None) == {}
    lost = says(Frame(40, "rounds", dict.fromkeys(numbers), {}, {}), config, {}, None)
    assert set(lost.values()) == {"The weights are no longer numbers."}


def test_neighbours_are_alike() -> None:
    problem = drawn(d=50, r=2, known=600)
    order = arranged(problem.right, 50)
    assert sorted(order.tolist()) == list(range(50))
    columns = problem.truth[:, order] / problem.truth[:, order].norm(dim=0)
    assert float((columns[:, 1:] * columns[:, :-1]).sum(0).median()) > 0.97
    assert len(set(arranged(problem.left, 20).tolist())) == 20


def test_statements_apply_where_their_assumptions_hold() -> None:
    def applying(**parts: dict[str, Any]) -> dict[str, float | None]:
        return {one.id: one.value for one in theory_of(configured(**parts)).statements if one.applies}

    assert applying() == {
        "schatten": -2,
        "first-round": pytest.approx(250 / 900 + (1 - 250 / 900) * 3 / 30),
        "freedom": pytest.approx(250 / 59),
    }
    assert applying(method={"matrix_power": 0.25})["schatten"] == 1
    assert applying(method={"learned": False}).keys() == {"fixed", "freedom"}
    assert "freedom" not in applying(problem={"true_rank": 10})


@pytest.mark.parametrize(
    ("part", "settings", "pointer", "words"),
    [
        (
            "problem",
            {"true_rank": 31},
            "/problem/true_rank",
            "a matrix of d = 30 rows has no rank r = 31: lower r, or raise d",
        ),
        ("problem", {"observed": 900}, "/problem/observed", "some must be held out: lower n, or raise d"),
        ("method", {"matrix_power": 0}, "/method/matrix_power", "greater than 0"),
        ("training", {"ridge": 0}, "/training/ridge", "greater than 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(part: str, settings: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        configured(**{part: settings})
    assert pointer in [field.pointer for field in caught.value.fields]
    assert words in caught.value.detail
