// Shapes of what runs have whose inputs are pictures; part of types.d.ts.

/** The shape of a picture, (H, W) or (H, W, 3), and the rows of the frame's tensors that have one. */
export interface Pictures {
  shape: number[];
  rows: number[];
}

/** Directions that neurons are compared with, as pictures of `shape`; `column` of the frames' alignment, null for the sum s. */
export interface References {
  shape: number[];
  items: { name: string; column: number | null; relevant: boolean; values: Float32Array }[];
}

/** How neurons are shown as pictures. */
export interface PictureOptions {
  order: "drawn" | "cosine" | "cluster";
  scale: "own" | "common";
}
