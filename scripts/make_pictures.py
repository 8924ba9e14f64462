"""Draws the gallery's pictures from real runs: the hero of each preset's display.

    python scripts/make_pictures.py [PRESET ...]

Writes frontend/pictures/<id with / as ->.svg, for all presets that need one unless some are named. What is drawn
follows from the display alone: curves and densities over all steps; of all else the start, half-way and the end, side
by side. A picture holds its colours for light and for dark paper. Presets that promise no values have not been run, and
have no picture; variants stand on the card of another and can do without, and so can what runs for long. Data sets are
looked for in EMERGESCOPE_DATA_DIR; presets whose data are not there keep the picture that they have.
"""

import argparse
import os
from pathlib import Path

from pictures import picture

from emergescope.catalog.gallery import load_cards
from emergescope.catalog.registry import get_preset, study_of
from emergescope.config.run import RunConfig
from emergescope.datasets import VARIABLE
from emergescope.engine import run
from emergescope.errors import DataMissing
from emergescope.recording.display import Display
from emergescope.recording.events import Captured, Frame, Started

FOLDER = Path(__file__).resolve().parent.parent / "frontend" / "pictures"
LONG = 600  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the gallery's pictures from real runs.")
    parser.add_argument("presets", nargs="*", metavar="PRESET", help="ids of presets; all of them when none is named")
    FOLDER.mkdir(exist_ok=True)
    for identifier in parser.parse_args().presets or needed():
        try:
            drawn = picture(*film(get_preset(identifier).config))
        except DataMissing as error:
            print(f"{identifier}: {error}")
            continue
        file = FOLDER / f"{identifier.replace('/', '-')}.svg"
        file.write_text(drawn, "utf-8")
        print(f"{file.name}: {file.stat().st_size / 1000:.1f} kB")


def needed() -> list[str]:
    """Ids of the presets that are to have a picture."""
    cards = [card for card in load_cards().values() if card.captions and card.variant_of is None]
    return [card.preset.id for card in cards if card.preset.expected and card.preset.seconds <= LONG]


def film(config: RunConfig) -> tuple[list[Frame], Display]:
    """A run, and how it is shown."""
    place = os.environ.get(VARIABLE)
    events = list(run(config, data_dir=Path(place) if place else None))
    [started] = [event for event in events if isinstance(event, Started)]
    frames = [event.frame for event in events if isinstance(event, Captured)]
    return frames, study_of(config).display(config, started.facts)


if __name__ == "__main__":
    main()
