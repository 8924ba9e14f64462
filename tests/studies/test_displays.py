"""How runs of the studies here are called, drawn and told apart, before anything of them is known and after."""

from typing import Any

import pytest

from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import get_study, load_presets, load_studies, study_of
from emergescope.recording.declared import unknown
from emergescope.recording.display import Display, Panel

CLASSES: dict[str, Any] = {"study": "two_classes", "method": {"m": 50}}
MIXTURE: dict[str, Any] = {"study": "mixture"}
PATTERNS: dict[str, Any] = {"study": "patterns"}
FACE: dict[str, Any] = {"d": 400, "D": 64, "dictionary": "pictures"}


def display(base: dict[str, Any], facts: dict[str, Any] | None = None, **problem: Any) -> Display:
    config = parse_config({**base, "problem": problem} if problem else base)
    return study_of(config).display(config, facts)


def panel(found: Display, id: str) -> Panel:
    (one,) = [panel for panel in found.panels if panel.id == id]
    return one


@pytest.mark.parametrize("preset", load_presets())
def test_presets_are_drawn_by_what_is_declared_and_explained(preset: str) -> None:
    config = load_presets()[preset].config
    found = study_of(config).display(config, None)
    assert not list(unknown(found))
    assert all(one.text.endswith(".") and one.words for one in found.panels)
    assert sum(one.hero for one in found.panels) == 1
    assert all(text.endswith(".") for text in found.glossary.values())


@pytest.mark.parametrize("study", load_studies())
def test_words_of_a_glossary_are_used(study: str) -> None:
    one = get_study(study)
    found = one.display(one.usual, None)
    used = {word for panel in found.panels for word in panel.words}
    assert found.glossary.keys() - used <= {"hard part"}  # of rules other than the usual one


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (display(PATTERNS), "Parity of 5 patterns among 100 · 600 neurons · seed 0"),
        (
            display(PATTERNS, **FACE),
            "Parity of 5 patterns among 64 that are pictures, motif face · 600 neurons · seed 0",
        ),
        (
            display({**PATTERNS, "method": {"kind": "ntk"}}, structure=False, label_noise=0.05, input_noise=0.2),
            "Parity of 5 patterns among 100, without input structure · input noise 0.2 · 5 % of labels flipped · "
            "tangent kernel, 600 neurons · seed 0",
        ),
        (
            display(CLASSES, random_labels=True),
            "Digits 0 against 1 of MNIST (5,000 built in), random labels · 100 neurons · seed 0",
        ),
        (
            display(CLASSES, data="fashion-mnist"),
            "T-shirt/top against Trouser of Fashion-MNIST · 100 neurons · seed 0",
        ),
        (display(CLASSES, data="svhn", classes=[3, 7]), "Digits 3 against 7 of SVHN · 100 neurons · seed 0"),
        (display(CLASSES, data="folder", folder="leaves"), "Classes 0 against 1 of leaves · 100 neurons · seed 0"),
        (
            display(
                CLASSES,
                {"patterns": {"names": ["difference of class means", "mean of oak", "mean of elm"]}},
                data="folder",
                folder="leaves",
            ),
            "oak against elm of leaves · 100 neurons · seed 0",
        ),
        (
            display({**MIXTURE, "method": {"kind": "resnet18"}}, ratio=0.25, injected_labels="balanced"),
            "Teacher and student on MNIST (5,000 built in), 25 % Gaussian inputs, balanced labels · "
            "ResNet-18 of width 16 · seed 0",
        ),
        (
            display(MIXTURE, injected="folder", injected_folder="leaves"),
            "Teacher and student on MNIST (5,000 built in), 50 % inputs from leaves · 18 units · seed 0",
        ),
    ],
)
def test_a_run_is_described_by_what_it_is(found: Display, words: str) -> None:
    assert found.summary.replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("base", "plus", "minus"),
    [
        (PATTERNS, "+s", "−s"),
        (CLASSES, "+ difference", "− difference"),
        (MIXTURE, "+ direction 1", "− direction 1"),
    ],
)
def test_the_signal_has_a_name_beside_the_stars(base: dict[str, Any], plus: str, minus: str) -> None:
    show = panel(display(base), "map").show
    assert show["landmarks"]["names"] == [plus, minus]
    assert [group["name"] for group in show["colour"]["groups"]] == [f"at {minus}", "between", f"at {plus}"]
    assert show["landmarks"]["at"] == {"plane": [[1, 0], [-1, 0]]}


