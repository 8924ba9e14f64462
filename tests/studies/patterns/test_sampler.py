"""Samples follow the laws of section 3."""

import itertools
import math

import pytest
import torch

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.drawn import Sampler, draw_dictionary
from emergescope.studies.patterns.labels import IntervalLabels, Labels, ListLabels, MajorityLabels, ParityLabels
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.hinge.samples import Batch
from emergescope.toolkit.seeds import Stream, generator

N = 40_000
RELEVANT = (2, 5, 9)
DICTIONARY = Dictionary(torch.eye(40, 21, dtype=torch.float64), RELEVANT)


def _sample(problem: DictionaryProblem, n: int = N, seed: int = 0) -> tuple[Batch, torch.Tensor]:
    """A batch, and its hidden vectors phi~ as zeros and ones, [n, D]."""
    batch = Sampler(problem, DICTIONARY, generator(seed, Stream.TRAINING), torch.float64).batch(n)
    mean = torch.full((problem.D,), problem.p_o, dtype=torch.float64)
    mean[list(RELEVANT)] = problem.relevant_probability
    return batch, batch.x * problem.sigma_tilde + mean


@pytest.mark.parametrize("p_o", [0.5, 0.2])
def test_hidden_vectors_are_standardised_bits(p_o: float) -> None:
    problem = DictionaryProblem(d=40, D=21, k=3, p_o=p_o)
    batch, bits = _sample(problem)
    assert torch.allclose(bits, bits.round(), atol=1e-9)
    assert set(bits.round().flatten().tolist()) == {0.0, 1.0}
    assert torch.allclose(batch.x.mean(0), torch.zeros(21, dtype=torch.float64), atol=0.02)
    # x = M phi has E|x|^2 = 1 for an orthonormal dictionary
    assert float(batch.x.square().sum(1).mean()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("p_o", [0.5, 0.2])
def test_structure_makes_relevant_patterns_occur_together(p_o: float) -> None:
    problem = DictionaryProblem(d=40, D=21, k=3, p_o=p_o)
    batch, bits = _sample(problem)
    relevant = bits[:, list(RELEVANT)].round()
    assert torch.equal(relevant.sum(1).long(), batch.count)
    together = float(((batch.count == 0) | (batch.count == 3)).double().mean())
    assert together == pytest.approx(1 - p_o + p_o * 2 / 8, abs=0.01)
    background = [j for j in range(21) if j not in RELEVANT]
    assert torch.allclose(bits[:, background].mean(0), torch.tensor(p_o, dtype=torch.float64), atol=0.015)
    # (A1): gamma = E[y phi~_i] - E[y] E[phi~_i] for relevant i, nothing for background ones
    gamma = (batch.y[:, None] * bits).mean(0) - batch.y.mean() * bits.mean(0)
    assert torch.allclose(gamma[list(RELEVANT)], torch.tensor((1 - p_o) / 2, dtype=torch.float64), atol=0.015)
    assert problem.gamma == pytest.approx((1 - p_o) / 2)
    assert torch.allclose(gamma[background], torch.zeros(18, dtype=torch.float64), atol=0.015)


def test_without_structure_all_patterns_are_independent_coins() -> None:
    problem = DictionaryProblem(d=40, D=21, k=3, structure=False)
    batch, bits = _sample(problem)
    covariance = torch.cov(bits.T)
    assert torch.allclose(covariance, 0.25 * torch.eye(21, dtype=torch.float64), atol=0.01)
    gamma = (batch.y[:, None] * bits).mean(0) - batch.y.mean() * bits.mean(0)
    assert float(gamma.abs().max()) < 0.015
    assert problem.correlation == 0


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (ParityLabels(), {1, 3}),
        (MajorityLabels(), {2, 3}),
        (IntervalLabels(low=2, high=3), {2, 3}),
        (ListLabels(counts=(3,)), {3}),
    ],
)
def test_labels_are_decided_by_the_count(labels: Labels, positive: set[int]) -> None:
    problem = DictionaryProblem(d=40, D=21, k=3, labels=labels)
    batch, _ = _sample(problem, 4000)
    expected = torch.tensor([1.0 if int(c) in positive else -1.0 for c in batch.count], dtype=torch.float64)
    assert torch.equal(batch.y, expected)
    assert float((batch.y > 0).double().mean()) == pytest.approx(problem.positive_share, abs=0.03)


