"""How a run in a file is shown: by the study that its configuration names."""

from emergescope.archive.head import Head
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import study_of
from emergescope.config.base import shown
from emergescope.errors import InvalidConfig
from emergescope.recording.display import Display


def display_of(head: Head) -> Display:
    """One whose settings cannot be read here has its name alone."""
    try:
        config = parse_config(head.config)
    except InvalidConfig:
        return Display(shown(head.name), {})
    return study_of(config).display(config, head.facts)
