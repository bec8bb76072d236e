/* The page: one model (setting, view, cell) is drawn, and every gesture makes the next. */
const byId = (id) => document.getElementById(id);
const GOALS = { net: "net", da: "∂E/∂a", dw: "∂E/∂w", dbias: "∂E/∂β" };
const ORDER = ["δ", "a", "w", "β"];
const SECONDS_A_STEP = 0.9;

let model = null;
let pending = null;
let alike = true;
let timer = null;
let marked = [];
const built = new Map();

/** Everything that follows from a setting and a view. */
function modelOf(setting, view, seed) {
  const layer = layerOf(setting);
  const goal = GOALS[view];
  const found = tables(layer, goal);
  const values = {};
  for (const array of Object.keys(layer.derivation.arrays)) values[array] = numbersFor(layer, array, seed, DATA.ranges[array]);
  values[goal] = totals(layer, goal, found, values);
  const read = new Set(found.flatMap(({ columns }) => columns.map(({ array }) => array)));
  const arrays = [...ORDER.filter((array) => read.has(array)), goal];
  return { setting, view, seed, layer, goal, found, values, arrays, cell: { array: goal, flat: 0 } };
}

/** Draw a setting, or say what is wrong with it and leave the last picture. */
function show(setting, more = {}) {
  const problem = problemOf(setting, layerOf(setting));
  byId("problem").textContent = problem === null ? "" : say(`problem_${problem}`);
  document.body.classList.toggle("has-problem", problem !== null);
  pending = setting;
  if (problem === null) look(setting, more);
}

/** Draw a setting that can be drawn; a view that the layer lacks is the forward one. */
function look(setting, { view = model?.view ?? "net", seed = model?.seed ?? 1, cell = null } = {}) {
  model = modelOf(setting, GOALS[view] in derivationOf(setting).views ? view : "net", seed);
  drawPicture();
  drawFormulas();
  drawCode();
  byId("command").textContent = commandOf(setting);
  select(cell !== null && cell.flat >= 0 && model.arrays.includes(cell.array) ? cell : { array: model.goal, flat: middle() });
}

/** A cell of the result away from its edges. */
function middle() {
  const { layer, goal } = model;
  const at = (axis) => (CHANNELS.includes(axis) ? 0 : Math.floor((layer.extents[axis] - 1) / 2));
  return flatOf(layer, goal, layer.arrays[goal].map(at));
}

function drawPicture() {
  const { layer, goal, found, values, arrays } = model;
  built.clear();
  marked = [];
  let zeros = byId("zeros").checked;
  const sides = (withZeros) => Object.fromEntries(arrays.map((array) => [array, sidesOf(layer, goal, array, withZeros)]));
  const cellCount = (all) => arrays.reduce((sum, array) => sum + (countOf(layer, array) / (all[array].rows.extent * all[array].columns.extent)) * cellsIn(all[array]), 0);
  if (zeros && cellCount(sides(true)) > DATA.limits.drawn) zeros = false;
  const all = sides(zeros);
  const figures = arrays.map((array) => {
    const isUsed = (flat) => found.some((table) =>
      (array === goal ? table.rowsOf(flat).length : table.columns.some((c) => c.array === array && c.rowsOf(flat).length)) > 0);
    const drawn = drawArray(layer, array, all[array], values[array], isUsed);
    built.set(array, drawn);
    const caption = element("figcaption");
    const shape = shapeOf(layer, array).filter((_, k) => !CHANNELS.includes(layer.arrays[array][k]));
    caption.innerHTML = `${mathElement(mathLetter(array))} <span>${say(array === "β" ? "array_bias" : `array_${roleOf(array)}`)}</span> <small>${shape.join("×")}</small>`;
    drawn.figure.prepend(caption);
    return drawn.figure;
  });
  byId("arrays").replaceChildren(...figures);
  fit();
  const count = countOf(layer, goal);
  byId("step").max = count - 1;
  byId("about").textContent = say(`about_${model.view}`);
  const rest = layer.derivation.fits.map(([, , , name]) => layer.numbers[name]);
  byId("sizes").textContent = rest.some((value) => value > 0) ? say("left_over", { rows: rest.join("×") }) : "";
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const isChosen = tab.dataset.view === model.view;
    tab.hidden = !(GOALS[tab.dataset.view] in layer.derivation.views);
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
  }
  byId("picture").setAttribute("aria-labelledby", `tab-${model.view}`);
}

/** Cells so large that all arrays stand in one row, else every array in a row of its own, else at least a panel. */
function fit() {
  const holder = byId("arrays");
  const room = holder.clientWidth - 8;
  const wide = [...built.values()].map(({ sides, size, cells }) => ({
    columns: sides.columns.high - sides.columns.low + 1, panels: cells.length / size,
  }));
  const all = wide.reduce((sum, { columns, panels }) => sum + columns * panels, 0);
  const gaps = wide.reduce((sum, { panels }) => sum + 28 + 15 * (panels - 1), 0);
  const together = (room - gaps) / all;
  const alone = Math.min(...wide.map(({ columns, panels }) => (room - 15 * (panels - 1)) / (columns * panels)));
  const panel = room / Math.max(...wide.map(({ columns }) => columns));
  const least = wide.every(({ panels }) => panels === 1) ? 20 : 26;
  const cell = together >= least ? Math.min(together, 40) : alone >= 22 ? Math.min(alone, 34) : Math.max(Math.min(panel, 32), 18);
  holder.style.setProperty("--cell", `${Math.floor(cell)}px`);
}

