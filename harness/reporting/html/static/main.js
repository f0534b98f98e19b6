// ---- main.js: controls, keys and the address ----

const control = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
let search = 0;

/** @param {string} message */
function say(message) {
  control("status").textContent = message;
}

/** @param {string} id @param {[string, string][]} options @param {string} value */
function fill(id, options, value) {
  control(id).replaceChildren(...options.map(([key, name]) => h("option", { value: key }, plain(name))));
  control(id).value = value;
}

/** Set every control to the state. */
function drawControls() {
  const of = task();
  const numbered = (/** @type {string[]} */ names) => names.map((name, place) => /** @type {[string, string]} */ ([String(place), name]));
  const named = (/** @type {string} */ all, /** @type {string[]} */ names) => /** @type {[string, string][]} */ ([["", all], ...names.filter(Boolean).map(name => [name, name])]);
  fill("c-task", numbered(tasks.map(each => each.title)), String(state.task));
  fill("c-a", numbered(of.systems), String(state.a));
  fill("c-b", numbered(of.systems), String(state.b));
  fill("c-metric", numbered(of.metrics.map(([name, lower]) => lower ? name + " ↓" : name)), String(state.metric));
  fill("c-flag", [["", "any or none"], ["*", "any flag, of any system"], ...of.flags.map(([name, label]) => /** @type {[string, string]} */ ([name, name + ": " + label]))], state.flag);
  fill("c-kind", named("all kinds", of.kinds), state.kind);
  fill("c-dataset", named("all datasets", of.datasets), state.dataset);
  const few = of.articles.length <= 500;
  fill("c-article", named(few ? "all articles" : "too many to list", few ? of.articles : state.article ? [state.article] : []), state.article);
  control("c-sort").value = state.sort;
  if (control("c-q").value !== state.query) control("c-q").value = state.query;
  control("c-loose").checked = state.loose;
  control("c-min").value = state.min;
  control("c-max").value = state.max;
  control("filter-count").textContent = filters() ? ` (${filters()})` : "";
  control("v-segment").setAttribute("aria-pressed", String(state.view === "segment"));
  control("v-article").setAttribute("aria-pressed", String(state.view === "article"));
}

/** Find the segments anew, and draw everything; keep the selected segment if it still fits. @param {boolean} [first] */
function refresh(first = false) {
  const of = task(), current = ++search;
  const draw = () => {
    choose();
    if (visible.length && position() < 0 || resorted) state.segment = visible.length ? visible[0] : state.segment;
    resorted = false;
    list.scrollTop = 0;
    drawControls();
    drawList();
    reveal();
    drawDetail();
    if (!first) writeHash();
    const all = counted(of.id.length);
    say(visible.length === of.id.length ? all : `${visible.length.toLocaleString("en")} of ${all}`);
  };
  if (!terms().length) draw();
  else {
    say("Searching");
    prepare(of, state.loose, () => current === search, draw);
  }
}
/** Whether the order changed, so that the first segment of the new order is wanted. */
let resorted = false;

/** @param {number} segment @param {boolean} scroll */
function select(segment, scroll) {
  state.segment = segment;
  if (scroll) reveal();
  else drawRows();
  drawDetail();
  writeHash();
}

/** @param {number} step */
function move(step) {
  if (!visible.length) return;
  const place = Math.max(0, Math.min(visible.length - 1, position() + step));
  select(visible[place], true);
  say(`${plain(task().id[state.segment])}, ${place + 1} of ${visible.length.toLocaleString("en")}`);
}

/** @param {"a" | "b"} role @param {number} system */
function chooseSystem(role, system) {
  if (system >= task().systems.length) return;
  const other = role === "a" ? "b" : "a";
  if (state[other] === system) state[other] = state[role];
  state[role] = system;
  refresh();
}

function toggleDifferences() {
  state.differences = !state.differences;
  drawDetail();
  writeHash();
  say(state.differences ? "Differences are shown" : "Differences are hidden");
}

/** @param {"segment" | "article"} view */
function show(view) {
  state.view = view;
  drawControls();
  drawDetail();
  writeHash();
}

function listen() {
  control("controls").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  /** @param {string} id @param {(value: string, element: any) => void} set @param {string} [kind] */
  const on = (id, set, kind = "change") => control(id).addEventListener(kind, () => { set(control(id).value, control(id)); refresh(); });
  on("c-task", value => { Object.assign(state, INITIAL, { task: Number(value), sort: state.sort, view: state.view, differences: state.differences }); choosePair(task()); });
  control("c-a").addEventListener("change", () => chooseSystem("a", Number(control("c-a").value)));
  control("c-b").addEventListener("change", () => chooseSystem("b", Number(control("c-b").value)));
  on("c-metric", value => { state.metric = Number(value); });
  on("c-sort", value => { state.sort = value; resorted = true; });
  on("c-q", value => { state.query = value; }, "input");
  on("c-loose", (_, element) => { state.loose = element.checked; });
  on("c-flag", value => { state.flag = value; });
  on("c-kind", value => { state.kind = value; });
  on("c-dataset", value => { state.dataset = value; });
  on("c-article", value => { state.article = value; });
  on("c-min", value => { state.min = value; });
  on("c-max", value => { state.max = value; });
  control("c-reset").addEventListener("click", () => { Object.assign(state, { flag: "", kind: "", dataset: "", article: "", min: "", max: "" }); refresh(); });
  control("v-segment").addEventListener("click", () => show("segment"));
  control("v-article").addEventListener("click", () => show("article"));
  control("c-help").addEventListener("click", () => control("help").showModal());
  list.addEventListener("keydown", event => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(step);
  });
  document.addEventListener("keydown", key);
  window.addEventListener("hashchange", () => { if (readHash(location.hash)) { refresh(); control("segments").scrollIntoView(); } });
}

/** @param {KeyboardEvent} event */
function key(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.key === "Escape" && target === control("c-q")) { control("c-q").blur(); list.focus(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || control("help").open) return;
  if (target.closest && target.closest("input:not([type=checkbox]), select, textarea")) return;
  const digit = /^Digit([1-9])$/.exec(event.code);
  const actions = {
    j: () => move(1), k: () => move(-1), d: toggleDifferences, a: () => show(state.view === "article" ? "segment" : "article"),
    x: () => { [state.a, state.b] = [state.b, state.a]; refresh(); },
    "/": () => { control("segments").scrollIntoView(); control("c-q").focus(); control("c-q").select(); },
    "?": () => control("help").showModal(),
  };
  const action = digit ? () => chooseSystem(event.shiftKey ? "b" : "a", Number(digit[1]) - 1) : actions[/** @type {keyof typeof actions} */ (event.key)];
  if (!action) return;
  event.preventDefault();
  action();
}

load().then(() => {
  choosePair(task());
  const linked = readHash(location.hash);
  document.documentElement.classList.add("js");
  control("app").hidden = false;
  listen();
  refresh(true);
  if (linked) control("segments").scrollIntoView();
  // Fold the texts while nothing else happens, so that the first search is as fast as the others.
  const idle = window.requestIdleCallback || (run => setTimeout(run, 200));
  idle(() => { const of = task(); prepare(of, false, () => true, () => {}); });
}).catch(error => {
  const list = control("app");
  list.hidden = false;
  list.replaceChildren(h("p", { class: "note" }, "This browser cannot show all segments (" + plain(String(error.message || error)) + "); the first ones are below."));
  document.documentElement.classList.remove("js");
});
