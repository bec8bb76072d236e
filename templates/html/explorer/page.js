/* What hands do: every gesture makes the next model, and it is drawn. */
const SECONDS_A_STEP = 0.9;

let pending = null;
let alike = true;
let timer = null;
let marked = new Map();

/** Draw a setting, or say what is wrong with it and leave the last picture. */
function show(setting, more = {}) {
  const problem = problemOf(setting, layerOf(setting));
  byId("problem").textContent = problem === null ? "" : say(`problem_${problem}`);
  document.body.classList.toggle("has-problem", problem !== null);
  pending = setting;
  if (problem === null) look(setting, more);
}

/** Draw a setting that can be drawn; a view that the layer lacks is the forward one. */
function look(setting, { view = model?.view ?? "net", seed = model?.seed ?? 1, cell = null, edits = editsFor(layerOf(setting)) } = {}) {
  model = modelOf(setting, GOALS[view] in derivationOf(setting).views ? view : "net", seed, edits);
  drawPicture();
  drawFormulas();
  drawCode();
  byId("command").innerHTML = flagged(escaped(commandOf(setting)));
  byId("step").value = middle();
  select(cell !== null && cell.flat >= 0 && model.arrays.includes(cell.array) ? cell : { array: model.goal, flat: middle() });
}

/** A reader's own numbers, as {array: {place: number}}, in those arrays that keep their shape in another layer. */
function editsFor(layer) {
  const kept = Object.keys(model?.edits ?? {}).filter((array) => array in layer.arrays && same(shapeOf(layer, array), shapeOf(model.layer, array)));
  return Object.fromEntries(kept.map((array) => [array, model.edits[array]]));
}

/** The selected cell gets a number of the reader's. */
function edit(value) {
  const { array, flat } = model.cell;
  const [least, most] = DATA.own;
  if (array === model.goal || !Number.isInteger(value) || value < least || value > most) return;
  look(model.setting, { cell: model.cell, edits: { ...model.edits, [array]: { ...model.edits[array], [flat]: value } } });
}

/** Make a cell the one that is told when no pointer is on another, and the one that Tab leads to. */
function select(cell) {
  model.cell = cell;
  for (const grid of byId("arrays").querySelectorAll("[role=grid]")) {
    for (const reachable of grid.querySelectorAll('[tabindex="0"]')) reachable.tabIndex = -1;
    grid.querySelector(".cell")?.setAttribute("tabindex", "0");
  }
  const own = built.get(cell.array).cells[cell.flat];
  own.closest("[role=grid]").querySelectorAll('[tabindex="0"]').forEach((other) => { other.tabIndex = -1; });
  own.tabIndex = 0;
  if (cell.array === model.goal) byId("step").value = cell.flat;
  byId("count").textContent = `${Number(byId("step").value) + 1} / ${countOf(model.layer, model.goal)}`;
  point(cell);
  const index = indexOf(model.layer, cell.array, cell.flat).join(".");
  const typed = Object.entries(model.edits).flatMap(([array, numbers]) =>
    Object.entries(numbers).map(([flat, value]) => `${nameOf(array)}.${flat}:${value}`));
  const fragment = fragmentOf(model.setting, {
    view: model.view, cell: `${nameOf(cell.array)}.${index}`, numbers: model.seed, ...(typed.length > 0 ? { own: typed.join(",") } : {}),
  });
  if (location.hash !== `#${fragment}`) keepAddress(`#${fragment}`);
}

/** Change the address; a page inside a frame, as in a notebook, has none that it may change. */
function keepAddress(address) {
  try {
    history.replaceState(null, "", address);
  } catch {
    byId("share").hidden = true;
  }
}

/** Mark a cell and all it reaches, and tell its formula; what a pointer does for a moment and a selection until the next. */
function point({ array, flat }) {
  const marks = new Map();
  const mark = (cell, name, term = null) => marks.set(cell, { name, term });
  const products = productsOf(model, array, flat);
  const isTarget = array === model.goal;
  const isNumbered = isTarget && products.length > 1 && products.length <= MOST_TERMS;
  products.forEach(({ target, factors }, k) => {
    if (!isTarget) mark(built.get(model.goal).cells[target], "active");
    for (const factor of factors) {
      if (factor.array === array && factor.flat === flat) continue;
      mark(built.get(factor.array).cells[factor.flat], "active", isNumbered && !factor.isOuter ? k + 1 : null);
    }
  });
  if (isTarget) {
    for (const [name, key] of zerosRead(model.layer, model.goal, model.found, flat, Object.fromEntries(built))) {
      const zero = built.get(name).zeros.get(key);
      if (zero) mark(zero, "active-zero");
    }
  }
  mark(built.get(array).cells[flat], "current");
  remark(marks);
  const { html, note, sentence, isLong } = readingOf(model, array, flat);
  byId("reading").innerHTML = html;
  byId("reading").classList.toggle("long", isLong === true);
  byId("edit").hidden = isTarget || !same({ array, flat }, model.cell);
  if (document.activeElement !== byId("value")) byId("value").value = model.values[array][flat];
  byId("note").textContent = note;
  byId("sentence").textContent = sentence;
  byId("at").textContent = indicesIn(model.does, array, flat);
  byId("step").setAttribute("aria-valuetext", text(cellNode(model.layer, model.goal, Number(byId("step").value))));
}

