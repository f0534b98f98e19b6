// ---- data.js: the data of the page, as data.py wrote it ----

/**
 * @typedef {{label: string, title: string, footing: string, language: string, target: string, primary: string,
 *   metrics: [string, boolean, number, number][], systems: string[], versions: string[], flags: [string, string][],
 *   kinds: string[], datasets: string[], articles: string[], id: string[], article: number[], kind: number[],
 *   dataset: number[], words: number[], source: number[], references: number[][], base: number[], output: number[][],
 *   nearest: number[][], edits: string[][], flagged: number[][], about: Record<number, Record<number, string>>[],
 *   tokens: (number | null)[][], scores: (number | null)[][][], haystacks?: string[][]}} Task
 */

/** @type {string[]} */
let texts = [];
/** @type {Task[]} */
let tasks = [];

async function load() {
  const element = /** @type {HTMLElement} */ (document.getElementById("data"));
  let json = element.textContent || "";
  if (element.dataset.encoding === "deflate") {
    const binary = atob(json);
    const bytes = new Uint8Array(binary.length);
    for (let place = 0; place < bytes.length; place++) bytes[place] = binary.charCodeAt(place);
    json = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
  }
  element.remove();
  ({ texts, tasks } = JSON.parse(json));
  for (const task of tasks) task.haystacks = [[], []];
}

/** @param {number} number */
function textOf(number) {
  return number < 0 ? null : texts[number];
}

/**
 * The edits that lead from a reference to an output: kind, text of the reference, text of the output.
 * @param {string} reference
 * @param {string} output
 * @param {string} packed
 * @returns {[string, string, string][]}
 */
function edits(reference, output, packed) {
  /** @type {[string, string, string][]} */
  const found = [];
  let low = 0, start = 0;
  for (const [, sign, first, second] of packed.matchAll(/([=~*<>+-])(\d+)(?:\.(\d+))?/g)) {
    const one = Number(first);
    const theirs = sign === "+" || sign === ">" ? 0 : one;
    const ours = sign === "-" || sign === "<" ? 0 : second === undefined ? one : Number(second);
    const kind = { "=": "equal", "~": "equal", "*": "change", "<": "move", ">": "move", "+": "insert", "-": "delete" }[sign];
    found.push([/** @type {string} */ (kind), reference.slice(low, low + theirs), output.slice(start, start + ours)]);
    low += theirs;
    start += ours;
  }
  return found;
}

/**
 * The text that an output is compared with.
 * @param {Task} task @param {number} system @param {number} segment
 */
function comparedWith(task, system, segment) {
  if (task.base[system] >= 0) return textOf(task.output[task.base[system]][segment]);
  const version = task.nearest[system][segment];
  return version < 0 ? null : textOf(task.references[version][segment]);
}

/** A score, as numbers.py writes it. @param {number | null} value @param {number} decimals */
function number(value, decimals) {
  if (value === null) return "–";
  const least = 10 ** -decimals;
  if (value > 0 && value < least / 2) return "<" + least.toFixed(decimals);
  return (Math.abs(value) < least / 2 ? 0 : value).toFixed(decimals);
}

/** @param {number} segments */
function counted(segments) {
  return segments.toLocaleString("en") + (segments === 1 ? " segment" : " segments");
}

/** A difference of scores. @param {number} value @param {number} decimals */
function signed(value, decimals) {
  if (Math.abs(value) < 10 ** -decimals / 2) return (0).toFixed(decimals);
  return (value > 0 ? "+" : "−") + Math.abs(value).toFixed(decimals);
}

/** @param {string} text @param {boolean} loose whether marks (vowel signs, accents) count for nothing */
function folded(text, loose) {
  const lower = text.normalize(loose ? "NFD" : "NFC").toLowerCase();
  return loose ? lower.replace(/[\p{M}\u200c\u200d]/gu, "") : lower;
}

/** @param {Task} task @param {number} segment */
function searched(task, segment) {
  const numbers = [task.source[segment], ...task.references.map(of => of[segment]), ...task.output.map(of => of[segment])];
  return task.id[segment] + "\n" + numbers.filter(each => each >= 0).map(each => texts[each]).join("\n");
}

/**
 * Fold the texts of all segments for a search, in pieces of 12 ms, and call back.
 * @param {Task} task @param {boolean} loose @param {() => boolean} wanted @param {() => void} done
 */
function prepare(task, loose, wanted, done) {
  const stack = /** @type {string[][]} */ (task.haystacks)[loose ? 1 : 0];
  const end = performance.now() + 12;
  while (stack.length < task.id.length) {
    if (performance.now() > end) {
      setTimeout(() => { if (wanted()) prepare(task, loose, wanted, done); }, 0);
      return;
    }
    stack.push(folded(searched(task, stack.length), loose));
  }
  done();
}
