/**
 * Keeps labels beside their lines without overlap. Used by views only.
 * @module
 */

/**
 * @param {number[]} wanted centres, in pixels
 * @param {number} height of a label
 * @param {number} top
 * @param {number} bottom
 * @returns {number[]} centres as close to the wanted ones as fits, in the order given
 */
export function nudge(wanted, height, top, bottom) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  /** Labels that touch move as one block, centred on what its members wanted. @type {{ members: number[], centre: number }[]} */
  const blocks = [];
  const clamp = (/** @type {number} */ centre, /** @type {number} */ count) => {
    const half = (count * height) / 2;
    return Math.max(top + half, Math.min(bottom - half, centre));
  };
  for (const label of order) {
    let block = { members: [label], centre: clamp(wanted[label], 1) };
    for (let above = blocks.at(-1); above; above = blocks.at(-1)) {
      const room = block.centre - above.centre - ((block.members.length + above.members.length) * height) / 2;
      if (room >= 0) break;
      blocks.pop();
      const members = [...above.members, ...block.members];
      const mean = members.reduce((sum, member) => sum + wanted[member], 0) / members.length;
      block = { members, centre: clamp(mean, members.length) };
    }
    blocks.push(block);
  }
  const result = new Array(wanted.length);
  for (const { members, centre } of blocks) {
    members.forEach((member, i) => (result[member] = centre + (i - (members.length - 1) / 2) * height));
  }
  return result;
}
