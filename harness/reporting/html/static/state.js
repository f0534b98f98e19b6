// ---- state.js: what the reader chose, in the address of the page too; and the segments that this leaves ----

const INITIAL = {
  task: 0, a: 0, b: 1, metric: 0, sort: "order", query: "", loose: false, flag: "", kind: "", dataset: "", article: "",
  min: "", max: "", view: "segment", differences: true, segment: 0,
};
const state = { ...INITIAL };

/** Indices of the segments that fit, in the chosen order. @type {Int32Array | number[]} */
let visible = [];

function task() {
  return tasks[state.task];
}

/** @param {string} hash */
function readHash(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  if (!given.has("t")) return false;
  const place = tasks.findIndex(each => each.label === given.get("t"));
  if (place < 0) return false;
  Object.assign(state, INITIAL, { task: place });
  const of = tasks[place];
  const index = (/** @type {string[]} */ names, /** @type {string} */ key, /** @type {number} */ instead) =>
    given.has(key) && names.includes(/** @type {string} */ (given.get(key))) ? names.indexOf(/** @type {string} */ (given.get(key))) : instead;
  choosePair(of);
  state.a = index(of.systems, "a", state.a);
  // A link may name one system only: beside it stands the one before a change, or the best other one.
  const beside = state.a !== state.b ? state.b : of.base[state.a] >= 0 ? of.base[state.a] : state.a ? 0 : Math.min(1, of.systems.length - 1);
  state.b = index(of.systems, "b", beside);
  state.metric = index(of.metrics.map(([name]) => name), "m", primary(of));
  state.segment = index(of.id, "s", 0);
  resorted = !given.has("s");
  for (const [key, name] of /** @type {const} */ ([["o", "sort"], ["q", "query"], ["f", "flag"], ["k", "kind"], ["d", "dataset"], ["r", "article"], ["from", "min"], ["to", "max"], ["v", "view"]])) {
    if (given.has(key)) Object.assign(state, { [name]: given.get(key) });
  }
  state.loose = given.get("l") === "1";
  state.differences = given.get("w") !== "0";
  return true;
}

function writeHash() {
  const of = task();
  const told = new URLSearchParams({ t: of.label, s: of.id[state.segment] || "" });
  const put = (/** @type {string} */ key, /** @type {string} */ value, /** @type {boolean} */ is) => { if (is) told.set(key, value); };
  put("a", of.systems[state.a], of.systems.length > 0);
  put("b", of.systems[state.b], of.systems.length > 1);
  put("m", of.metrics[state.metric][0], state.metric !== primary(of));
  put("o", state.sort, state.sort !== "order");
  put("q", state.query, state.query !== "");
  put("l", "1", state.loose);
  put("f", state.flag, state.flag !== "");
  put("k", state.kind, state.kind !== "");
  put("d", state.dataset, state.dataset !== "");
  put("r", state.article, state.article !== "");
  put("from", state.min, state.min !== "");
  put("to", state.max, state.max !== "");
  put("v", state.view, state.view !== "segment");
  put("w", "0", !state.differences);
  history.replaceState(null, "", "#" + told);
}

/** @param {Task} of */
function primary(of) {
  return Math.max(0, of.metrics.findIndex(([name]) => name === of.primary));
}

/** Choose the two systems that lead, or before and after. @param {Task} of */
function choosePair(of) {
  const changed = of.base.findIndex(base => base >= 0);
  state.metric = primary(of);
  state.a = changed >= 0 ? changed : 0;
  state.b = changed >= 0 ? of.base[changed] : Math.min(1, of.systems.length - 1);
}

/** A score so that more is better; a missing one is not a number. @param {number} system @param {number} segment */
function oriented(system, segment) {
  const of = task();
  const value = of.scores.length && of.systems.length ? of.scores[state.metric][system][segment] : null;
  return value === null || value === undefined ? NaN : of.metrics[state.metric][1] ? -value : value;
}

/** The key by which segments are sorted; lower first, segments without it last. @type {Record<string, (segment: number) => number>} */
const KEYS = {
  diff: segment => -Math.abs(oriented(state.a, segment) - oriented(state.b, segment)),
  "a-better": segment => oriented(state.b, segment) - oriented(state.a, segment),
  "b-better": segment => oriented(state.a, segment) - oriented(state.b, segment),
  worst: segment => oriented(state.a, segment),
  best: segment => -oriented(state.a, segment),
  long: segment => -task().words[segment],
};

function terms() {
  return folded(state.query, state.loose).split(/\s+/).filter(Boolean);
}

/** Find the segments that fit, and sort them. The texts must be prepared if there is a query. */
function choose() {
  const of = task();
  const flag = of.flags.findIndex(([name]) => name === state.flag);
  const kind = of.kinds.indexOf(state.kind), dataset = of.datasets.indexOf(state.dataset), article = of.articles.indexOf(state.article);
  const min = state.min === "" ? 0 : Number(state.min), max = state.max === "" ? Infinity : Number(state.max);
  const wanted = terms();
  const stack = /** @type {string[][]} */ (of.haystacks)[state.loose ? 1 : 0];
  const anyFlag = state.flag === "*";
  const flagged = (/** @type {number} */ segment) => of.flagged.some(bits => anyFlag ? bits[segment] : bits[segment] & (1 << flag));
  const found = [];
  for (let segment = 0; segment < of.id.length; segment++) {
    if (kind >= 0 && of.kind[segment] !== kind || dataset >= 0 && of.dataset[segment] !== dataset) continue;
    if (article >= 0 && of.article[segment] !== article) continue;
    if (of.words[segment] < min || of.words[segment] > max) continue;
    if (state.flag && !flagged(segment)) continue;
    if (wanted.length && !wanted.every(term => stack[segment].includes(term))) continue;
    found.push(segment);
  }
  const key = KEYS[state.sort];
  if (key) {
    const keys = new Float64Array(of.id.length);
    for (const segment of found) {
      const value = key(segment);
      keys[segment] = Number.isNaN(value) ? Infinity : value;
    }
    found.sort((one, other) => keys[one] - keys[other] || one - other);
  }
  visible = found;
}

function filters() {
  return [state.flag, state.kind, state.dataset, state.article, state.min, state.max].filter(value => value !== "").length;
}
