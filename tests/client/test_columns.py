"""Columns as NumPy, pandas and Arrow, of which only NumPy must be there."""

import sys
from types import ModuleType

import numpy as np
import pytest

from emergescope.client.frames import Columns, read_metrics
from emergescope.errors import EmergescopeError


@pytest.fixture
def columns() -> Columns:
    return Columns({"step": np.array([0, 2]), "loss": np.array([1.5, np.nan]), "bins": np.ones((2, 3), np.uint16)})


def test_they_are_a_mapping(columns: Columns) -> None:
    assert (list(columns), len(columns), repr(columns)) == (
        ["step", "loss", "bins"],
        3,
        "Columns(2 rows: step, loss, bins)",
    )


def test_pandas(columns: Columns) -> None:
    table = columns.to_pandas()
    assert table["step"].tolist() == [0, 2]
    assert table["loss"].isna().tolist() == [False, True]
    assert table["bins"][1].tolist() == [1, 1, 1]


def test_arrow_is_given_one_array_for_each_column(columns: Columns, monkeypatch: pytest.MonkeyPatch) -> None:
    arrow = ModuleType("pyarrow")
    monkeypatch.setattr(arrow, "table", lambda columns: columns, raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", arrow)
    given = columns.to_arrow()
    assert given["step"].tolist() == [0, 2]
    assert [row.tolist() for row in given["bins"]] == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize(("package", "method"), [("pandas", "to_pandas"), ("pyarrow", "to_arrow")])
def test_what_is_missing_is_named(columns: Columns, monkeypatch: pytest.MonkeyPatch, package: str, method: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EmergescopeError, match=f"needs {package}: pip install {package}"):
        getattr(columns, method)()


def test_what_is_no_number_is_none() -> None:
    columns = read_metrics(b'{"seq": [0, 1], "step": [0, 9], "loss": [0.5, null]}')
    assert columns["seq"].dtype == columns["step"].dtype == np.int64
    np.testing.assert_array_equal(columns["loss"], [0.5, np.nan])
    assert len(read_metrics(b'{"seq": [], "step": []}')["seq"]) == 0
