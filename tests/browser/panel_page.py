"""A panel alone on a page, with an invented display: what it draws, and what it asks of the page around it."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from playwright.sync_api import Page

SHEETS = ("views", "panel", "map", "heatmap", "pictures")
_NUMPY = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "u1"}
_BUILD = """async ({ kind, panel, display, blobs, patterns, compact, sheets, size }) => {
    const [{ createPanel }, { readFrame }, { theme }] = await Promise.all(
        [`/js/panels/${kind}.js`, "/js/net/frame.js", "/js/ui/theme.js"].map((path) => import(path)));
    await Promise.all(sheets.map((name) => new Promise((done) => {
        const link = document.createElement("link");
        [link.rel, link.href, link.onload] = ["stylesheet", `/styles/${name}.css`, done];
        document.head.append(link);
    })));
    const frames = blobs.map((text) => readFrame(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer));
    const here = document.getElementById("here");
    const controls = document.createElement("div");
    const element = document.createElement("div");
    element.style.cssText = `position: relative; overflow: hidden; width: ${size[0]}px; height: ${size[1]}px`;
    here.style.width = `${size[0]}px`;
    here.replaceChildren(controls, element);
    const held = {
        selection: new Map(), hover: null, options: {}, index: frames.length - 1, wanted: 0, patterns: null,
    };
    const moment = () => ({
        run: { id: "one", status: "succeeded" }, display, frame: frames[held.index], index: held.index, theory: null,
        selection: held.selection, hover: held.hover, patterns: held.patterns,
        timeline: { entries: frames, rows: frames, totalSteps: 9, frameAt: (i) => frames[i] ?? null },
    });
    const draw = () => {
        const missing = (view.needs?.(moment()) ?? []).filter((name) => !frames[held.index].tensors[name]);
        if (missing.length === 0) view.render(moment());
        return missing;
    };
    const view = createPanel(element, panel, {
        theme: theme(), reducedMotion: true, compact, controls,
        option: (key) => held.options[key] ?? null,
        setOption(key, value) { held.options[key] = value; draw(); },
        onSeek() {}, onPeek() {},
        onSelect(axis, members) { held.selection = new Map([[axis, members]]); draw(); },
        onHover(axis, member) { held.hover = member === null ? null : { axis, member }; draw(); },
        wantPatterns() {
            held.wanted += 1;
            held.patterns = patterns && { ...patterns, data: Float32Array.from(patterns.data) };
        },
    });
    window.panel = {
        frames, held, view, moment, draw,
        caption: () => view.caption(moment()), table: () => view.table(moment()),
        seek(i) { held.index = i; return draw(); },
        selected: (axis) => [...(held.selection.get(axis) ?? [])].sort((a, b) => a - b),
    };
    return draw();
}"""


def frame(tensors: Mapping[str, tuple[str, Any]], step: int = 0, phase: str = "") -> str:
    """The bytes of a frame, from dtypes and arrays, as text."""
    header: dict[str, Any] = {
        "__metadata__": {
            "format": "emergescope.frame", "version": "1", "run": "one", "seq": str(step), "step": str(step),
            "phase": phase, "metrics": "{}", "layout": "{}",
        }
    }  # fmt: skip
    body = b""
    for name, (dtype, values) in tensors.items():
        data = _bytes(dtype, np.asarray(values))
        header[name] = {"dtype": dtype, "shape": list(np.shape(values)), "data_offsets": [len(body), len(body + data)]}
        body += data
    text = json.dumps(header).encode()
    return base64.b64encode(len(text).to_bytes(8, "little") + text + body).decode()


def _bytes(dtype: str, values: Any) -> bytes:
    if dtype == "BF16":
        return bytes((values.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes())
    return bytes(values.astype(_NUMPY[dtype]).tobytes())


def axis(shown: int, noun: str = "cell", plural: str = "cells", **more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"names": None, "numbers": None, "groups": [], "at_most": False, "part_of": None}
    return {"noun": noun, "plural": plural, "shown": shown, "total": shown, **usual, **more}


def build(
    page: Page,
    kind: str,
    show: Mapping[str, Any],
    frames: Sequence[str],
    axes: Mapping[str, Any] | None = None,
    tensors: Mapping[str, Any] | None = None,
    *,
    patterns: Mapping[str, Any] | None = None,
    compact: bool = False,
    size: tuple[int, int] = (480, 400),
) -> list[str]:
    """Draw the last frame; the names of tensors that it lacks. `window.panel` is there for more."""
    panel = {"id": kind, "kind": kind, "title": "Invented", "hero": False, "text": "", "words": [], "show": show}
    display = {"axes": axes or {}, "tensors": tensors or {}, "metrics": {}, "panels": [panel]}
    found: list[str] = page.evaluate(_BUILD, {
        "kind": kind, "panel": panel, "display": display, "blobs": frames, "patterns": patterns, "compact": compact,
        "sheets": SHEETS, "size": size,
    })  # fmt: skip
    return found


def tensor(
    dtype: str, shape: Sequence[str | int], low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "low": low, "high": high, "text": "", "always": True}
