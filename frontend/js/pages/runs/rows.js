/**
 * A table body of any length that has elements only for the rows in sight, and a few before and after them. All rows are equally
 * high, as the style sheet says (--runs-row). Used by the runs page only.
 * @module
 */

import { make } from "../../ui/dom.js";

const MORE = 8; // rows before and after those in sight, so that the next one can be reached by keys

/**
 * @param {HTMLTableElement} table @param {(from: number, to: number) => (HTMLElement | null)[]} rowsOf elements of these places, null
 * where nothing is known yet
 */
export function createRows(table, rowsOf) {
  const body = make("tbody");
  const [before, after] = [0, 1].map(() => make("tr", { class: "runs-gap", "aria-hidden": "true" }, make("td", { colspan: "7" })));
  table.append(body);
  let total = 0;
  let waiting = 0;

  const rowHeight = () => parseFloat(getComputedStyle(table).getPropertyValue("--runs-row")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const top = () => body.getBoundingClientRect().top;

  const draw = () => {
    const height = rowHeight();
    const first = Math.floor(-top() / height);
    const from = Math.max(0, Math.min(first - MORE, total - 1));
    const to = Math.min(total, Math.max(0, first) + Math.ceil(innerHeight / height) + MORE);
    const rows = rowsOf(from, to).map((row) => row ?? bones());
    rows.forEach((row, i) => row.setAttribute("aria-rowindex", String(from + i + 2))); // the heads are the first
    table.setAttribute("aria-rowcount", String(total + 1));
    gap(before, from);
    gap(after, total - to);
    place([before, ...rows, after]);
  };

  /** Moves as little as can be: an element that is moved loses the focus. @param {HTMLElement[]} rows */
  const place = (rows) => {
    const kept = new Set(/** @type {Element[]} */ (rows));
    for (const old of [...body.children]) if (!kept.has(old)) old.remove();
    rows.forEach((row, i) => body.children[i] !== row && body.insertBefore(row, body.children[i] ?? null));
  };

  /** @param {HTMLElement} row @param {number} rows that it stands for */
  const gap = (row, rows) => /** @type {HTMLElement} */ (row.firstElementChild).style.setProperty("height", `calc(${rows} * var(--runs-row))`);

  const soon = () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      draw();
    });
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);

  return {
    /** @param {number} rows of the whole list */
    show(rows) {
      total = rows;
      draw();
    },
    /** @returns {number} the place of the first row in sight */
    first: () => Math.max(0, Math.round(-top() / rowHeight())),
    /** @param {number} row that is to be the first in sight */
    scrollTo(row) {
      scrollTo(0, row === 0 ? 0 : Math.round(scrollY + top() + row * rowHeight()));
    },
    destroy() {
      cancelAnimationFrame(waiting);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    },
  };
}

const bones = () => make("tr", { class: "runs-bones", "aria-hidden": "true" }, make("td", { colspan: "7" }, make("div", { class: "skeleton" })));
