"""docs/reference.md says of the Python interface what the source says, and of all of it that is there by name."""

from scripts.make_reference import PAGE, reference

import emergescope
import emergescope.client


def test_the_reference_is_that_of_the_source() -> None:
    assert PAGE.read_text("utf-8") == reference(), "docs/reference.md is of another source: `make reference` writes it"


def test_it_has_what_programs_import() -> None:
    page = PAGE.read_text("utf-8")
    for name in set(emergescope.__all__) - {"__version__"}:
        assert f"### `emergescope.{name}`" in page
    for name in set(emergescope.client.__all__) - set(emergescope.__all__):
        assert f"### `emergescope.client.{name}`" in page
    assert "#### `Recorder.snapshot`" in page
    assert "frame(run: Run | str, seq: int | None = None) -> RunFrame\n" in page  # types without quotes
    assert "when_behind: Literal['wait', 'drop'] = 'wait'," in page
    assert "_TIMEOUT" not in page  # numbers in the place of names that nobody outside knows
