// ---- list.js: the list of segments; only the rows in view exist ----

const ROW = 68;
const BESIDE = 8;
const list = /** @type {HTMLElement} */ (document.getElementById("list"));
const spacer = /** @type {HTMLElement} */ (document.getElementById("spacer"));

function position() {
  return visible.indexOf(state.segment);
}

function drawList() {
  spacer.style.height = visible.length * ROW + "px";
  drawRows();
}

function drawRows() {
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - BESIDE);
  const last = Math.min(visible.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + BESIDE);
  const rows = [];
  for (let place = first; place < last; place++) rows.push(row(place));
  spacer.replaceChildren(...rows);
  if (!visible.length) spacer.append(h("p", { class: "empty" }, "No segment fits. Clear the search or the filters."));
  const at = position();
  if (at >= first && at < last) list.setAttribute("aria-activedescendant", "row-" + at);
  else list.removeAttribute("aria-activedescendant");
}

/** @param {number} place */
function row(place) {
  const of = task(), segment = visible[place];
  const [a, b] = [oriented(state.a, segment), oriented(state.b, segment)];
  const decimals = of.scores.length ? of.metrics[state.metric][2] : 1;
  const score = (/** @type {number} */ system) =>
    of.scores.length ? number(of.scores[state.metric][system][segment], decimals) : "–";
  const bits = [...new Set([state.a, state.b])].reduce((all, system) => all | (of.flagged[system] ? of.flagged[system][segment] : 0), 0);
  const flags = of.flags.filter((_, bit) => bits & (1 << bit)).map(([name]) => name).join(", ");
  const element = h("div", {
    class: "row", id: "row-" + place, role: "option", "aria-selected": segment === state.segment,
    "aria-posinset": place + 1, "aria-setsize": visible.length,
  },
    h("div", { class: "head" },
      h("span", { class: "id" }, plain(of.id[segment])),
      flags ? h("span", { class: "flagged", title: "A or B: " + flags }, "⚑\u00a0" + flags) : null,
      of.systems.length ? h("span", { class: "sa" }, "A\u00a0" + score(state.a)) : null,
      of.systems.length > 1 ? h("span", { class: "sb" }, "B\u00a0" + score(state.b)) : null,
      of.systems.length > 1 && !Number.isNaN(a - b) ? h("span", { class: "muted" }, signed(a - b, decimals)) : null),
    h("div", { class: "preview", lang: tag(of.language), dir: "auto" }, plain((textOf(of.source[segment]) || "").slice(0, 160))));
  element.style.top = place * ROW + "px";
  element.addEventListener("click", () => select(segment, false));
  return element;
}

/** Scroll the list so that the selected row is in view. */
function reveal() {
  const at = position();
  if (at < 0) return;
  if (at * ROW < list.scrollTop) list.scrollTop = at * ROW;
  else if ((at + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (at + 1) * ROW - list.clientHeight;
  drawRows();
}

list.addEventListener("scroll", drawRows, { passive: true });
window.addEventListener("resize", drawRows);