/** Marks in place of the last ones; a cell that keeps its mark is not touched. */
function remark(marks) {
  for (const [cell, { name, term }] of marked) {
    if (marks.get(cell)?.name !== name) cell.classList.remove(name);
    if (term !== null && marks.get(cell)?.term == null) delete cell.dataset.term;
  }
  for (const [cell, { name, term }] of marks) {
    if (marked.get(cell)?.name !== name) cell.classList.add(name);
    if (term !== null && marked.get(cell)?.term !== term) cell.dataset.term = term;
  }
  marked = marks;
}

/** Scroll what #this, which stays at the lower edge of the window, would cover. */
function reveal(cell) {
  const covered = cell.getBoundingClientRect().bottom + 8 - byId("this").getBoundingClientRect().top;
  if (covered > 0) scrollBy(0, covered);
}

/** The letters of a cell's subscripts that stand in lines of code, with their numbers: x = 1, y = 2. */
function indicesIn(lines, array, flat) {
  const index = indexOf(model.layer, array, flat);
  return model.layer.arrays[array].map((axis, k) => [axis, index[k]])
    .filter(([axis]) => lines.some((written) => new RegExp(`\\b${axis}\\b`).test(written)))
    .map(([axis, value]) => `${axis} = ${value}`).join(", ");
}

const NAMES = { ...GOALS, delta: "δ", a: "a", w: "w", bias: "β", df: "f'(net^{l-1})" };
const nameOf = (array) => Object.keys(NAMES).find((key) => NAMES[key] === array);
const cellAt = (target) => {
  const cell = target.closest?.(".cell");
  return cell ? { array: cell.closest("figure").dataset.array, flat: Number(cell.dataset.flat) } : null;
};

/** Step through the result by itself, or stop. */
function play(starts) {
  clearInterval(timer);
  timer = null;
  byId("play").textContent = say(starts ? "pause" : "play");
  byId("play").setAttribute("aria-pressed", String(starts));
  if (!starts) return;
  const count = countOf(model.layer, model.goal);
  const at = model.cell.array === model.goal ? model.cell.flat : count - 1;
  select({ array: model.goal, flat: (at + 1) % count });
  timer = setInterval(() => {
    if (model.cell.flat + 1 >= count) play(false);
    else select({ array: model.goal, flat: model.cell.flat + 1 });
  }, SECONDS_A_STEP * 1000);
}

/** The next cell in a direction inside one panel; the same where there is none. */
function neighbour({ array, flat }, key) {
  const { sides: { rows, columns }, size } = built.get(array);
  const panel = Math.floor(flat / size);
  let [u, v] = [Math.floor((flat % size) / columns.extent), (flat % size) % columns.extent];
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -columns.extent], End: [0, columns.extent] };
  const [down, right] = moves[key];
  u = Math.min(rows.extent - 1, Math.max(0, u + down));
  v = Math.min(columns.extent - 1, Math.max(0, v + right));
  return { array, flat: panel * size + u * columns.extent + v };
}

