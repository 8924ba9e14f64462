"""Settings come from the environment or the caller, refuse nonsense by name, and are all in docs/settings.md."""

import re
from pathlib import Path

import pytest

from emergescope.errors import InvalidConfig
from emergescope.settings import PREFIX, Settings, load_settings

DOCS = Path(__file__).parents[1] / "docs" / "settings.md"


def test_environment_and_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGESCOPE_PORT", "9001")
    monkeypatch.setenv("EMERGESCOPE_WORKERS", "3")
    settings = load_settings(workers=5, host=None)
    assert (settings.port, settings.workers, settings.host) == (9001, 5, "127.0.0.1")


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "70000"), ("PORT", "x"), ("WORKERS", "0"), ("THREADS", "0"), ("MAX_BODY", "1")]
)
def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(InvalidConfig, match=PREFIX + name) as caught:
        load_settings()
    assert [field.pointer for field in caught.value.fields] == [f"/{name.lower()}"]


def test_the_table_in_docs_is_complete() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| (.+) \|$", DOCS.read_text("utf-8"), re.MULTILINE))
    assert rows == {PREFIX + name.upper(): field.description for name, field in Settings.model_fields.items()}
