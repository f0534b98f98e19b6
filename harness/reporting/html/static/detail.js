// ---- detail.js: one segment with all outputs, or an article in reading order ----

const detail = /** @type {HTMLElement} */ (document.getElementById("detail"));
/** Passages of an article that are shown at once. */
const PASSAGES = 120;

function drawDetail() {
  const of = task();
  if (!of.id.length) detail.replaceChildren(h("p", { class: "empty" }, "This task has no segments."));
  else if (state.view === "article") detail.replaceChildren(...article(of, state.segment));
  else detail.replaceChildren(...segmentView(of, state.segment));
  detail.setAttribute("aria-label", (state.view === "article" ? "Article " : "Segment ") + plain(of.id[state.segment] || ""));
  detail.scrollTop = 0;
  const current = detail.querySelector(".passage.current");
  if (current && detail.scrollHeight > detail.clientHeight) detail.scrollTop = /** @type {HTMLElement} */ (current).offsetTop - detail.offsetTop - 60;
}

/** @param {Task} of @param {number} segment @returns {Node[]} */
function segmentView(of, segment) {
  const marks = state.loose ? [] : terms();
  const source = textOf(of.source[segment]) || "";
  const words = of.words[segment];
  const meta = [of.kinds[of.kind[segment]], of.datasets[of.dataset[segment]], of.articles[of.article[segment]], words + (words === 1 ? " word" : " words"), of.footing];
  const nodes = [
    h("h3", null, h("span", { class: "id" }, plain(of.id[segment]))),
    h("p", { class: "meta" }, plain([...new Set(meta)].filter(Boolean).join(" · "))),
    tools(),
    h("p", { class: "label" }, "source"),
    paragraph(shown(source, marks), of.language, source.length, LONG_SOURCE),
  ];
  of.versions.forEach((version, place) => {
    const text = textOf(of.references[place][segment]);
    if (text === null) return;
    nodes.push(h("p", { class: "label" }, "reference " + plain(version)), paragraph(shown(text, marks), of.target, text.length));
  });
  nodes.push(h("div", { class: "outputs" }, order(of).map(system => output(of, system, segment))));
  return nodes;
}

/** The systems, A and B first. @param {Task} of */
function order(of) {
  const first = of.systems.length ? [...new Set([state.a, state.b])] : [];
  return [...first, ...of.systems.keys()].filter((each, place, all) => all.indexOf(each) === place);
}

/** @param {Task} of @param {number} system @param {number} segment */
function output(of, system, segment) {
  const text = textOf(of.output[system][segment]);
  const role = system === state.a ? "a" : system === state.b ? "b" : "n";
  const value = of.scores.length ? of.scores[state.metric][system][segment] : null;
  const rest = of.metrics.map(([name, , decimals], place) =>
    place === state.metric ? "" : name + " " + number(of.scores[place][system][segment], decimals));
  const [chosen, , decimals, point] = of.metrics[state.metric] || ["", false, 1, 1];
  if (of.tokens[system][segment] !== null) rest.push(of.tokens[system][segment] + " tokens");
  const fill = h("div", { class: "fill" });
  fill.style.width = Math.max(0, Math.min(100, (value || 0) / point)) + "%";
  return h("section", { class: "output" + (role === "n" ? "" : " is-" + role), "aria-label": plain(of.systems[system]) },
    h("h4", null,
      h("span", { class: "badge " + role }, role === "n" ? String(system + 1) : role.toUpperCase()),
      h("span", { class: "name" }, plain(of.systems[system])),
      h("span", { class: "value" }, number(value, decimals)), h("span", { class: "muted" }, chosen)),
    h("div", { class: "track", "aria-hidden": "true" }, fill),
    h("p", { class: "rest" }, rest.filter(Boolean).join(" · "), " ", chips(of, system, segment)),
    text === null ? h("p", { class: "muted" }, "no output") : body(of, system, segment, text),
    comparison(of, system, segment));
}

/** @param {Task} of @param {number} system @param {number} segment @returns {(Node | string)[]} */
function chips(of, system, segment) {
  const about = of.about[system][segment] || {};
  return of.flags.flatMap(([name, label], bit) => of.flagged[system][segment] & (1 << bit)
    ? [h("span", { class: "chip", title: about[bit] ? label + ": " + plain(about[bit]) : label }, name), " "] : []);
}

/** @param {Task} of @param {number} system @param {number} segment @param {string} text */
function body(of, system, segment, text) {
  const marks = state.loose ? [] : terms();
  if (text === "") return h("p", { class: "muted" }, "empty output");
  const base = comparedWith(of, system, segment);
  if (!state.differences || base === null || !of.edits[system][segment]) return paragraph(shown(text, marks), of.target, text.length);
  return paragraph(edits(base, text, of.edits[system][segment]).flatMap(([kind, theirs, ours]) => edit(kind, theirs, ours, marks)), of.target, text.length);
}

