/* The picture: everything that is drawn of one model, which is a setting, a view, numbers and a cell. */
const byId = (id) => document.getElementById(id);
const GOALS = DATA.goals;
const ORDER = ["δ", "a", "w", "β", "f'(net^{l-1})"];

let model = null;
const built = new Map();

/** Everything that follows from a setting, a view, and the numbers: those of a seed, but for a reader's own. */
function modelOf(setting, view, seed, edits = {}) {
  const layer = layerOf(setting);
  const goal = GOALS[view];
  const found = tables(layer, goal);
  const values = {};
  for (const array of Object.keys(layer.derivation.arrays)) values[array] = numbersFor(layer, array, seed, DATA.ranges[array]);
  for (const [array, own] of Object.entries(edits)) Object.assign(values[array] ?? [], own);
  values[goal] = totals(layer, goal, found, values);
  const read = new Set(found.flatMap(({ columns }) => columns.map(({ array }) => array)));
  const arrays = [...ORDER.filter((array) => read.has(array)), goal];
  return { setting, view, seed, edits, layer, goal, found, values, arrays, cell: { array: goal, flat: 0 } };
}

/** A cell of the result away from its edges, that products reach if there is one. */
function middle() {
  const { layer, goal, found } = model;
  const at = (axis) => (CHANNELS.includes(axis) ? 0 : Math.floor((layer.extents[axis] - 1) / 2));
  const own = flatOf(layer, goal, layer.arrays[goal].map(at));
  const nearest = Array.from({ length: countOf(layer, goal) }, (_, flat) => flat).sort((one, other) => Math.abs(one - own) - Math.abs(other - own));
  return nearest.find((flat) => found.some(({ rowsOf }) => rowsOf(flat).length > 0)) ?? own;
}

/** The arrays of the view, with the zeros that are read where they are wanted and not too many. */
function drawPicture() {
  const { layer, goal, found, values, arrays } = model;
  built.clear();
  marked = new Map();
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
    caption.innerHTML = `${mathElement(mathEntry(array))} <span>${say(array === "β" ? "array_bias" : `array_${roleOf(array)}`)}</span> <small>${shape.join("×")}</small>`;
    drawn.figure.prepend(caption);
    return drawn.figure;
  });
  byId("arrays").replaceChildren(...figures);
  fit();
  const count = countOf(layer, goal);
  byId("step").max = count - 1;
  byId("about").innerHTML = told(`about_${model.view}`);
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
  holder.classList.toggle("small", cell < 26); // there the numbers of the terms have no room
}

/** The formulas of the view in letters and in numbers, as sums and by their names. */
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
  model.does = code.does.map(([first, last]) => outdented(code.lines.slice(first, last + 1)));
  byId("line").textContent = model.does.join("\n");
  byId("lines").scrollLeft = 0;
  const about = isOwn ? flagged(told("code_own", { request: DATA.request })) : told("code_letters");
  byId("code-about").innerHTML = about + (goal === GOALS.delta_prev ? ` ${told("code_slope")}` : "");
}

/** Lines without the indent that all of them have. */
function outdented(lines) {
  const indent = Math.min(...lines.map((written) => written.search(/\S/)));
  return lines.map((written) => written.slice(indent)).join("\n");
}
