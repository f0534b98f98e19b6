// ---- text.js: texts of models as nodes. Only text is ever set, never markup. The rules are those of reporting/visible.py. ----

// A script without the Unicode property of viramas needs their list.
const ODD = /(?<spelling>(?<=[\p{Script=Devanagari}\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])[\u200c\u200d](?=[\S\ufeff])|(?<=\p{Emoji})\ufe0f)|(?<hidden>[[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--\n]|(?<=\p{M}{4})\p{M})|(?<alone>(?<![\S\ufeff])\p{M})/gv;

/** Characters above which a text scrolls in its own box. */
const LONG = 4000;
/** The same of the source above the outputs that a reader compares. */
const LONG_SOURCE = 900;

/**
 * The parts of a text: what to print, and whether it stands for a hidden character.
 * @param {string} text
 * @returns {[string, boolean][]}
 */
function pieces(text) {
  /** @type {[string, boolean][]} */
  const found = [];
  let end = 0;
  for (const match of text.matchAll(ODD)) {
    const groups = match.groups || {};
    if (groups.spelling !== undefined) continue;
    if (match.index > end) found.push([text.slice(end, match.index), false]);
    end = match.index + match[0].length;
    const code = /** @type {number} */ (match[0].codePointAt(0)).toString(16).toUpperCase().padStart(4, "0");
    found.push(groups.hidden !== undefined ? ["U+" + code, true] : ["\u25cc" + match[0], false]);
  }
  if (end < text.length) found.push([text.slice(end), false]);
  return found;
}

/** @param {string} text */
function plain(text) {
  return pieces(text).map(([piece, hidden]) => hidden ? "<" + piece + ">" : piece).join("");
}

/**
 * An element with attributes and children; strings become text. An attribute that is null is left out.
 * @param {string} tag
 * @param {Record<string, any> | null} attributes
 * @param {...(Node | string | null | (Node | string)[])} children
 * @returns {HTMLElement}
 */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  for (const child of children.flat()) if (child !== null) element.append(child);
  return element;
}

/**
 * The nodes of a text, with hidden characters visible and the words of a search marked.
 * @param {string} text
 * @param {string[]} [terms] in lower case
 * @returns {(Node | string)[]}
 */
function shown(text, terms = []) {
  return pieces(text).flatMap(([piece, hidden]) =>
    hidden ? [h("span", { class: "code" }, piece)] : marked(piece, terms));
}

/**
 * @param {string} text
 * @param {string[]} terms
 * @returns {(Node | string)[]}
 */
function marked(text, terms) {
  const lower = text.toLowerCase();
  if (!terms.length || lower.length !== text.length) return [text];
  /** @type {(Node | string)[]} */
  const nodes = [];
  let from = 0;
  while (from < text.length) {
    const places = terms.map(term => lower.indexOf(term, from));
    const first = Math.min(...places.filter(place => place >= 0));
    if (!Number.isFinite(first)) break;
    const term = terms[places.indexOf(first)];
    if (first > from) nodes.push(text.slice(from, first));
    nodes.push(h("mark", null, text.slice(first, first + term.length)));
    from = first + term.length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}

/**
 * A paragraph with a text of a model, a source or a reference.
 * @param {(Node | string)[]} nodes
 * @param {string} language
 * @param {number} length of the text
 * @param {number} [most] longer texts scroll in their own box
 */
function paragraph(nodes, language, length, most = LONG) {
  const long = length > most;
  return h("p", {
    class: !long ? "text" : most === LONG ? "text long" : "text long low", lang: tag(language), dir: "auto",
    ...(long ? { tabindex: 0, role: "region", "aria-label": "long text" } : {}),
  }, nodes);
}

/** A FLORES code as a language tag. @param {string} code */
function tag(code) {
  return code === "hin_Deva" ? "hi" : code === "eng_Latn" ? "en" : code.replace("_", "-");
}
