/**
 * Numbers as people write them: reads what can mean one number only, and refuses the rest with a sentence that says what to write
 * instead. The server's config/base.py has the same rules; a test holds both against one table.
 * @typedef {{ value: number | null, complaint: string | null }} Reading value: null for nothing, and where there is a complaint
 * @typedef {{ whole?: boolean }} Sort whole: a comma can only be one of thousands there
 */

const NUMBER = /^[+-]?(\d+(_\d+)*(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const SPACED = /^[+-]?\d{1,3}( \d{3})+(\.\d+)?$/;
const COMMAS = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/;
const DECIMAL_COMMA = /^[+-]?\d*,\d+(e[+-]?\d+)?$/i;
const FRACTION = /^[+-]?0,\d+$/;
const POINTS = /^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$/;
const OTHER_BASE = /^0(x[0-9a-f]+|o[0-7]+|b[01]+)$/i;
const SEPARATOR = / ?; ?|, | ,? ?/;
const SPACED_INSIDE = /(?<![\d._])[+-]?[1-9]\d{0,2}(?: \d{3})+(?![\d_]|[.,]\d)/;
const LONGEST = 40; // characters of a wrong number that are worth repeating
const NUMERALS = ["", "one", "two", "three", "four"];

/** @param {string} text @param {Sort} [sort] @returns {Reading} */
export function readNumber(text, { whole = false } = {}) {
  let simple = plain(text);
  if (simple === "") return { value: null, complaint: null };
  if (SPACED.test(simple)) simple = simple.replaceAll(" ", "");
  if (COMMAS.test(simple) && (whole || simple.split(",").length > 2 || simple.includes("."))) simple = simple.replaceAll(",", "");
  if (!NUMBER.test(simple) || (whole && POINTS.test(simple))) return refuse(instead(simple, whole));
  const value = Number(simple.replaceAll("_", ""));
  if (!Number.isFinite(value)) return refuse(`${cut(simple)} is too large`);
  if (whole && !Number.isInteger(value)) return refuse(`${cut(simple)} is not a whole number`);
  return { value, complaint: null };
}

/**
 * Several numbers, apart by commas, semicolons or spaces.
 * @param {string} text @param {Sort} [sort] @returns {{ values: number[], complaint: string | null }} no values where there is a complaint
 */
export function readNumbers(text, { whole = false } = {}) {
  const simple = plain(text).replace(/ ?[,;]$/, "");
  const spaced = SPACED_INSIDE.exec(simple)?.[0];
  if (spaced) return { values: [], complaint: severally(spaced, [spaced.replaceAll(" ", "")], spaced.split(" ")) };
  /** @type {number[]} */
  const values = [];
  for (const word of simple === "" ? [] : simple.split(SEPARATOR)) {
    const parts = word.split(",");
    const complaint = ambiguity(word, parts, whole);
    if (complaint) return { values: [], complaint };
    for (const part of parts) {
      const read = part === "" ? refuse("a value is missing between two commas") : readNumber(part, { whole });
      if (read.value === null) return { values: [], complaint: read.complaint };
      values.push(read.value);
    }
  }
  return { values, complaint: null };
}

/** @param {string} text @returns {string} with one kind of minus, space and digits */
function plain(text) {
  const narrow = text.replaceAll(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  return narrow.replaceAll("−", "-").replaceAll(/\s+/g, " ").trim();
}

/** What commas without a space may mean in a list. @param {string} word @param {string[]} parts @param {boolean} whole @returns {string | null} */
function ambiguity(word, parts, whole) {
  if (parts.length === 1) return null;
  const thousands = COMMAS.test(word) ? [word.replaceAll(",", "")] : [];
  const decimal = !whole && DECIMAL_COMMA.test(word) ? [word.replace(",", ".")] : [];
  const fraction = whole && FRACTION.test(word); // it cannot be one there, but may well be meant
  return thousands.length || decimal.length || fraction ? severally(word, [...thousands, ...decimal], parts) : null;
}

/** @param {string} word @param {string[]} single what it may mean as one number @param {string[]} parts as several @returns {string} */
function severally(word, single, parts) {
  const several = `${parts.join(", ")} for ${NUMERALS[parts.length] ?? parts.length} values`;
  return `${cut(word)}: write ${[...single, several].join(", or ")}`;
}

/** @param {string} simple @param {boolean} whole @returns {string} what is wrong with it, and what it may have been meant to be */
function instead(simple, whole) {
  const name = cut(simple);
  const clear = simple.split(".").length > 2 || simple.includes(",");
  if (POINTS.test(simple) && (clear || whole)) {
    return `${name}: write ${simple.replaceAll(".", "").replace(",", ".")}${clear ? "" : ` or ${simple.split(".")[0]}`}`;
  }
  if (DECIMAL_COMMA.test(simple)) {
    if (whole) return `${name} is not a whole number`;
    return `${name}: write ${COMMAS.test(simple) ? `${simple.replaceAll(",", "")} or ` : ""}${simple.replace(",", ".")}`;
  }
  if (OTHER_BASE.test(simple)) return `${name} is not a decimal number: write ${Number(simple)}`;
  return `${name} is not a number`;
}

/** @param {string} complaint @returns {Reading} */
const refuse = (complaint) => ({ value: null, complaint });

/** @param {string} text */
const cut = (text) => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`);