/** @param {string} kind @param {string} theirs @param {string} ours @param {string[]} marks @returns {(Node | string)[]} */
function edit(kind, theirs, ours, marks) {
  const name = { change: "changed", move: "moved" }[kind] || null;
  if (kind === "equal") return shown(ours, marks);
  // White space after the words belongs to no mark.
  const [theirWords, ourWords] = [theirs.trimEnd(), ours.trimEnd()];
  return [
    ...(theirs ? [h("del", { class: name }, shown(theirWords)), theirs.slice(theirWords.length)] : []),
    ...(ours ? [h("ins", { class: name, title: kind === "move" ? "elsewhere in the reference" : null }, shown(ourWords, marks)), ours.slice(ourWords.length)] : []),
  ];
}

/** What the marks compare with. @param {Task} of @param {number} system @param {number} segment */
function comparison(of, system, segment) {
  const text = textOf(of.output[system][segment]), base = comparedWith(of, system, segment);
  if (!state.differences || !text || base === null) return null;
  const name = of.base[system] >= 0 ? of.systems[of.base[system]] : "reference " + of.versions[of.nearest[system][segment]];
  if (text === base) return h("p", { class: "rest" }, "the same as " + plain(name));
  if (!of.edits[system][segment]) return h("p", { class: "rest" }, "too little in common with " + plain(name) + " to mark differences");
  return h("p", { class: "rest" }, "marked against " + plain(name));
}

/** @param {Task} of @param {number} segment @returns {Node[]} */
function article(of, segment) {
  const isOne = of.articles.length === of.id.length; // each segment is an article, so that the whole list is read
  const all = [...of.id.keys()].filter(each => isOne || of.article[each] === of.article[segment]);
  const at = all.indexOf(segment), from = Math.max(0, Math.min(at - PASSAGES / 2, all.length - PASSAGES));
  const part = all.slice(from, from + PASSAGES);
  const step = (/** @type {number} */ place, /** @type {string} */ name) => h("button", { type: "button", onclick: () => select(all[place], true) }, name);
  return [
    h("h3", null, isOne ? "All segments in order" : plain(of.articles[of.article[segment]])),
    h("p", { class: "meta" }, all.length === part.length ? counted(all.length) : `segments ${from + 1}–${from + part.length} of ${all.length}`),
    tools(),
    from > 0 ? h("p", null, step(Math.max(0, from - PASSAGES / 2), "earlier")) : "",
    h("div", { class: "reading" }, part.map(each => passage(of, each, each === segment))),
    from + part.length < all.length ? h("p", null, step(Math.min(all.length - 1, from + PASSAGES + PASSAGES / 2), "later")) : "",
  ].filter(node => node !== "").map(node => /** @type {Node} */ (node));
}

/** @param {Task} of @param {number} segment @param {boolean} current */
function passage(of, segment, current) {
  const column = (/** @type {string} */ label, /** @type {Node} */ node) => h("div", null, h("p", { class: "label" }, label), node);
  const source = textOf(of.source[segment]) || "";
  const version = of.references.findIndex(texts => texts[segment] >= 0);
  const reference = version < 0 ? null : /** @type {string} */ (textOf(of.references[version][segment]));
  const systems = of.systems.length ? [...new Set([state.a, state.b])] : [];
  return h("div", { class: "passage" + (current ? " current" : "") },
    h("p", { class: "link" }, h("button", { type: "button", onclick: () => { state.view = "segment"; select(segment, true); drawControls(); } }, plain(of.id[segment]))),
    column("source", paragraph(shown(source), of.language, source.length)),
    reference === null ? null : column("reference " + plain(of.versions[version]), paragraph(shown(reference), of.target, reference.length)),
    systems.map(system => {
      const text = textOf(of.output[system][segment]);
      return column((system === state.a ? "A " : "B ") + plain(of.systems[system]), text === null ? h("p", { class: "muted" }, "no output") : body(of, system, segment, text));
    }));
}

function tools() {
  const button = (/** @type {string} */ name, /** @type {() => void} */ onclick) => h("button", { type: "button", onclick }, name);
  return h("div", { class: "tools", role: "group", "aria-label": "Copy" },
    button("Copy text", () => copy("text")),
    button("Copy Markdown", () => copy("markdown")),
    button("Copy issue", () => copy("issue")),
    button("Copy link", () => copy("link")),
    h("button", { type: "button", "aria-pressed": state.differences, onclick: toggleDifferences }, "Differences"));
}
