/**
 * Reads a frame: the mirror of backend/emergescope/recording/codec.py, tested on the same golden bytes.
 * A safetensors blob: 8 bytes little-endian header length, a JSON header, raw tensors. Used by the film, for frames
 * and for the index, and for the patterns of a run, which come in the same container.
 * @typedef {import("../types").FrameData} FrameData
 * @typedef {import("../types").Tensor} Tensor
 * @typedef {{dtype: string, shape: number[], data_offsets: [number, number]}} TensorHeader
 */

const FORMAT = "emergescope.frame";
const VERSION = "1";
const PREFIX_BYTES = 8;
/** All of safetensors' dtypes that hold single numbers. @type {Record<string, number>} */
const ITEM_BYTES = { F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1 };

/** These bytes are not a frame, or not all of one. */
export class FrameError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "FrameError";
  }
}

/**
 * @param {ArrayBuffer} buffer the whole blob
 * @returns {FrameData} its tensors are read from `buffer` when first asked for: as typed arrays of numbers, F16 and BF16 as
 *   Float32Array and integers of 64 bits as Float64Array
 * @throws {FrameError} for bytes that are truncated, foreign, or of another version
 */
export function readFrame(buffer) {
  const { metadata, tensors } = readTensors(buffer, FORMAT);
  return {
    run: metadata.run,
    seq: readCount(metadata, "seq"),
    step: readCount(metadata, "step"),
    phase: metadata.phase ?? "",
    metrics: readJson(metadata, "metrics"),
    layout: readJson(metadata, "layout"),
    says: metadata.says === undefined ? {} : readJson(metadata, "says"),
    tensors,
    bytes: buffer.byteLength,
  };
}

/**
 * @param {ArrayBuffer} buffer a whole safetensors blob
 * @param {string} format that its metadata must name, with the version that this page reads
 * @returns {{metadata: Record<string, string>, tensors: Record<string, Tensor>}} tensors are read when first asked for
 * @throws {FrameError} for bytes that are truncated, foreign, or of another version
 */
export function readTensors(buffer, format) {
  const { header, start } = readHeader(buffer);
  const metadata = header.__metadata__;
  const kind = format.slice(format.lastIndexOf(".") + 1);
  if (metadata?.format !== format) throw new FrameError(`these are not the bytes of a ${kind}: no format "${format}"`);
  if (metadata.version !== VERSION) {
    throw new FrameError(`${kind} version "${metadata.version}" is not readable here; this page reads "${VERSION}"`);
  }
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, info] of Object.entries(header)) {
    if (name === "__metadata__" || !(info.dtype in ITEM_BYTES)) continue; // readers ignore what they do not know
    checkExtent(name, info, buffer.byteLength - start);
    defineLazy(tensors, name, () => ({ shape: info.shape, data: readTensor(buffer, start, info) }));
  }
  return { metadata, tensors };
}

/** @param {ArrayBuffer} buffer @returns {{header: Record<string, any>, start: number}} start: offset of the tensors */
function readHeader(buffer) {
  if (buffer.byteLength < PREFIX_BYTES) throw new FrameError("the bytes are cut short: their header is not whole");
  const length = new DataView(buffer).getBigUint64(0, true);
  if (length > BigInt(buffer.byteLength - PREFIX_BYTES)) {
    throw new FrameError("the bytes are cut short: their header is not whole");
  }
  const text = new TextDecoder().decode(new Uint8Array(buffer, PREFIX_BYTES, Number(length)));
  /** @type {unknown} */
  let header;
  try {
    header = JSON.parse(text);
  } catch {
    throw new FrameError("the header is not JSON");
  }
  if (header === null || typeof header !== "object" || Array.isArray(header)) {
    throw new FrameError("the header is not a JSON object");
  }
  return { header, start: PREFIX_BYTES + Number(length) };
}

/** @param {string} name @param {TensorHeader} info @param {number} available bytes behind the header */
function checkExtent(name, info, available) {
  const [from, to] = info.data_offsets;
  const expected = info.shape.reduce((product, size) => product * size, ITEM_BYTES[info.dtype] ?? 0);
  if (to - from !== expected) throw new FrameError(`tensor "${name}" has ${to - from} bytes, not ${expected}`);
  if (to > available) throw new FrameError(`the bytes are cut short: tensor "${name}" is not whole`);
}

/** @param {ArrayBuffer} buffer @param {number} start @param {TensorHeader} info @returns {import("../types").Numbers} */
function readTensor(buffer, start, info) {
  const from = start + info.data_offsets[0];
  const to = start + info.data_offsets[1];
  const bytes = () => aligned(buffer, from, to);
  switch (info.dtype) {
    case "F64": return new Float64Array(bytes());
    case "F32": return new Float32Array(bytes());
    case "F16": return halfToFloat(new Uint16Array(bytes()));
    case "BF16": return new Float32Array(Uint32Array.from(new Uint16Array(bytes()), (bits) => bits << 16).buffer);
    case "I64": return Float64Array.from(new BigInt64Array(bytes()), Number);
    case "U64": return Float64Array.from(new BigUint64Array(bytes()), Number);
    case "I32": return new Int32Array(bytes());
    case "U32": return new Uint32Array(bytes());
    case "I16": return new Int16Array(bytes());
    case "U16": return new Uint16Array(bytes());
    case "I8": return new Int8Array(buffer, from, to - from);
    default: return new Uint8Array(buffer, from, to - from); // U8, BOOL
  }
}

/** Typed arrays want offsets that are multiples of their item size; a copy always starts at 0. All browsers are little-endian. */
const aligned = (/** @type {ArrayBuffer} */ buffer, /** @type {number} */ from, /** @type {number} */ to) =>
  buffer.slice(from, to);

/** @type {Float32Array | null} */
let halfTable = null;

/** @param {Uint16Array} halves IEEE 754 binary16 bits @returns {Float32Array} */
function halfToFloat(halves) {
  halfTable ??= makeHalfTable();
  const result = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) result[i] = /** @type {number} */ (halfTable[/** @type {number} */ (halves[i])]);
  return result;
}

/** @returns {Float32Array} the value of each of the 65,536 halves */
function makeHalfTable() {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

/** @param {Record<string, Tensor>} target @param {string} name @param {() => Tensor} make */
function defineLazy(target, name, make) {
  /** @type {Tensor | undefined} */
  let made;
  Object.defineProperty(target, name, { enumerable: true, get: () => (made ??= make()) });
}

/** @param {Record<string, string>} metadata @param {string} key @returns {number} */
function readCount(metadata, key) {
  const value = Number(metadata[key]);
  if (!Number.isInteger(value) || value < 0) throw new FrameError(`the frame's ${key} is "${metadata[key]}", not a count`);
  return value;
}

/** @param {Record<string, string>} metadata @param {string} key @returns {any} */
function readJson(metadata, key) {
  try {
    return JSON.parse(metadata[key] ?? "{}");
  } catch {
    throw new FrameError(`the frame's ${key} is not JSON`);
  }
}
