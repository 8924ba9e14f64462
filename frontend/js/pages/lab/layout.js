/**
 * How the lab is laid out: the run at the left, one large panel in the middle, the others at the right, the player below; or the
 * large one alone in the window; or all one below the other on paper. Used by lab.js.
 * @typedef {import("../../panels/panel.js").Panel} Panel
 */

import { make } from "../../ui/dom.js";
import { setThemeChoice, themeChoice } from "../../ui/theme.js";
import { columnHandle } from "./columns.js";

/** @param {HTMLElement} element of the page */
export function labLayout(element) {
  const side = make("aside", { class: "lab-side", "aria-label": "The run" });
  const large = make("div", { class: "lab-large", id: "large", tabindex: "-1" });
  const views = make("div", { class: "lab-views" });
  const empty = make("div", { class: "lab-empty", role: "status" });
  const bar = make("div", { class: "transport", role: "group", "aria-label": "Player" });
  const lab = make("div", { class: "lab" });
  lab.append(make("a", { class: "skip-link", href: "#large" }, "Skip to the large panel"), side,
    columnHandle(lab, { name: "side", label: "Width of the column of the run", column: side, grows: 1 }), large,
    columnHandle(lab, { name: "views", label: "Width of the column of panels", column: views, grows: -1 }), views, bar);
  large.append(empty);
  element.append(lab);
  /** @type {readonly Panel[]} in the order of the display */
  let panels = [];
  /** @type {ReturnType<typeof themeChoice> | null} of the screen, while it prints */
  let theme = null;

  function print() {
    if (theme !== null) return;
    theme = themeChoice();
    lab.classList.add("is-printing"); // as wide as paper before the panels are drawn
    setThemeChoice("light", { remember: false });
    for (const panel of panels) if (panel.applies) panel.print();
  }

  function printed() {
    if (theme === null) return;
    lab.classList.remove("is-printing");
    setThemeChoice(theme, { remember: false });
    theme = null;
  }
  addEventListener("beforeprint", print);
  addEventListener("afterprint", printed);

  return {
    lab, side, bar, empty,
    /** @returns {Panel | undefined} the large one */
    get large() {
      return panels.find(({ element: panel }) => panel.parentElement === large);
    },
    /**
     * @param {readonly Panel[]} all @param {string} id of the one that is to be large @param {string | undefined} usual id of the one that is
     *   large where there is no such panel, or where it has nothing to say @param {boolean} alone whether it fills the window
     */
    arrange(all, id, usual, alone) {
      panels = all;
      const fit = panels.filter((panel) => panel.applies);
      const chosen = [id, usual].flatMap((name) => fit.find(({ declaration }) => declaration.id === name) ?? []);
      const first = chosen[0] ?? fit[0];
      views.hidden = panels.length < 2;
      lab.classList.toggle("is-presenting", alone && first !== undefined);
      for (const panel of panels) {
        if (panel !== first) panel.offerLarge("Enlarge", "Make this panel the large one (L)");
        else if (alone) panel.offerLarge("Leave", "Back to all panels (Escape)");
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
      removeEventListener("beforeprint", print);
      removeEventListener("afterprint", printed);
    },
  };
}
