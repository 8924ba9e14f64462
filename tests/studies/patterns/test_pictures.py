"""Dictionaries of pictures: whole, crisp, overlapping little, and refused in words where they cannot be drawn."""

from typing import Any, get_args

import pytest
import torch
from torch import Tensor

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.errors import InvalidConfig
from emergescope.studies.patterns import pictures
from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.drawn import DrawnDictionary, draw_dictionary
from emergescope.studies.patterns.motif import MOST_PICTURES, MOTIFS, SIDE, Motif, Part
from emergescope.studies.patterns.pictures import MOST_COHERENCE, MOST_SIGNAL, ink
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.seeds import Stream, generator


def _problem(motif: Motif = "face", D: int = 64) -> DictionaryProblem:
    return DictionaryProblem(dictionary="pictures", motif=motif, d=SIDE**2, D=D, k=len(MOTIFS[motif]))


def _draw(motif: Motif = "face", D: int = 64, seed: int = 0) -> Dictionary:
    return draw_dictionary(_problem(motif, D), generator(seed, Stream.DICTIONARY))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("motif", MOTIFS)
def test_patterns_are_unit_vectors_that_overlap_as_little_as_promised(motif: Motif, seed: int) -> None:
    drawn = _draw(motif, MOST_PICTURES, seed)
    assert drawn.matrix.shape == (SIDE**2, MOST_PICTURES)
    assert drawn.matrix.dtype == torch.float64
    assert torch.allclose(drawn.matrix.norm(dim=0), torch.ones(MOST_PICTURES, dtype=torch.float64))
    assert 0 < drawn.coherence <= MOST_COHERENCE
    background = [j for j in range(MOST_PICTURES) if j not in drawn.relevant]
    assert float((drawn.signal @ drawn.matrix[:, background]).max()) <= MOST_SIGNAL
    assert torch.linalg.matrix_rank(drawn.matrix) == MOST_PICTURES


@pytest.mark.parametrize("motif", MOTIFS)
def test_the_relevant_patterns_are_the_parts_of_the_motif_and_add_up_to_it(motif: Motif) -> None:
    drawn, parts = _draw(motif), MOTIFS[motif]
    assert len(drawn.relevant) == len(parts)
    assert len(parts) % 2 == 1, "structure needs it of parity and of majority"
    assert drawn.names is not None
    assert [drawn.names[j] for j in drawn.relevant] == [part.name for part in parts]
    whole = torch.zeros(SIDE**2, dtype=torch.float64)
    for j, part in zip(drawn.relevant, parts, strict=True):
        assert torch.allclose(drawn.matrix[:, j], ink(part) / ink(part).norm())
        whole += drawn.matrix[:, j]
    assert torch.equal(drawn.signal, whole)
    # Parts hardly touch: each counts for the same in an input's product with s.
    assert torch.allclose(drawn.matrix[:, list(drawn.relevant)].T @ whole, torch.ones(1, dtype=torch.float64), atol=0.1)


def test_a_face_looks_like_one() -> None:
    face = _picture(_draw("face").signal)
    assert torch.allclose(face, face.flip(1), atol=1e-12), "the left is as the right"
    half = float(face.max()) / 2
    rows = [(row > half).nonzero()[:, 0].tolist() for row in face]
    assert rows[6] == rows[7] == [5, 6, 7, 12, 13, 14], "two eyes"
    assert rows[10] == [9, 10], "a nose"
    assert rows[12][0] < rows[14][0] < 8, "the mouth rises to the left"
    assert all(rows[y] == [] for y in (0, 1, 2, 3, 17, 18, 19))


@pytest.mark.parametrize("part", [part for parts in MOTIFS.values() for part in parts], ids=lambda part: part.name)
def test_parts_of_a_motif_lie_whole_on_the_canvas(part: Part) -> None:
    assert _is_whole(part)


