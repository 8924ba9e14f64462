/** How the lab is laid out: around one large panel, with that one alone in the window, or one below the other on paper. @import { Panel } from "../../panels/panel.js" */

import { make } from "../../ui/dom.js";
import { store, stored } from "../../ui/stored.js";
import { setThemeChoice, themeChoice } from "../../ui/theme.js";

export const FRAMED = parent !== window; // by a notebook, say, which has little room
const KEY = "emergescope.lab.";
const NUDGE = 16;
const HERO = 240; // pixels that the large panel keeps
const GONE = 96; // a column that would be narrower than this is closed

/** @param {HTMLElement} element of the page @param {HTMLElement} banner @param {HTMLElement} bar of the player */
export function labLayout(element, banner, bar) {
  const side = make("aside", { class: "lab-side", "aria-label": "The run" });
  const empty = make("div", { class: "lab-empty", role: "status" }, "Connecting…");
  const large = make("div", { class: "lab-large", id: "large", tabindex: "-1" }, empty);
  const views = make("div", { class: "lab-views" });
  const lab = make("div", { class: "lab" });
  lab.append(make("a", { class: "skip-link", href: "#large" }, "Skip to the large panel"), side,
    columnHandle(lab, { name: "side", label: "Width of the column of the run", column: side, large, grows: 1 }), large,
    columnHandle(lab, { name: "views", label: "Width of the column of panels", column: views, large, grows: -1 }), views, bar, banner);
  element.append(lab);
  /** @type {readonly Panel[]} in the order of the display */
  let panels = [];
  /** @type {ReturnType<typeof themeChoice> | null} of the screen, while it prints */
  let theme = null;

  function print() {
    theme ??= themeChoice();
    lab.classList.add("is-printing"); // as wide as paper before the panels are drawn
    setThemeChoice("light", { remember: false });
    for (const panel of panels) if (panel.applies) panel.print();
  }

  function printed() {
    lab.classList.remove("is-printing");
    if (theme !== null) setThemeChoice(theme, { remember: false });
    theme = null;
  }
  const leaving = new AbortController();
  addEventListener("beforeprint", print, leaving);
  addEventListener("afterprint", printed, leaving);

  return {
    side, empty,
    /** @returns {Panel | undefined} the large one */
    get large() {
      return panels.find(({ element: panel }) => panel.parentElement === large);
    },
    /** @param {readonly Panel[]} all @param {string} id of the large one @param {string | undefined} usual where that has nothing to say @param {boolean} alone in the window */
    arrange(all, id, usual, alone) {
      panels = all;
      const fit = panels.filter((panel) => panel.applies);
      const first = [id, usual].flatMap((name) => fit.find(({ declaration }) => declaration.id === name) ?? [])[0] ?? fit[0];
      views.hidden = panels.length < 2;
      lab.classList.toggle("is-presenting", alone && first !== undefined);
      for (const panel of panels) {
        if (panel !== first) panel.offerLarge("Enlarge", "Make this panel the large one (L)");
        else if (alone) panel.offerLarge(FRAMED ? "Open" : "Leave", FRAMED ? "All panels, in a tab of their own (.)" : "Back to all panels (Escape)");
        else panel.offerLarge("Present", "Let this panel fill the window (.)");
      }
      if (first?.element.parentElement === large && views.childElementCount === panels.length - 1) return;
      const focused = document.activeElement;
      large.replaceChildren(...(first ? [first.element] : []), empty);
      views.replaceChildren(...panels.filter((panel) => panel !== first).map((panel) => panel.element));
      if (focused instanceof HTMLElement && lab.contains(focused) && focused !== document.activeElement) focused.focus(); // moving takes it away
    },
    destroy() {
      printed();
      leaving.abort();
    },
  };
}

/**
 * A handle between columns: dragged with a pointer or moved by keys, and kept for the next visit.
 * @param {HTMLElement} lab whose custom property `--NAME-width` is the width of the column
 * @param {{ name: string, label: string, column: HTMLElement, large: HTMLElement, grows: 1 | -1 }} about grows: 1, if the column is left of the handle
 */
function columnHandle(lab, { name, label, column, large, grows }) {
  const property = `--${name}-width`;
  const handle = make("div", {
    class: `lab-handle lab-handle-${name}`, role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": label,
    "aria-valuemin": "0", title: "Drag, or press ← and →; Enter: as it was",
  });
  const width = () => Math.round(column.getBoundingClientRect().width);
  const most = () => width() + Math.max(0, large.offsetWidth - HERO);
  let grip = 0; // where the pointer would be if the column had no width

  /** @param {number | null} pixels null: as the style sheet has it @param {boolean} [keep] for the next visit */
  function set(pixels, keep = true) {
    const closed = pixels !== null && pixels < GONE;
    lab.style.setProperty(property, pixels === null ? "" : `${closed ? 0 : Math.min(pixels, most())}px`);
    column.classList.toggle("is-closed", closed);
    if (keep) store(KEY + name, pixels === null ? "" : String(width()));
  }

  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    grip = event.clientX - grows * width();
  });
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) set(Math.max(0, grows * (event.clientX - grip)), false);
  });
  handle.addEventListener("lostpointercapture", () => set(width()));
  handle.addEventListener("dblclick", () => set(null));
  handle.addEventListener("keydown", (event) => {
    const nudged = (/** @type {number} */ way) => (width() === 0 ? GONE : Math.max(0, width() + way * grows * NUDGE));
    const to = { ArrowLeft: nudged(-1), ArrowRight: nudged(1), Home: 0, End: most(), Enter: null }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // arrows move the film elsewhere
    set(to);
  });
  new ResizeObserver(() => {
    handle.setAttribute("aria-valuenow", String(width()));
    handle.setAttribute("aria-valuemax", String(most()));
  }).observe(column);
  const kept = Number(stored(KEY + name) || NaN);
  if (kept >= 0) queueMicrotask(() => set(kept, false)); // once it is in the page
  return handle;
}
