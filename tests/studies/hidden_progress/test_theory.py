"""What theory says of sparse parity, against counting."""

import itertools
from math import comb

import numpy as np
import pytest
import torch

from emergescope.errors import InvalidConfig
from emergescope.studies.hidden_progress.config import OneHiddenLayer
from emergescope.studies.hidden_progress.dynamics import compare
from emergescope.studies.hidden_progress.network import Network, draw_network
from emergescope.studies.hidden_progress.theory import (
    Doubles,
    gap,
    majority_coefficient,
    population_gradient,
    sample_count,
    theory_of,
)
from emergescope.toolkit.parity_samples import Samples
from emergescope.toolkit.seeds import Stream
from tests.studies.hidden_progress.runs import configured


def signs(n: int) -> Doubles:
    """All of them, [2^n, n]."""
    return np.array(list(itertools.product((-1.0, 1.0), repeat=n)))


@pytest.mark.parametrize("n", [3, 5, 9, 13])
def test_coefficients_of_majority_are_those_of_counting(n: int) -> None:
    x = signs(n)
    majority = np.sign(x.sum(1))
    for size in range(1, n + 1):
        counted = abs(float((majority * x[:, :size].prod(1)).mean()))
        assert majority_coefficient(n, size) == pytest.approx(counted, abs=1e-12)
    squares = sum(comb(n, size) * majority_coefficient(n, size) ** 2 for size in range(1, n + 1))
    assert squares == pytest.approx(1)


@pytest.mark.parametrize(("n", "k"), [(9, 2), (13, 4), (51, 4), (2001, 6)])
def test_the_gap_of_majority(n: int, k: int) -> None:
    ratio = majority_coefficient(n, k - 1) / majority_coefficient(n, k + 1)
    assert ratio == pytest.approx((n - k) / (k - 1))
    statement = next(s for s in theory_of(configured(problem={"n": n, "k": k})).statements if s.id == "fourier-gap")
    assert statement.value == pytest.approx(ratio)
    assert not statement.applies  # weights do not begin as signs here


def counted(w: Doubles, b: float, subset: list[int]) -> float:
    """E[1(<w, x> + b > 0) prod_{l in subset} x_l] over all x: of each half of the inputs, one half of them sorted."""
    half = len(w) // 2
    x = signs(half)
    first, second = x @ w[:half], x @ w[half:]
    of_first = x[:, [j for j in subset if j < half]].prod(1)
    of_second = x[:, [j - half for j in subset if j >= half]].prod(1)
    order = np.argsort(second)
    above = np.concatenate([of_second[order][::-1].cumsum()[::-1], [0.0]])
    places = np.searchsorted(second[order], -b - first, side="right")
    return float((of_first * above[places]).sum() / len(x) ** 2)


def test_halves_count_as_the_whole_does() -> None:
    chance = np.random.default_rng(0)
    w, b = chance.uniform(-1, 1, 10), 0.3
    x = signs(10)
    whole = ((x @ w + b > 0) * x[:, [1, 4, 8]].prod(1)).mean()
    assert counted(w, b, [1, 4, 8]) == pytest.approx(whole)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_first_gradient_is_that_of_counting(k: int) -> None:
    n, chance = 30, np.random.default_rng(k)
    relevant = sorted(chance.permutation(n)[:k].tolist())
    w, b = chance.uniform(-1, 1, (2, n)) / n**0.5, chance.uniform(-1, 1, 2) / n**0.5
    found = population_gradient(w, b, relevant)
    for i, j in itertools.product(range(2), [*relevant[:2], *(j for j in range(n) if j not in relevant)][:4]):
        subset = sorted({*relevant} ^ {j})
        assert found[i, j] == pytest.approx(counted(w[i], b[i], subset), abs=5e-6, rel=0.01)


@pytest.mark.parametrize(("n", "k", "near"), [(50, 3, 0.15), (51, 4, 0.15), (51, 2, 0.15)])
def test_the_gap_of_uniform_weights_is_near_that_of_the_integral(n: int, k: int, near: float) -> None:
    chance = np.random.default_rng(0)
    w, b = chance.uniform(-1, 1, (300, n)) / n**0.5, chance.uniform(-1, 1, 300) / n**0.5
    size = np.square(population_gradient(w, b, range(k))).mean(0)
    expected = gap(configured(problem={"n": n, "k": k}))
    assert expected is not None
    assert float(np.sqrt(size[:k].mean() / size[k:].mean())) == pytest.approx(expected, rel=near)