@pytest.mark.parametrize("structure", [True, False])
@pytest.mark.parametrize("counts", [(3,), (1, 3), (2, 3), (1, 2, 3), (1, 2), (2,)])
def test_moments_agree_with_enumeration(structure: bool, counts: tuple[int, ...]) -> None:
    """gamma and P(y = 1) against the sum over all relevant bits."""
    p_o = 0.5 if not structure else 0.3
    problem = DictionaryProblem(d=40, D=21, k=3, p_o=p_o, structure=structure, labels=ListLabels(counts=counts))
    parity = p_o if structure else 1.0
    e_y = e_phi = e_y_phi = 0.0
    for bits in itertools.product((0, 1), repeat=3):
        high, low = max(counts), min(c for c in range(4) if c not in counts)
        aligned = sum(0.5 / math.comb(3, c) for c in (high, low) if sum(bits) == c)
        weight = parity / 8 + (1 - parity) * aligned
        y = 1 if sum(bits) in counts else -1
        e_y += weight * y
        e_phi += weight * bits[0]
        e_y_phi += weight * y * bits[0]
    assert problem.relevant_probability == pytest.approx(e_phi)
    assert problem.correlation == pytest.approx(e_y_phi - e_y * e_phi)
    assert problem.positive_share == pytest.approx((1 + e_y) / 2)


def test_same_seed_same_samples_and_streams_differ() -> None:
    problem = DictionaryProblem(d=40, D=21, k=3)
    first, again, other = (_sample(problem, 100, seed)[0].x for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    train, test = (Sampler(problem, DICTIONARY, generator(1, s)).batch(100).x for s in (Stream.TRAINING, Stream.TEST))
    assert not torch.equal(train, test)


def test_chunks_hold_all_samples() -> None:
    problem = DictionaryProblem(d=40, D=21, k=3)
    sizes = [b.y.numel() for b in Sampler(problem, DICTIONARY, generator(0, Stream.TEST)).chunks(2500)]
    assert sum(sizes) == 2500
    assert max(sizes) <= 1024


def test_the_dictionary_is_orthonormal_and_the_relevant_set_varies() -> None:
    problem = DictionaryProblem(d=40, D=21, k=3)
    dictionaries = [draw_dictionary(problem, generator(seed, Stream.DICTIONARY)) for seed in range(5)]
    for dictionary in dictionaries:
        assert dictionary.is_orthonormal
        assert len(set(dictionary.relevant)) == 3
        assert float(dictionary.signal.norm()) == pytest.approx(3**0.5)
    assert len({d.relevant for d in dictionaries}) > 1


def test_an_interval_inside_has_aligned_inputs_at_its_upper_end() -> None:
    """P = {1, 2}: aligned inputs have two relevant patterns (any two), or none."""
    problem = DictionaryProblem(d=40, D=21, k=3, p_o=0.0, labels=IntervalLabels(low=1, high=2))
    batch, bits = _sample(problem)
    assert set(batch.count.tolist()) == {0, 2}
    assert problem.gamma > 0
    shares = bits[batch.count == 2][:, list(RELEVANT)].mean(0)
    assert torch.allclose(shares, torch.full((3,), 2 / 3, dtype=torch.float64), atol=0.02)


def test_unbalanced_classes_and_standardised_inputs() -> None:
    problem = DictionaryProblem(d=40, D=21, k=3, p_o=0.2, aligned_positive=0.8)
    batch, _ = _sample(problem)
    assert float((batch.y > 0).double().mean()) == pytest.approx(problem.positive_share, abs=0.01)
    assert problem.positive_share == pytest.approx(0.2 * 0.5 + 0.8 * 0.8)
    assert float(batch.x[:, list(RELEVANT)].mean()) == pytest.approx(0, abs=0.01)
    assert float(batch.x.square().sum(1).mean()) == pytest.approx(1, abs=0.02)


def test_label_noise_is_for_training_samples_alone() -> None:
    problem = DictionaryProblem(d=40, D=21, k=3, label_noise=0.25)
    for noisy, share in ((True, 0.25), (False, 0.0)):
        chance = generator(0, Stream.TRAINING)
        batch = Sampler(problem, DICTIONARY, chance, torch.float64, noisy_labels=noisy).batch(N)
        clean = torch.where(batch.count % 2 == 1, 1.0, -1.0)
        assert float((batch.y != clean).double().mean()) == pytest.approx(share, abs=0.01)
    assert problem.correlation == pytest.approx(0.25 / 2)


def test_input_noise_leaves_the_span_of_the_patterns() -> None:
    problem = DictionaryProblem(d=40, D=21, k=3, input_noise=0.3)
    x = Sampler(problem, DICTIONARY, generator(0, Stream.TRAINING), torch.float64).batch(N).x
    assert x.shape == (N, 40)
    outside = x[:, 21:]  # the patterns are the first unit vectors here
    assert float(outside.std()) == pytest.approx(0.3, rel=0.02)
    assert float(x.square().sum(1).mean()) == pytest.approx(1 + 40 * 0.09, rel=0.02)


def test_an_incoherent_dictionary_has_unit_patterns_that_overlap_a_little() -> None:
    problem = DictionaryProblem(d=400, D=30, k=3, dictionary="incoherent")
    dictionary = draw_dictionary(problem, generator(0, Stream.DICTIONARY))
    assert torch.allclose(dictionary.matrix.norm(dim=0), torch.ones(30, dtype=torch.float64))
    assert 0.05 < dictionary.coherence < 0.3
    assert DictionaryProblem(d=20, D=30, k=3, dictionary="incoherent").D == 30  # more patterns than dimensions