/** Every gesture, and what it does. */
function listen() {
  const arrays = byId("arrays");
  arrays.addEventListener("pointerover", (event) => { const cell = cellAt(event.target); if (cell && timer === null) point(cell); });
  arrays.addEventListener("pointerleave", () => { if (timer === null) point(model.cell); });
  arrays.addEventListener("click", (event) => { const cell = cellAt(event.target); if (cell) { play(false); select(cell); } });
  arrays.addEventListener("focusin", (event) => {
    const cell = cellAt(event.target);
    if (cell && !same(cell, model.cell)) { play(false); select(cell); }
    if (cell) reveal(event.target);
  });
  arrays.addEventListener("keydown", (event) => {
    const cell = cellAt(event.target);
    if (!cell || event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^[-0-9]$/.test(event.key) && cell.array !== model.goal) { // what is typed goes into the field
      byId("value").value = "";
      byId("value").focus();
    }
    if (!/^(Arrow|Home$|End$)/.test(event.key)) return;
    event.preventDefault();
    const next = neighbour(cell, event.key);
    built.get(next.array).cells[next.flat].focus();
  });
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const choose = (tab) => { play(false); look(model.setting, { view: tab.dataset.view }); tab.focus(); };
  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const offered = tabs.filter((other) => !other.hidden);
      choose(offered[(offered.indexOf(tab) + step + offered.length) % offered.length]);
      event.preventDefault();
    });
  }
  byId("value").min = DATA.own[0];
  byId("value").max = DATA.own[1];
  byId("value").addEventListener("input", (event) => edit(event.target.valueAsNumber));
  byId("value").addEventListener("blur", () => point(model.cell));
  byId("value").addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") built.get(model.cell.array).cells[model.cell.flat].focus();
  });
  byId("origin").innerHTML = flagged(byId("origin").innerHTML);
  byId("step").addEventListener("input", (event) => { play(false); select({ array: model.goal, flat: Number(event.target.value) }); });
  byId("play").addEventListener("click", () => play(timer === null));
  byId("zeros").addEventListener("change", () => { drawPicture(); select(model.cell); });
  byId("renew").addEventListener("click", () => look(model.setting, { seed: model.seed + 1, cell: model.cell, edits: {} }));
  byId("reset").addEventListener("click", () => { play(false); alike = isAlike(DATA.initial); enter(copy(DATA.initial), { edits: {} }); });
  for (const choice of document.querySelectorAll("input[name=layer], input[name=dimensions]")) choice.addEventListener("change", () => {
    const layer = document.querySelector("input[name=layer]:checked").value;
    const dimensions = Number(document.querySelector("input[name=dimensions]:checked").value);
    const changed = withDimensions(pending, dimensions);
    const rest = layer === "conv" ? changed.outputPadding.map(() => 0) : changed.outputPadding;
    play(false);
    enter({ ...changed, layer, outputPadding: rest });
  });
  byId("alike").addEventListener("change", (event) => {
    alike = event.target.checked;
    const [before] = pending.padding[0];
    const levelled = copy(pending);
    if (alike) {
      levelled.padding = levelled.padding.map(() => [before, before]);
      for (const key of ["stride", "dilation", "outputPadding"]) levelled[key] = levelled[key].map(() => levelled[key][0]);
    }
    enter(levelled);
  });
  addEventListener("resize", fit);
  addEventListener("hashchange", open);
}

/** Show a setting and make the controls that fit it. */
function enter(setting, more = {}) {
  if (!isAlike(setting)) alike = false;
  byId("alike").checked = alike;
  document.querySelector(`input[name=layer][value=${setting.layer}]`).checked = true;
  document.querySelector(`input[name=dimensions][value="${setting.input.length}"]`).checked = true;
  drawSliders(byId("sliders"), setting, alike, (slider, value) => {
    const changed = copy(pending);
    slider.set(changed, value);
    play(false);
    show(changed);
  });
  show(setting, more);
}

/** What the address names, else the layer that the page was made for. */
function open() {
  const fragment = location.hash.slice(1);
  const given = Object.fromEntries(new URLSearchParams(fragment));
  let setting = settingFrom(fragment);
  const problem = setting === null ? "address" : problemOf(setting, layerOf(setting));
  if (problem !== null) setting = copy(DATA.initial);
  alike = isAlike(setting);
  const [name, ...index] = (given.cell ?? "").split(".");
  const array = NAMES[name];
  const layer = layerOf(setting);
  const isThere = array in layer.arrays && index.length === layer.arrays[array].length && index.every((value) => /^\d+$/.test(value));
  enter(setting, {
    view: given.view in GOALS ? given.view : "net",
    seed: /^\d{1,9}$/.test(given.numbers) ? Number(given.numbers) : 1,
    cell: isThere ? { array, flat: flatOf(layer, array, index.map(Number)) } : null,
    edits: editsFrom(given.own ?? "", layer),
  });
  if (problem !== null) byId("problem").textContent = say("problem_address");
}

/** A reader's own numbers from an address, a.4:7,w.0:-2; what makes no sense is left out. */
function editsFrom(written, layer) {
  const found = {};
  for (const part of written.split(",")) {
    const [, name, flat, value] = /^(\w+)\.(\d{1,4}):(-?\d{1,2})$/.exec(part) ?? [];
    const array = NAMES[name];
    if (array in layer.derivation.arrays && Number(flat) < countOf(layer, array)) (found[array] ??= {})[flat] = Number(value);
  }
  return found;
}

listen();
open();