def test_colours_of_cosines_show_single_patterns_without_paling_the_rest() -> None:
    show = panel(display(PATTERNS), "alignment").show
    assert show["range"] == [-0.6, 0.6]
    ticks = [(round(tick["value"], 2), tick["text"], tick.get("note")) for tick in show["ticks"]]
    assert ticks == [
        (0.6, "0.6", "and above"),
        (0.45, "1/√k", "what a neuron at +s has with each relevant pattern"),
        (0, "0", None),
        (-0.45, "−1/√k", "what a neuron at −s has with each relevant pattern"),
        (-0.6, "−0.6", "and below"),
    ]
    single = panel(display(PATTERNS, k=1), "alignment").show
    assert (single["range"], [tick["text"] for tick in single["ticks"]]) == ([-1, 1], ["1", "0", "−1"])
    assert panel(display(MIXTURE), "alignment").show["range"] == [-0.6, 0.6]


def test_columns_have_their_numbers_or_names_once_they_are_known() -> None:
    before = display(PATTERNS).axes["patterns"]
    assert (before.shown, before.numbers, before.names) == (100, None, None)
    shown = [3, 17, 40, 61, 88, 0, 1]
    facts = {"patterns": {"relevant": [3, 17, 40, 61, 88], "shown": shown, "names": None}}
    axis = display(PATTERNS, facts).axes["patterns"]
    assert (axis.shown, axis.numbers, axis.names) == (7, tuple(shown), None)
    assert [(group.name, group.members) for group in axis.groups] == [
        ("relevant", (0, 1, 2, 3, 4)),
        ("background", (5, 6)),
    ]
    names = ["difference of class means", "mean of 0", "mean of 1"]
    axis = display(CLASSES, {"patterns": {"relevant": [0], "shown": [0, 1, 2], "names": names}}).axes["directions"]
    assert (axis.shown, axis.numbers, axis.names, axis.groups) == (3, (0, 1, 2), tuple(names), ())


def test_pictures_are_the_hero_where_there_are_some() -> None:
    def hero(found: Display) -> list[str]:
        return [one.id for one in found.panels if one.hero]

    assert [hero(display(base)) for base in (PATTERNS, CLASSES, MIXTURE)] == [["map"], ["pictures"], ["curves"]]
    assert hero(display(PATTERNS, **FACE)) == ["pictures"]
    none = {"capture": {"max_pictures": 0}}
    assert hero(display({**CLASSES, **none})) == ["map"]
    assert "pictures" not in [one.id for one in display({**MIXTURE, **none}).panels]


def test_pictures_stand_beside_what_they_are_compared_with() -> None:
    facts = {"patterns": {"relevant": [3, 5], "shown": [3, 5, 0], "names": ["nose", "mouth", "blob 1"]}}
    assert panel(display(PATTERNS, facts, **FACE), "pictures").show["references"] == {
        "axis": "patterns",
        "sums": [{"name": "s, sum of the relevant patterns", "columns": [3, 5]}],
    }
    show = panel(display(CLASSES), "pictures").show
    assert [one["tensor"] for one in show["beside"]] == ["centres"]
    assert [order["id"] for order in show["orders"]] == ["cosine", "cluster"]
    assert show["pairs"]
    assert display(CLASSES).axes["pictures"].part_of == "neurons"
    assert not panel(display({**CLASSES, "method": {"m": 300}}), "pictures").show["pairs"]  # not all have pictures
    assert not panel(display(MIXTURE), "pictures").show["pairs"]


def test_photographs_in_a_mixture_are_noted() -> None:
    assert display(MIXTURE).notes == ()
    (note,) = display(MIXTURE, injected="natural").notes
    assert note.startswith("With natural patches, unlike with Gaussian inputs, the mixture may end above")


def short(found: Display) -> dict[str, str]:
    return {facet.key: facet.short or facet.value for facet in found.facets}


def test_facets_tell_runs_apart_in_a_word() -> None:
    coins = short(display({**CLASSES, "method": {"sigma_w": 0.1}}, random_labels=True))
    words = [coins[key] for key in ("problem.random_labels", "problem.data", "problem.classes", "method.sigma_w")]
    assert words == ["random labels", "MNIST", "0/1", "σw 0.1"]
    assert short(display(CLASSES))["method.sigma_w"] == "usual σw"
    mixed = short(display(MIXTURE, ratio=0.25))
    assert (mixed["problem.ratio"], mixed["problem.injected"]) == ("25\u00a0%", "Gaussian inputs")
    for kind, label, colour in (
        ("network", "network", "series-1"),
        ("ntk", "NTK", "series-2"),
        ("random_features", "random features", "series-3"),
    ):
        method, structure, *_ = display({**PATTERNS, "method": {"kind": kind}}, structure=False).facets
        assert (method.short, method.colour, structure.short, structure.dash) == (
            label,
            colour,
            "no structure",
            "dash",
        )
