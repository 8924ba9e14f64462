/**
 * Reads a frame: the mirror of backend/emergescope/recording/codec.py, tested on the same golden bytes. A safetensors blob: 8 bytes little-endian header
 * length, a JSON header, raw tensors. Used by the film, for frames and for the index, and for the patterns of a run, which come in the same container.
 * @import { FrameData, Numbers, Tensor } from "../types"
 * @typedef {{dtype: string, shape: number[], data_offsets: [number, number]}} TensorHeader
 */

const FORMAT = "emergescope.frame";
const VERSION = "1";
const PREFIX_BYTES = 8;
/** All of safetensors' dtypes that hold single numbers. @type {Record<string, any>} */
const ARRAYS = {
  F64: Float64Array, I64: BigInt64Array, U64: BigUint64Array, F32: Float32Array, I32: Int32Array, U32: Uint32Array,
  F16: Uint16Array, BF16: Uint16Array, I16: Int16Array, U16: Uint16Array, I8: Int8Array, U8: Uint8Array, BOOL: Uint8Array,
};
/** What there are no arrays of numbers for becomes one of larger ones. @type {Record<string, (bits: any) => Numbers>} */
const WIDENED = {
  F16: halfToFloat,
  BF16: (halves) => new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer),
  I64: (whole) => Float64Array.from(whole, Number),
  U64: (whole) => Float64Array.from(whole, Number),
};

/** These bytes are not a frame, or not all of one. */
export class FrameError extends Error {
  name = "FrameError";
}

/**
 * @param {ArrayBuffer} buffer the whole blob
 * @returns {FrameData} its tensors are read from `buffer` when first asked for: as typed arrays of numbers, F16 and BF16 as
 *   Float32Array and integers of 64 bits as Float64Array
 * @throws {FrameError} for bytes that are truncated, foreign, or of another version
 */
export function readFrame(buffer) {
  const { metadata, tensors } = readTensors(buffer, FORMAT);
  const { run, seq, step, phase = "", metrics = "{}", layout = "{}", says = "{}" } = metadata;
  const [measured, placed, said] = [metrics, layout, says].map((text) => parse(text, "the frame's metadata"));
  return { run, seq: Number(seq), step: Number(step), phase, metrics: measured, layout: placed, says: said, tensors, bytes: buffer.byteLength };
}

/**
 * @param {ArrayBuffer} buffer a whole safetensors blob
 * @param {string} format that its metadata must name, with the version that this page reads
 * @returns {{metadata: Record<string, string>, tensors: Record<string, Tensor>}} tensors are read when first asked for
 * @throws {FrameError} for bytes that are truncated, foreign, or of another version
 */
export function readTensors(buffer, format) {
  const { header, start } = readHeader(buffer);
  const metadata = header?.__metadata__;
  const kind = format.slice(format.lastIndexOf(".") + 1);
  if (metadata?.format !== format) throw new FrameError(`these are not the bytes of a ${kind}: no format "${format}"`);
  if (metadata.version !== VERSION) throw new FrameError(`${kind} version "${metadata.version}" is not readable here; this page reads "${VERSION}"`);
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, info] of Object.entries(header)) {
    if (name === "__metadata__" || !(info.dtype in ARRAYS)) continue; // readers ignore what they do not know
    if (start + info.data_offsets[1] > buffer.byteLength) throw new FrameError(`the bytes are cut short: tensor "${name}" is not whole`);
    /** @type {Tensor | undefined} */
    let made;
    Object.defineProperty(tensors, name, { enumerable: true, get: () => (made ??= { shape: info.shape, data: readTensor(buffer, start, info) }) });
  }
  return { metadata, tensors };
}

/** @param {ArrayBuffer} buffer @returns {{header: Record<string, any>, start: number}} start: offset of the tensors */
function readHeader(buffer) {
  const length = buffer.byteLength < PREFIX_BYTES ? Infinity : Number(new DataView(buffer).getBigUint64(0, true));
  if (length > buffer.byteLength - PREFIX_BYTES) throw new FrameError("the bytes are cut short: their header is not whole");
  return { header: parse(new TextDecoder().decode(new Uint8Array(buffer, PREFIX_BYTES, length)), "the header"), start: PREFIX_BYTES + length };
}

/** @param {string} text @param {string} what it is @returns {any} */
function parse(text, what) {
  try {
    return JSON.parse(text);
  } catch {
    throw new FrameError(`${what} is not JSON`);
  }
}

/**
 * Typed arrays want offsets that are multiples of their item size; a copy always starts at 0. All browsers are little-endian.
 * @param {ArrayBuffer} buffer @param {number} start @param {TensorHeader} info @returns {Numbers}
 */
function readTensor(buffer, start, { dtype, data_offsets: [from, to] }) {
  const numbers = new ARRAYS[dtype](buffer.slice(start + from, start + to));
  return WIDENED[dtype]?.(numbers) ?? numbers;
}

/** The value of each of the 65,536 halves, made when the first is read. @type {Float32Array | null} */
let halfTable = null;

/** @param {Uint16Array} halves IEEE 754 binary16 bits @returns {Float32Array} */
function halfToFloat(halves) {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, bits) => valueOfHalf(bits));
  const result = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) result[i] = halfTable[halves[i]];
  return result;
}

/** @param {number} bits */
function valueOfHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
