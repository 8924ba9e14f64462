"""Copies of a network: their step is autograd's, they begin as they should, and those kept are as they began."""

from typing import Any

import pytest
import torch

from emergescope.catalog.parse import parse_config
from emergescope.errors import InvalidConfig
from emergescope.studies.lottery.config import LotteryConfig
from emergescope.studies.lottery.network import Copies, draw_copies, draw_full, kept_neurons, overlaps
from emergescope.toolkit.parity_samples import Samples, draw_relevant
from emergescope.toolkit.seeds import Stream

DOUBLE = (torch.float64, torch.device("cpu"))


def configured(**parts: dict[str, Any]) -> LotteryConfig:
    config = parse_config({"study": "lottery", "seed": 3, "training": {"device": "cpu"}, **parts})
    assert isinstance(config, LotteryConfig)
    return config


@pytest.mark.parametrize("scale", [0.2, 3.0])
def test_a_step_of_each_copy_is_that_of_autograd(scale: float) -> None:
    config = configured(method={"copies": 3, "kept_neurons": 4})
    relevant, eta, batch = draw_relevant(config.problem, 3), 0.1, 32
    mine = draw_copies(config, (3, 4), Stream.STUDENT, *DOUBLE)
    mine.a.mul_(scale)  # so that some samples are outside the margin
    x, y = Samples(relevant, 50, 3, Stream.TRAINING, mine.w).draw(3 * batch)
    leaves = [{name: t[copy].clone().requires_grad_() for name, t in mine.moving.items()} for copy in range(3)]
    losses = []
    for part, copy in enumerate(leaves):
        inputs, labels = x[part * batch : (part + 1) * batch], y[part * batch : (part + 1) * batch]
        output = torch.nn.functional.linear(
            torch.nn.functional.linear(inputs, copy["w"], copy["b"]).relu(), copy["a"][None], copy["c"][None]
        )[:, 0]
        each = torch.clamp(1 - labels * output, min=0)
        assert scale < 1 or 0 < int((each == 0).sum()) < batch
        losses.append(float(each.detach().mean()))
        each.mean().backward()  # type: ignore[no-untyped-call]
    loss = mine.descend(x.view(3, batch, -1), y.view(3, batch), eta)
    assert loss == pytest.approx(sum(losses) / 3, rel=1e-12)
    for part, copy in enumerate(leaves):
        for name, leaf in copy.items():
            assert leaf.grad is not None
            expected = leaf.detach() - eta * leaf.grad
            torch.testing.assert_close(mine.moving[name][part], expected, rtol=1e-12, atol=1e-14)


def test_neurons_begin_with_few_ones_uniform_biases_and_signs() -> None:
    config = configured(method={"width": 1000})
    full = draw_full(config, draw_relevant(config.problem, 3), *DOUBLE)
    assert {*(full.w != 0).sum(-1).flatten().tolist()} == {2}
    assert {*full.w.flatten().tolist()} == {0, 1}
    assert 0.98 < float(full.b.abs().max()) <= 1
    assert float(full.b.square().mean()) == pytest.approx(1 / 3, abs=0.05)
    assert {*full.a.flatten().tolist()} == {-1, 1}
    assert abs(float(full.a.mean())) < 0.1
    assert full.c.tolist() == [0]


def test_neurons_may_begin_without_biases_and_are_the_same_otherwise() -> None:
    relevant = draw_relevant(configured().problem, 3)
    usual, without = (draw_full(configured(method=m), relevant, *DOUBLE) for m in ({}, {"biases": 0.0}))
    assert float(without.b.abs().max()) == 0
    assert torch.equal(without.w, usual.w)
    assert torch.equal(without.a, usual.a)


@pytest.mark.parametrize("tickets", [0, 1, 7])
def test_there_are_as_many_tickets_as_asked_for(tickets: int) -> None:
    config = configured(problem={"n": 8, "k": 3}, method={"tickets": tickets})
    relevant = draw_relevant(config.problem, 3)
    full, by_chance = (draw_full(one, relevant, *DOUBLE) for one in (config, configured(problem={"n": 8, "k": 3})))
    assert int((overlaps(full.w[0], relevant) == 2).sum()) == tickets
    assert {*(full.w != 0).sum(-1).flatten().tolist()} == {2}
    same = (full.w == by_chance.w).all(-1)[0]
    assert 50 < int(same.sum()) < 100  # only those in the way were drawn again
    assert torch.equal(full.b, by_chance.b)


def test_kept_neurons_are_those_of_the_norm_and_begin_anew_alike() -> None:
    w = torch.tensor([[[3.0, 4], [0, 1], [6, 8], [2, 0]]])
    network = Copies(w, torch.arange(4.0)[None], torch.arange(4.0)[None] + 10, torch.tensor([0.5]))
    config = configured(method={"kept_neurons": 2})
    assert kept_neurons(network, config.method).tolist() == [2, 0]
    smallest = configured(method={"kept_neurons": 2, "kept_norm": "smallest"})
    assert kept_neurons(network, smallest.method).tolist() == [1, 3]
    alone = network.alone(torch.tensor([2, 0]), 3)
    assert alone.w.shape == (3, 2, 2)
    assert alone.a.tolist() == [[12, 10]] * 3
    assert alone.c.tolist() == [0.5] * 3
    alone.w[0, 0, 0] = 7
    assert (float(network.w[0, 2, 0]), float(alone.w[1, 0, 0])) == (6, 6)
    x = torch.randn(5, 2)
    expected = torch.relu(x @ w[0, [2, 0]].T + torch.tensor([2.0, 0])) @ torch.tensor([12.0, 10]) + 0.5
    torch.testing.assert_close(alone.output(x)[1], expected)


@pytest.mark.parametrize(
    ("parts", "pointer", "words"),
    [
        ({"method": {"kept_neurons": 8, "width": 7}}, "/method", "lower kept, or raise width"),
        ({"method": {"tickets": 101}}, "/method", "lower tickets, or raise width"),
        ({"problem": {"n": 5}, "method": {"tickets": 1}}, "", "leave tickets empty, or raise n"),
        ({"problem": {"n": 5}, "method": {"nonzero_weights": 6}}, "", "raise n, or lower nonzero"),
        ({"method": {"kept_norm": "some"}}, "/method/kept_norm", "'largest' or 'smallest'"),
        ({"method": {"biases": -1}}, "/method/biases", "greater than or equal to 0"),
        ({"training": {"eta": 0}}, "/training/eta", "greater than 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(parts: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        configured(**parts)
    assert pointer in [field.pointer for field in caught.value.fields]
    assert words in caught.value.detail
