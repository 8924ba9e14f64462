"""The gallery: its sections, and what a card says of each preset. Studies declare it; here it is put together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from emergescope.catalog.experiments import ExperimentPreset
from emergescope.catalog.registry import Preset, get_preset, load_presets, load_studies, study_of
from emergescope.catalog.sweep import base_config
from emergescope.config.run import RunConfig
from emergescope.studies.study import DataNeed, Section, Study


@dataclass(frozen=True)
class Card:
    """What a card says of a preset beside the preset itself.

    section     id of its section
    variant_of  the preset whose card it stands on, called `short` there; None for one with a card of its own
    captions    of the parts of its picture, side by side
    """

    preset: Preset
    section: str
    variant_of: str | None
    short: str
    captions: tuple[str, ...]
    needs: tuple[DataNeed, ...]
    study: Study


@cache
def load_sections() -> tuple[Section, ...]:
    """The sections of all studies, in the order of the gallery. Their ids begin with that of their study."""
    return tuple(
        replace(section, id=_section_id(study, section.id))
        for study in load_studies().values()
        for section in study.shelves
    )


@cache
def load_cards() -> Mapping[str, Card]:
    """The cards of all presets by id, in the order of the gallery."""
    return {preset.id: _card(preset) for preset in load_presets().values()}


def section_of_experiment(preset: ExperimentPreset) -> str:
    """The section in which it stands: that of its first run."""
    if preset.members:
        return load_cards()[preset.members[0].preset].section
    assert preset.sweep is not None
    if preset.sweep.base.preset:
        return load_cards()[preset.sweep.base.preset].section
    study = study_of(base_config(preset.sweep.base))
    return _section_id(study, study.shelves[0].id)


def needs_of_experiment(preset: ExperimentPreset) -> tuple[DataNeed, ...]:
    """What its runs read, each once; a grid has numbers, so it names no others."""
    configs: list[RunConfig] = [get_preset(member.preset).config for member in preset.members]
    if preset.sweep:
        configs.append(base_config(preset.sweep.base))
    return tuple(dict.fromkeys(need for config in configs for need in study_of(config).data(config)))


def _card(preset: Preset) -> Card:
    study, lead = study_of(preset.config), _lead(preset)
    rest = preset.id.removeprefix(f"{lead}-").replace("-", " ") if lead else ""
    return Card(
        preset,
        section=_section(preset),
        variant_of=lead,
        short=preset.short or rest,
        captions=study.captions(preset.config),
        needs=study.data(preset.config),
        study=study,
    )


def _lead(preset: Preset) -> str | None:
    """A preset whose id goes on from another's of its section, as `figure-lazy` from `figure`, is its variant."""
    ids = [other.id for other in load_presets().values() if _section(other) == _section(preset)]
    return min((other for other in ids if preset.id.startswith(f"{other}-")), key=len, default=None)


def _section(preset: Preset) -> str:
    study = study_of(preset.config)
    return _section_id(study, preset.section or study.shelves[0].id)


def _section_id(study: Study, section: str) -> str:
    return f"{study.id}.{section}"