def drawn(biases: bool = True, n: int = 40) -> Network:
    return draw_network(OneHiddenLayer(width=20, biases=biases), n, 0, torch.float32, "cpu")


def test_the_measured_first_gradient_is_near_the_predicted() -> None:
    network, relevant = drawn(), [3, 20]
    event = compare(network, Samples(relevant, 40, 0, Stream.PROBE_FIT, network.w), 2**17, relevant)
    assert event is not None
    assert event.data is not None
    for group in ("relevant", "background"):
        found = event.data[group]
        assert abs(found["measured"] - found["predicted"]) < 4 * found["deviation"]
    assert event.data["relevant"]["measured"] > 10 * event.data["background"]["measured"]
    assert "predicted" in event.text


def test_the_first_gradient_of_a_network_that_is_not_finite_is_not_told() -> None:
    network = drawn()
    network.w[0, 0] = torch.nan
    assert compare(network, Samples([3], 40, 0, Stream.PROBE_FIT, network.w), 100, [3]) is None


def test_it_is_measured_where_it_can_be() -> None:
    assert sample_count(configured(problem={"n": 50})) == 2**20
    assert sample_count(configured(problem={"n": 20})) == 0
    assert sample_count(configured(problem={"n": 50, "labels": "random"})) == 0
    assert sample_count(configured(problem={"n": 50, "k": 3}, method={"biases": False})) == 0
    assert sample_count(configured(problem={"n": 4096}, method={"width": 10_000})) == 0


def test_without_biases_an_odd_parity_is_worth_no_less_than_nothing() -> None:
    """The statement about the loss, and that it is none about the error."""
    x = signs(9)
    y = x[:, :3].prod(1)
    chance = np.random.default_rng(0)
    for scale in (0.1, 1.0, 10.0):
        w, a = chance.normal(size=(20, 9)) * scale, chance.normal(size=20)
        output = np.maximum(x @ w.T, 0) @ a
        assert float((y * output).mean()) == pytest.approx(0, abs=1e-9 * scale)
        assert float(np.maximum(1 - y * output, 0).mean()) >= 1 - 1e-9
    minus = -x[:, :3].sum(1)  # relu(<w, x>) - relu(-<w, x>), with w of minus ones
    assert float((minus * y > 0).mean()) == 0.75
    assert float(np.maximum(1 - y * minus, 0).mean()) >= 1


@pytest.mark.parametrize(
    ("problem", "biases", "applies"),
    [
        ({"k": 3}, False, {"no-biases"}),
        ({"k": 3}, True, {"first-gradient"}),
        ({"k": 2}, False, {"first-gradient"}),
        ({"k": 3, "labels": "random"}, True, set()),
        ({"k": 1}, False, set()),
        ({"k": 20}, True, set()),
    ],
)
def test_statements_apply_where_their_assumptions_hold(
    problem: dict[str, object], biases: bool, applies: set[str]
) -> None:
    theory = theory_of(configured(problem=problem, method={"biases": biases}))
    assert {statement.id for statement in theory.statements if statement.applies} == applies
    assert all(statement.text and statement.assumptions for statement in theory.statements)
    assert ("test_loss" in {line.metric for line in theory.lines}) == ("no-biases" in applies)


@pytest.mark.parametrize(
    ("part", "settings", "pointer", "words"),
    [
        ("problem", {"k": 21}, "/problem/k", "cannot be among n = 20: lower k, or raise n"),
        ("problem", {"k": 0}, "/problem/k", "greater than or equal to 1"),
        ("problem", {"n": 1}, "/problem/n", "greater than or equal to 2"),
        ("problem", {"labels": "majority"}, "/problem/labels", "'parity' or 'random'"),
        ("training", {"eta": 0}, "/training/eta", "greater than 0"),
        ("training", {"batch": 0}, "/training/batch", "greater than or equal to 1"),
        ("method", {"width": "1,5"}, "/method/width", "not a whole number"),
        ("method", {"depth": 3}, "/method/depth", "no such field"),
    ],
)
def test_what_cannot_be_is_refused_in_words(part: str, settings: dict[str, object], pointer: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        configured(**{part: settings})
    assert pointer in [field.pointer for field in caught.value.fields]
    assert words in caught.value.detail
