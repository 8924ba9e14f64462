/**
 * The cells of the alignment heatmap as pixels: pure functions. Used by heatmap.js only.
 * @module
 */

/**
 * Neurons by falling signal cosine, +s at the top.
 * @param {Float32Array} cosine [n]
 * @returns {Uint32Array} [n] neuron in each row
 */
export function rowOrder(cosine) {
  const order = Uint32Array.from(cosine, (_, index) => index);
  // NaN (a diverged network) must not break the order: it sorts as zero.
  return order.sort((a, b) => (cosine[b] || 0) - (cosine[a] || 0) || a - b);
}

/**
 * Paints columns [from, to) of the alignment, one pixel wide each. Where the image has fewer lines than there are neurons, a
 * line is the mean of the neurons that share it. What is not a number stays transparent.
 * @param {ImageData} image of width to - from
 * @param {Float32Array} alignment [n, p] by rows
 * @param {number} p
 * @param {Uint32Array} order [n]
 * @param {number} from
 * @param {number} to
 * @param {number} range cosines of ±range get the ends of the palette
 * @param {Uint32Array} palette colours from −range to +range, as pixels
 */
export function paintCells(image, alignment, p, order, from, to, range, palette) {
  const pixels = new Uint32Array(image.data.buffer);
  const width = to - from;
  const half = (palette.length - 1) / 2;
  const n = order.length;
  for (let line = 0; line < image.height; line++) {
    const first = Math.floor((line * n) / image.height);
    const end = Math.max(first + 1, Math.floor(((line + 1) * n) / image.height));
    const scale = half / range / (end - first);
    for (let column = from; column < to; column++) {
      let sum = 0;
      for (let row = first; row < end; row++) sum += alignment[order[row] * p + column];
      const index = Math.round(half + sum * scale);
      pixels[line * width + column - from] = palette[index < 0 ? 0 : index >= palette.length ? palette.length - 1 : index];
    }
  }
}

/**
 * Mean |cos| over the relevant columns and over the background ones.
 * @param {Float32Array} alignment [n, p]
 * @param {number} p
 * @param {number} relevant the first columns of the frame
 * @returns {{ relevant: number, background: number | null }} NaN where the weights are not finite; null where a frame holds no background pattern
 */
export function strengths(alignment, p, relevant) {
  let inside = 0;
  let outside = 0;
  for (let index = 0; index < alignment.length; index++) {
    const size = Math.abs(alignment[index]);
    if (index % p < relevant) inside += size;
    else outside += size;
  }
  const n = alignment.length / p;
  return { relevant: inside / (n * relevant), background: p > relevant ? outside / (n * (p - relevant)) : null };
}

/**
 * The fixed range of the colours: a neuron that points at s has cosine 1/√k with each relevant pattern; a little more,
 * rounded up to a tenth, shows single-pattern neurons without paling the rest.
 * @param {number} k
 * @returns {number}
 */
export function colourRange(k) {
  return Math.min(1, Math.ceil(13 / Math.sqrt(k)) / 10);
}