def test_ink_fades_over_one_pixel() -> None:
    dot = _picture(ink(Part("dot", ((3, 5),), 1)))
    assert dot[5, 2:7].tolist() == pytest.approx([0.5, 1, 0.5, 0, 0])
    assert dot[:, 3].nonzero()[:, 0].tolist() == [4, 5, 6]
    line = _picture(ink(Part("line", ((2, 7), (6, 7)))))
    assert line[7].nonzero()[:, 0].tolist() == [2, 3, 4, 5, 6]
    assert line.sum() == 5


def test_no_pattern_is_cut_by_the_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[Part] = []

    def watched(part: Part) -> Tensor:
        looked_at.append(part)
        return ink(part)

    monkeypatch.setattr(pictures, "ink", watched)
    _draw(D=MOST_PICTURES)
    assert len(looked_at) >= MOST_PICTURES
    assert all(_is_whole(part) for part in looked_at)


def test_the_same_seed_draws_the_same_and_another_one_other_backgrounds_and_places() -> None:
    first, again, other = _draw(), _draw(), _draw(seed=1)
    assert torch.equal(first.matrix, again.matrix)
    assert (first.relevant, first.names) == (again.relevant, again.names)
    assert first.relevant != other.relevant
    assert torch.equal(first.matrix[:, list(first.relevant)], other.matrix[:, list(other.relevant)])
    assert not torch.equal(first.matrix, other.matrix)
    assert {"stroke", "corner", "blob"} <= {name.split()[0] for name in first.names or ()}
    assert len(set(first.names or ())) == 64


def test_what_was_drawn_says_that_inputs_are_pictures() -> None:
    drawn = DrawnDictionary(_problem(), 0, "cpu", torch.float32)
    assert drawn.picture == (SIDE, SIDE)
    assert drawn.names == _draw().names
    plain = DrawnDictionary(DictionaryProblem(), 0, "cpu", torch.float32)
    assert plain.picture is None
    assert plain.names is None


def test_every_motif_has_a_drawing() -> None:
    assert set(get_args(Motif)) == set(MOTIFS)


@pytest.mark.parametrize(
    ("overrides", "pointers", "words"),
    [
        ({"problem.d": 500}, ["/problem/d"], ["20 x 20", "set d to 400"]),
        ({"problem.D": 81}, ["/problem/D"], ["at most 80", "not 81"]),
        ({"problem.k": 3}, ["/problem/k"], ["the face has 5 parts", "set k to 5"]),
        ({"problem.motif": "house"}, ["/problem/k"], ["the house has 7 parts", "set k to 7"]),
        ({"problem.motif": "cat"}, ["/problem/motif"], ["'face'", "'house'"]),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_value_to_set(
    overrides: dict[str, Any], pointers: list[str], words: list[str]
) -> None:
    with pytest.raises(InvalidConfig) as refused:
        apply_overrides(get_preset("image-dictionary").config, overrides)
    assert [field.pointer for field in refused.value.fields] == pointers
    assert all(word in refused.value.detail for word in words)


def test_changing_to_pictures_says_all_that_has_to_change_with_it() -> None:
    with pytest.raises(InvalidConfig) as refused:
        apply_overrides(get_preset("paper/majority").config, {"problem.dictionary": "pictures", "problem.k": 7})
    assert [field.pointer for field in refused.value.fields] == ["/problem/d", "/problem/D", "/problem/k"]


def test_a_motif_means_nothing_to_other_dictionaries() -> None:
    plain, other = DictionaryProblem(), DictionaryProblem(motif="house")
    draws = [draw_dictionary(problem, generator(0, Stream.DICTIONARY)) for problem in (plain, other)]
    assert torch.equal(draws[0].matrix, draws[1].matrix)


def test_a_search_that_finds_too_few_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_TRIES", 20)
    with pytest.raises(InvalidConfig, match="lower D") as refused:
        _draw()
    assert refused.value.fields[0].pointer == "/problem/D"


def _picture(vector: Tensor) -> Tensor:
    return vector.reshape(SIDE, SIDE)


def _is_whole(part: Part) -> bool:
    return all(part.radius <= c <= SIDE - 1 - part.radius for point in part.points for c in point)
