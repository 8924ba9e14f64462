"""The theorems' numbers, and where they say that they do not hold."""

from typing import Any

import pytest

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.config.run import RunConfig
from emergescope.studies.patterns.theory import best_threshold, hinge_floor, query_count, theory_of
from emergescope.studies.study import ReferenceLine, Statement
from tests.patterns import patterns


def _by_id(overrides: dict[str, Any]) -> dict[str, Statement]:
    config = apply_overrides(get_preset("paper/parity").config, overrides)
    return {statement.id: statement for statement in theory_of(patterns(config)).statements}


def _lines(config: RunConfig) -> tuple[ReferenceLine, ...]:
    return theory_of(patterns(config)).lines


def test_reference_lines_of_the_papers_setting() -> None:
    lines = _lines(get_preset("paper/parity").config)
    assert [line.value for line in lines] == pytest.approx([0.75, 0.84375])
    assert lines[1].text == "one threshold 84.4 %"
    assert best_threshold(5) == 0.6875
    assert _lines(get_preset("paper/parity-no-structure").config) == ()
    assert _lines(get_preset("paper/majority").config) == ()


def test_theorem_2_speaks_of_small_weights_only() -> None:
    assert hinge_floor(0.5, 5, 600, 0.0) == 0.5
    assert hinge_floor(0.5, 20, 600, 1.0) == pytest.approx(0.5 * (1 - 1200**0.5 / 2**20))
    many = apply_overrides(get_preset("paper/parity").config, {"problem.k": 11})
    (floor,) = [line for line in _lines(many) if line.metric == "loss"]
    assert floor.value == pytest.approx(0.5 * (1 - 1200**0.5 / 2**11))
    few = _by_id({"method": {"kind": "ntk"}, "training.phases": [{"steps": 1}]})["theorem-2"]
    assert few.applies
    assert "norm below 0.92" in " ".join(few.limits)
    assert not _by_id({})["theorem-2"].applies  # the network's features are not fixed


def test_theorem_3_counts_queries_without_structure() -> None:
    assert query_count(100, 5) == pytest.approx(0.5 * 75_287_520 ** (1 / 3))
    assert not _by_id({})["theorem-3"].applies
    assert _by_id({"problem.structure": False})["theorem-3"].applies


def test_lemma_5_names_what_breaks_it() -> None:
    assert _by_id({})["lemma-5"].value == pytest.approx(0.05)
    assert _by_id({})["lemma-5"].limits == ()
    unbalanced = _by_id({"problem.aligned_positive": 0.8})["lemma-5"]
    assert any("unbalanced" in limit for limit in unbalanced.limits)
    small = _by_id({"training.phases.0.samples": 100})["lemma-5"]
    assert any("100 samples" in limit for limit in small.limits)
    assert not _by_id({"problem.structure": False})["lemma-5"].applies


def test_every_statement_says_what_it_assumes() -> None:
    for preset in ("paper/parity", "paper/parity-ntk", "paper/parity-no-structure", "paper/interval", "quick"):
        for statement in theory_of(patterns(get_preset(preset).config)).statements:
            assert statement.formula
            assert statement.text
            assert statement.assumptions
