/** How the tiles of a comparison share the window: in the grid, and with the chart beside or below them, that leaves each the largest square. */

const SIDE = 0.3; // of the width, for what is beside the tiles
const BELOW = 0.3; // of the height, for what is below them
const HEAD = 100; // px of a tile above its picture: name, state, sentence
const EDGE = 32; // px of it left and right
const BETTER = 1.1; // more columns are worth it only for pictures so much larger: names and sentences need width

/** @param {number} count of tiles @param {number} width @param {number} height @returns {{ columns: number, size: number }} size of the square in each */
export function bestGrid(count, width, height) {
  const grids = Array.from({ length: count }, (_, i) => ({ columns: i + 1, size: Math.min(width / (i + 1) - EDGE, height / Math.ceil(count / (i + 1)) - HEAD) }));
  return grids.reduce((best, one) => (one.size > Math.max(1, best.size) * BETTER ? one : best), grids[0] ?? { columns: 1, size: 0 });
}

/** @param {HTMLElement} main holds the tiles and what is beside them @returns {() => void} stops it */
export function arrangeTiles(main) {
  const [grid, side] = /** @type {HTMLElement[]} */ ([...main.children]);
  const arrange = () => {
    const [count, width, height] = [grid.children.length, main.clientWidth, main.clientHeight];
    const beside = bestGrid(count, side.hidden ? width : width * (1 - SIDE), height);
    const below = side.hidden ? { columns: 1, size: 0 } : bestGrid(count, width, height * (1 - BELOW));
    main.dataset.side = below.size > beside.size ? "below" : "beside";
    grid.style.setProperty("--columns", String((below.size > beside.size ? below : beside).columns));
  };
  const sized = new ResizeObserver(arrange);
  sized.observe(main);
  const filled = new MutationObserver(arrange);
  filled.observe(main, { childList: true, subtree: false, attributes: true, attributeFilter: ["hidden"] });
  filled.observe(grid, { childList: true });
  filled.observe(side, { attributes: true, attributeFilter: ["hidden"] });
  return () => {
    sized.disconnect();
    filled.disconnect();
  };
}