function drawFormulas() {
  const { layer, goal, setting } = model;
  const write = (id, meaning) => {
    const lines = [writeView(layer, goal, meaning), writeOperator(layer, goal, meaning)].filter((line) => line !== null);
    const distinct = lines.filter((line, k) => lines.findIndex((other) => same(line, other)) === k);
    byId(id).replaceChildren(...distinct.map((line) => {
      const shownLine = element("div", { class: "formula", role: "math", "aria-label": text(line) });
      shownLine.innerHTML = breakable(line);
      return shownLine;
    }));
  };
  write("general", generalMeaning(setting));
  write("own", ownMeaning(layer));
}

/** The emitted function: that of the layer the page was made for, as long as it is that one; else with letters. */
function drawCode() {
  const { setting, goal } = model;
  const fixed = (one) => ["layer", "filter", "stride", "dilation", "padding", "outputPadding", "groups"].map((key) => one[key]);
  const isOwn = same(fixed(setting), fixed(DATA.initial));
  const code = (isOwn ? DATA.code.own : DATA.code.lettered[`${setting.layer} ${setting.input.length} ${setting.groups > 1 ? "G" : 1}`])[goal];
  const does = (k) => code.does.some(([first, last]) => first <= k && k <= last);
  byId("code").replaceChildren(...code.lines.map((written, k) => element(does(k) ? "mark" : "span", {}, `${written}\n`)));
  byId("lines").scrollLeft = 0;
  if (byId("lines").scrollWidth > byId("lines").clientWidth) { // in narrow windows what is marked is brought in
    const width = byId("lines").scrollWidth / Math.max(...code.lines.map((written) => written.length));
    byId("lines").scrollLeft = (code.lines[code.does[0][0]].search(/\S/) - 2) * width;
  }
  byId("code-about").textContent = isOwn ? say("code_own", { request: DATA.request }) : say("code_letters");
}

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
  point(cell);
  const index = indexOf(model.layer, cell.array, cell.flat).join(".");
  const name = Object.keys(NAMES).find((key) => NAMES[key] === cell.array);
  const fragment = fragmentOf(model.setting, { view: model.view, cell: `${name}.${index}`, numbers: model.seed });
  if (location.hash !== `#${fragment}`) history.replaceState(null, "", `#${fragment}`);
}

/** Mark a cell and all it reaches, and tell its formula; what a pointer does for a moment and a selection until the next. */
function point({ array, flat }) {
  for (const cell of marked) {
    cell.classList.remove("current", "active", "active-zero");
    delete cell.dataset.term;
  }
  marked = [];
  const mark = (cell, name) => { cell.classList.add(name); marked.push(cell); };
  const products = productsOf(model, array, flat);
  const isTarget = array === model.goal;
  const numbered = isTarget && products.length > 1 && products.length <= MOST_TERMS;
  products.forEach(({ target, factors }, k) => {
    if (!isTarget) mark(built.get(model.goal).cells[target], "active");
    for (const factor of factors) {
      if (factor.array === array && factor.flat === flat) continue;
      const cell = built.get(factor.array).cells[factor.flat];
      mark(cell, "active");
      if (numbered) cell.dataset.term = k + 1;
    }
  });
  if (isTarget) {
    for (const [name, key] of zerosRead(model.layer, model.goal, model.found, flat, Object.fromEntries(built))) {
      const zero = built.get(name).zeros.get(key);
      if (zero) mark(zero, "active-zero");
    }
  }
  mark(built.get(array).cells[flat], "current");
  const { html, note, sentence } = readingOf(model, array, flat);
  byId("reading").innerHTML = html;
  byId("note").textContent = note;
  byId("sentence").textContent = sentence;
  byId("step").setAttribute("aria-valuetext", text(cellNode(model.layer, model.goal, Number(byId("step").value))));
}

const NAMES = { net: "net", da: "∂E/∂a", dw: "∂E/∂w", dbias: "∂E/∂β", delta: "δ", a: "a", w: "w", bias: "β" };
const cellAt = (target) => {
  const cell = target.closest?.(".cell");
  return cell ? { array: cell.closest("figure").dataset.array, flat: Number(cell.dataset.flat) } : null;
};

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

function listen() {
  const arrays = byId("arrays");
  arrays.addEventListener("pointerover", (event) => { const cell = cellAt(event.target); if (cell && timer === null) point(cell); });
  arrays.addEventListener("pointerleave", () => { if (timer === null) point(model.cell); });
  arrays.addEventListener("click", (event) => { const cell = cellAt(event.target); if (cell) { play(false); select(cell); } });
  arrays.addEventListener("focusin", (event) => {
    const cell = cellAt(event.target);
    if (cell && !same(cell, model.cell)) { play(false); select(cell); }
  });
  arrays.addEventListener("keydown", (event) => {
    const cell = cellAt(event.target);
    if (!cell || !/^(Arrow|Home$|End$)/.test(event.key)) return;
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
  byId("step").addEventListener("input", (event) => { play(false); select({ array: model.goal, flat: Number(event.target.value) }); });
  byId("play").addEventListener("click", () => play(timer === null));
  byId("zeros").addEventListener("change", () => { drawPicture(); select(model.cell); });
  byId("renew").addEventListener("click", () => look(model.setting, { seed: model.seed + 1, cell: model.cell }));
  byId("reset").addEventListener("click", () => { play(false); alike = isAlike(DATA.initial); enter(copy(DATA.initial)); });
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
  });
  if (problem !== null) byId("problem").textContent = say("problem_address");
}

listen();
open();
