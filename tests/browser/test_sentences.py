"""Every sentence about a frame is true of that frame: over frames that lack a part, old probes, inverted ones, NaN."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_experiment_parts import call
from tests.browser.test_image_words import CLASSES, MIXTURE, config

pytestmark = pytest.mark.browser

VIEWS = ("map", "heatmap", "density", "curves", "spectrum", "pictures", "theory")
EARLY, NOW = 10, 20

# Each number stands in one frame alone, so a sentence that speaks of a number says which frame it has it from.
MEASURED: dict[str, dict[str, tuple[float, float]]] = {
    "patterns": {
        "loss": (0.91, 0.41),
        "test_accuracy": (0.51, 0.81),
        "test_accuracy_hard": (0.52, 0.82),
        "probe_accuracy": (0.53, 0.83),
        "probe_accuracy_hard": (0.54, 0.84),
        "signal_cosine_mean": (0.07, 0.67),
        "initial_cosine_mean": (0.96, 0.26),
    },
    "fixed": {
        "loss": (0.91, 0.41),
        "test_accuracy": (0.51, 0.81),
        "test_accuracy_hard": (0.52, 0.82),
        "ridge_accuracy": (0.77, 0.77),
        "ridge_accuracy_hard": (0.57, 0.57),
        "initial_cosine_mean": (1.0, 1.0),
    },
    "classes": {
        "loss": (0.91, 0.41),
        "train_accuracy": (0.55, 0.85),
        "test_accuracy": (0.51, 0.81),
        "cluster_share": (0.13, 0.63),
        "silhouette": (0.04, 0.74),
    },
    "mixture": {
        "loss": (0.91, 0.41),
        "test_accuracy": (0.51, 0.81),
        "teacher_accuracy": (0.89, 0.89),
        "direct_accuracy": (0.52, 0.82),
        "data_accuracy": (0.53, 0.83),
        "injected_accuracy": (0.34, 0.64),
        "mixture_accuracy": (0.44, 0.74),
        "injected_majority": (0.36, 0.36),
        "injected_kappa": (0.22, 0.62),
    },
}
CONFIGS = {
    "patterns": config({}),
    "fixed": config({}, {"kind": "random_features"}),
    "classes": config(CLASSES),
    "mixture": config(MIXTURE),
}
TENSORS: dict[str, tuple[list[int], list[float]]] = {
    "alignment": ([4, 3], [0.6, 0.5, 0.1, -0.6, -0.5, 0.1, 0.2, 0.1, 0.0, 0.3, 0.1, 0.2]),
    "signal_cosine": ([4], [0.95, -0.95, 0.3, 0.4]),
    "relevant_norm": ([4], [0.9, 0.9, 0.4, 0.5]),
    "background_norm": ([4], [0.2, 0.2, 0.8, 0.7]),
    "weight_norm": ([4], [1.0, 1.0, 1.0, 1.0]),
    "bias": ([4], [0.0, 0.0, 0.0, 0.0]),
    "output_weight": ([4], [0.1, -0.1, 0.1, -0.1]),
    "layout": ([4, 2], [0.9, 0.0, -0.9, 0.0, 0.1, 0.5, 0.2, -0.5]),
    "landmarks": ([2, 2], [1.0, 0.0, -1.0, 0.0]),
    "singular_values": ([3], [3.0, 1.0, 0.5]),
}
PICTURES: dict[str, tuple[list[int], list[float]]] = {
    "weights": ([4, 1, 2], [1, 255, 1, 255, 1, 255, 1, 255]),
    "weights_scale": ([4], [1.0, 1.0, 1.0, 1.0]),
}
OF_CLUSTERS: dict[str, tuple[list[int], list[float]]] = {
    "cluster": ([4], [0, 1, 0, 1]),
    "centre_cosine": ([4], [0.97, 0.97, 0.3, 0.2]),
}

# The sentence of a panel: what its view says, or what the frame lacks of what the view needs.
SENTENCE = """(async () => {
    const { theme } = await import("/js/ui/theme.js");
    const { lacking, missingFrom } = await import("/js/display/lacking.js");
    const read = ({ tensors, ...frame }) => ({ ...frame, tensors: Object.fromEntries(Object.entries(tensors).map(
        ([name, [shape, data]]) => [name, { shape, data: Float32Array.from(data, (v) => (v === null ? NaN : v)) }])) });
    const modules = {};
    for (const name of x.views) modules[name] = await import(`/js/views/${name}.js`);
    const here = document.getElementById("here");
    const nothing = () => {};
    const context = (controls) => ({
        theme: theme(), controls, reducedMotion: true, onSelect: nothing, onHover: nothing, onSeek: nothing,
        options: { mode: "mds", trails: false }, onOptions: nothing,
        pictures: { order: "drawn", scale: "own" }, onPictures: nothing,
    });
    const views = Object.fromEntries(x.views.map((name) => {
        const [stage, controls] = [document.createElement("div"), document.createElement("div")];
        here.append(stage);
        return [name, modules[name].createView(stage, context(controls))];
    }));
    return x.films.map(({ run, frames }) => {
        const film = frames.map(read);
        const frame = film.at(-1);
        const entries = film.map((one) => ({ ...one, there: true, density: {}, means: {} }));
        const timeline = { entries, rows: entries, totalSteps: 30, frameAt: (i) => film[i], indexOfStep: () => 0 };
        const moment = { run, frame, timeline, index: film.length - 1, selection: new Set(), hover: null };
        return x.views.map((name) => {
            const view = views[name];
            if (view.applies?.(moment) === false) return "";
            const missing = missingFrom(frame, view.needs?.(moment) ?? []);
            return missing.length ? lacking(missing, frame.step) : view.caption(moment);
        });
    });
})()"""


def film(kind: str, changes: dict[str, float | None] | None = None, without: str = "", lost: bool = False) -> Any:
    """A run with an early frame that has all, and one after it that lacks `without`, or whose weights are NaN."""
    metrics = MEASURED[kind]
    tensors = {**TENSORS, **({} if kind in ("patterns", "fixed") else PICTURES)}
    if kind == "classes":
        tensors |= OF_CLUSTERS
    early = {name: values[0] for name, values in metrics.items()}
    now: dict[str, float | None] = {**{name: values[1] for name, values in metrics.items()}, **(changes or {})}
    seen: dict[str, Any] = dict(tensors)
    if lost:
        now = dict.fromkeys(now)
        seen = {name: (shape, [None] * len(data)) for name, (shape, data) in tensors.items()}
    now.pop(without, None)
    seen.pop(without, None)
    phase = "student" if kind == "mixture" else "features"
    layout = {"method": "mds", "stress": None if without == "layout" or lost else 0.31}

    def frame(seq: int, step: int, metrics: Any, tensors: Any) -> Any:
        return {"seq": seq, "step": step, "phase": phase, "metrics": metrics, "layout": layout, "tensors": tensors}

    pictures = None if kind in ("patterns", "fixed") else {"shape": [1, 2], "rows": [0, 1, 2, 3]}
    names = None if pictures is None else ["difference", "mean of 0", "mean of 1"]
    patterns = {"total": 3, "relevant": [0, 1] if names is None else [0], "shown": [0, 1, 2], "names": names}
    run: dict[str, Any] = {
        "id": "r",
        "status": "succeeded",
        "config": CONFIGS[kind],
        "patterns": patterns,
        "pictures": pictures,
    }
    run |= {"neurons": {"total": 4, "shown": 4}, "events": [], "expected": []}
    return {"run": run, "frames": [frame(0, EARLY, early, tensors), frame(1, NOW, now, seen)]}


def sentences(modules: Page, films: list[Any]) -> list[dict[str, str]]:
    found = call(modules, "ui/dom", SENTENCE, {"views": VIEWS, "films": films})
    return [{view: text.replace("\u00a0", " ") for view, text in zip(VIEWS, one, strict=True)} for one in found]


def _walk() -> Iterator[tuple[str, Any]]:
    for kind, metrics in MEASURED.items():
        yield f"{kind}, whole", film(kind)
        yield f"{kind}, diverged", film(kind, lost=True)
        for name in metrics:
            yield f"{kind} without {name}", film(kind, without=name)
            yield f"{kind}, {name} not a number", film(kind, {name: None})
        for name in (*TENSORS, *PICTURES, *OF_CLUSTERS):
            yield f"{kind} without {name}", film(kind, without=name)


def test_no_sentence_speaks_of_another_frame_without_naming_it(modules: Page) -> None:
    cases = list(_walk())
    for (name, case), told in zip(cases, sentences(modules, [case for _, case in cases]), strict=True):
        early, now = (frame["metrics"] for frame in case["frames"])
        known = {round(100 * value) for value in now.values() if value is not None}
        old = {round(100 * value) for metric, value in early.items() if metric != "loss"} - known
        for view, text in told.items():
            where = f"{name}, {view}: {text}"
            assert not re.search(r"undefined|null|NaN|Infinity|object|– %|\(–|: –| – ", text), where
            spoken = {int(share) for share in re.findall(r"(\d+) %", text)}
            if view == "curves" and spoken & old:
                assert f"at step {EARLY}" in text or f"from step {EARLY}" in text, where


@pytest.mark.parametrize(
    ("without", "view", "words"),
    [
        ("layout", "map", "The frame of step 20 has no map: that part of it was not measured."),
        ("alignment", "heatmap", "The frame of step 20 has no cosines with single patterns: that part of it was"),
        ("signal_cosine", "density", "The frame of step 20 has no cosines of its neurons: that part of it was"),
        ("singular_values", "spectrum", "The frame of step 20 has no singular values: that part of it was not"),
        (
            "probe_accuracy_hard",
            "curves",
            "On the parity part the features were no better than a coin at step 10 (probe 54 %).",
        ),
        ("test_accuracy", "curves", "The features begin to tell: a probe gets 84 % of the parity part right."),
    ],
)
def test_a_view_says_what_its_frame_lacks(modules: Page, without: str, view: str, words: str) -> None:
    (told,) = sentences(modules, [film("patterns", without=without)])
    assert told[view].startswith(words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"probe_accuracy_hard": 0.5}, "no better than a coin so far (probe 50 %)"),
        (
            {"probe_accuracy_hard": 0.06},
            "the features tell the opposite: a probe gets 6 % right, so its reverse gets 94 %",
        ),
        ({"probe_accuracy_hard": 0.95}, "From step 20 a probe reads the parity part off the features"),
        ({"probe_accuracy_hard": 0.95, "test_accuracy_hard": 0.97}, "the network uses them from step 20: 81 % of new"),
        ({"test_accuracy_hard": 0.97}, "The network tells the parity part from step 20: 81 % of new inputs right"),
        ({"probe_accuracy_hard": None}, "A probe of the parity part has no value: 81 % of new inputs right"),
    ],
)
def test_a_probe_is_told_for_what_it_is(modules: Page, changes: dict[str, float | None], words: str) -> None:
    (told,) = sentences(modules, [film("patterns", changes)])
    assert words in told["curves"]


def test_what_was_learned_and_lost_is_not_told_as_learned(modules: Page) -> None:
    lost = film("patterns", {"test_accuracy_hard": 0.01, "probe_accuracy_hard": 0.03})
    lost["frames"][0]["metrics"] |= {"test_accuracy_hard": 0.99, "probe_accuracy_hard": 0.98}
    (told,) = sentences(modules, [lost])
    assert told["curves"] == "The network told the parity part at step 10 and has lost it again: 1 % of it right here."
    lost["frames"][1]["metrics"] |= {"test_accuracy_hard": 0.5}
    lost["frames"][0]["metrics"] |= {"test_accuracy_hard": 0.5}
    (told,) = sentences(modules, [lost])
    assert (
        told["curves"]
        == "A probe read the parity part off the features at step 10, but gets only 3 % of it right here."
    )


def test_curves_of_compared_runs_tell_what_was_lost(modules: Page) -> None:
    def film_of(letter: str, *values: float | None) -> Any:
        numbers = [{"step": step, "metrics": {"test_accuracy": value}} for step, value in enumerate(values)]
        return {"letter": letter, "label": "", "colour": "", "dash": "solid", "numbers": numbers, "kind": "dictionary"}

    expression = """(async () => {
        const { theme } = await import("/js/ui/theme.js");
        const [stage, controls] = [document.createElement("div"), document.createElement("div")];
        document.getElementById("here").append(stage);
        const context = { theme: theme(), controls, options: { metric: x.metric, pointed: null }, onOptions: () => {} };
        return m.createView(stage, context).caption({ films: x.films, frame: { step: x.step } });
    })()"""
    films = [film_of("A", 0.5, 0.96, 0.97), film_of("B", 0.5, 0.96, 0.4), film_of("C", 0.5, 0.99, None)]

    def said(step: int, metric: str = "test_accuracy") -> str:
        found: str = call(modules, "pages/compare/shared-curves", expression, {"films": films, "step": step, "metric": metric})
        return found.replace("\u00a0", " ")

    assert said(1) == "Accuracy past 95 %: A from step 1, B from step 1, C from step 1."
    assert said(2) == (
        "Accuracy past 95 %: A from step 1, B from step 1 (0.40 at step 2), C from step 1 (not a number at step 2)."
    )


@pytest.mark.parametrize(
    ("run", "word"),
    [
        ({"status": "succeeded", "metrics": {"loss": 0.1, "test_accuracy": 0.9}}, "succeeded"),
        ({"status": "succeeded", "metrics": {"loss": None, "test_accuracy": None}}, "diverged"),
        ({"status": "succeeded", "metrics": {"loss": 0.1, "test_accuracy": None}}, "diverged"),
        ({"status": "succeeded", "metrics": {"loss": 0.1, "test_accuracy": 0.9, "direct_accuracy": None}}, "diverged"),
        ({"status": "succeeded", "metrics": {"loss": 0.1, "test_accuracy_hard": None}}, "succeeded"),
        ({"status": "succeeded", "metrics": None}, "succeeded"),
        ({"status": "failed", "metrics": {"loss": None}}, "failed"),
        ({"status": "running", "wanted": "pause", "metrics": {"loss": None}}, "pausing…"),
    ],
)
def test_a_run_that_diverged_is_not_called_done(modules: Page, run: dict[str, Any], word: str) -> None:
    assert call(modules, "film/status", "m.stateWord(x)", run) == word


def test_a_cell_of_lost_networks_is_not_called_never_emerged(modules: Page) -> None:
    lost = {"status": "succeeded", "metrics": {"loss": None}, "step": 10, "total_steps": 10}
    runs = [["a", {**lost, "id": "a"}], ["b", {**lost, "id": "b"}]]
    values = {"emergence_step": {"mean": None, "count": 0, "values": [None, None]}}
    argument = {
        "cell": {"runs": ["a", "b"], "values": values, "done": 2, "total": 2},
        "measure": {"id": "emergence_step", "title": "emergence step", "low": 0, "high": 1},
        "runs": runs,
    }
    assert (
        call(modules, "pages/experiments/cell-state", "m.cellState(x.cell, x.measure, new Map(x.runs)).kind", argument)
        == "diverged"
    )


def test_progress_of_an_experiment_tells_who_diverged(modules: Page) -> None:
    counts = {"total": 3, "running": 0, "paused": 0, "succeeded": 3, "failed": 0, "cancelled": 0, "deleted": 0}
    text = "[m.progressText(x), m.progressText(x, 2)]"
    assert call(modules, "pages/experiments/words", text, counts) == ["3 runs done", "3 runs done, 2 diverged"]


@pytest.mark.parametrize(
    ("papers", "words"),
    [
        (["> 0.99", "about 52%", "", ""], "Of these the paper prints 2; all other bands are our own measurement."),
        (["near 50%", "much lower"], "Of these the paper prints 1 and says 1 in words."),
        (["", ""], "Of these the paper prints none; the bands are our own measurement."),
        (["below direct training", ""], "prints none and says 1 in words; all other band is our own measurement."),
    ],
)
def test_a_verdict_says_how_much_of_it_is_the_papers(modules: Page, papers: list[str], words: str) -> None:
    table = [{"ok": True, "paper": paper} for paper in papers]
    found = call(
        modules, "pages/experiments/words", "m.verdict(x)", {"table": table, "passed": True, "status": "succeeded"}
    )
    assert found["ok"] is True
    assert found["text"].startswith(f"Reproduced: all {len(papers)} values lie within their bands.")
    assert found["text"].endswith(words)


def test_a_value_beside_a_line_says_when_it_was_measured(modules: Page) -> None:
    expression = """(() => {
        const entries = x.map((probe, i) => ({ step: 10 * i, metrics: probe === null ? {} : { probe } }));
        const line = { value: (entry) => entry.metrics.probe };
        return entries.map((_, index) => m.lastMeasured(line, { timeline: { entries }, index }));
    })()"""
    found = call(modules, "marks/step-plot", expression, [None, 0.15, None, None, 0.9])
    assert [(one["value"], one["since"]) for one in found] == [
        (None, None),
        (0.15, None),
        (0.15, None),
        (0.15, 10),
        (0.9, None),
    ]


def test_a_panel_shows_no_other_steps_picture_for_a_part_that_a_frame_lacks(modules: Page) -> None:
    expression = """(async () => {
        let drawn = 0;
        const table = ({ frame }) => ({ columns: ["n"], rows: [[frame.tensors.layout.data[0]]] });
        const still = { resize() {}, destroy() {}, needs: () => ["layout"], caption: () => "A map.", table };
        const createView = () => ({ ...still, render: () => drawn++ });
        const panel = new m.Panel("map", { title: "Map", createView }, () => ({}));
        document.getElementById("here").append(panel.element);
        panel.build();
        panel.toggle.click();
        const show = async (tensors) => {
            panel.update({ frame: { step: 20, tensors } });
            await new Promise((done) => setTimeout(done, 400));
            const cells = panel.data.querySelectorAll("td").length;
            return [drawn, panel.caption.textContent, panel.body.style.visibility, cells];
        };
        return [await show({ layout: { data: [7] } }), await show({}), await show({ layout: { data: [7] } })];
    })()"""
    whole, lacking, again = call(modules, "panels/panel", expression)
    assert whole == [1, "A map.", "", 1]
    assert lacking == [1, "The frame of step 20 has no map: that part of it was not measured.", "hidden", 0]
    assert again == [2, "A map.", "", 1]


def test_every_view_explains_words_that_the_glossary_has(modules: Page) -> None:
    expression = """(async () => {
        const modules = [];
        for (const name of x) modules.push(await import(`/js/views/${name}.js`));
        return modules.map(({ terms }) => terms.map((term) => m.TERMS[term] ?? `${term}?`));
    })()"""
    for told in call(modules, "ui/glossary", expression, list(VIEWS)):
        assert told
        assert all(text.endswith(".") for text in told)
