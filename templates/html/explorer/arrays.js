/* The arrays of a view as grids of cells, each told by its role; the zeros that are read are drawn around and between. */
const ROLES = { a: "input", w: "filter", β: "filter", δ: "error", "f'(net^{l-1})": "slope", "net^{l-1}": "slope" };
const roleOf = (array) => ROLES[array] ?? "result";
const SINGLE = { below: 1, low: 0, high: 0, extent: 1 };

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A cell as it is written: indices of channels that have one value are left out. */
function cellNode(layer, array, flat) {
  const axes = layer.arrays[array];
  const isShown = (axis) => !CHANNELS.includes(axis) || layer.extents[axis] > 1;
  const index = indexOf(layer, array, flat).filter((_, k) => isShown(axes[k]));
  return index.length > 0 ? ["indexed", letter(array), index.map(number)] : letter(array);
}

/** The axes that make panels, and the sides of a panel; an array without positions is one row. */
function sidesOf(layer, goal, array, zeros) {
  const outer = layer.arrays[array].filter((axis) => CHANNELS.includes(axis));
  const inner = layer.arrays[array].length - outer.length;
  const count = countOf(layer, array);
  if (inner === 0) return { outer: [], rows: SINGLE, columns: { below: 1, low: 0, high: count - 1, extent: count } };
  const sides = frame(layer, goal, array).slice(-inner)
    .map((side) => (zeros ? side : { below: 1, low: 0, high: side.extent - 1, extent: side.extent }));
  return { outer, rows: inner > 1 ? sides[0] : SINGLE, columns: sides.at(-1) };
}

const isWithin = (side, at) => at >= 0 && at <= side.below * (side.extent - 1);
const isCell = (side, at) => isWithin(side, at) && at % side.below === 0;
const cellsIn = ({ rows, columns }) => (rows.high - rows.low + 1) * (columns.high - columns.low + 1);

/** Draw an array; `isUsed` tells which cells any product has. Returns its figure, cells in C order, and its zeros. */
function drawArray(layer, array, sides, values, isUsed) {
  const { outer, rows, columns } = sides;
  const size = rows.extent * columns.extent;
  const drawn = { array, sides, size, cells: [], zeros: new Map() };
  const holder = element("div", { class: "panels" });
  const several = outer.map((axis) => layer.extents[axis]).filter((extent) => extent > 1);
  for (let panel = 0; panel < countOf(layer, array) / size; panel += 1) {
    const label = panelLabel(layer, array, outer, panel * size);
    const grid = element("div", { role: "grid", class: "grid", "aria-label": label ? `${array}, ${label}` : array });
    for (let u = rows.low; u <= rows.high; u += 1) {
      const row = element("div", { role: "row", class: "row" });
      for (let v = columns.low; v <= columns.high; v += 1) {
        if (isCell(rows, u) && isCell(columns, v)) {
          const flat = panel * size + (u / rows.below) * columns.extent + v / columns.below;
          row.append(drawCell(layer, drawn, flat, values[flat], isUsed(flat)));
        } else {
          const kind = isWithin(rows, u) && isWithin(columns, v) ? "inserted" : "padding";
          const zero = element("div", { class: `zero ${kind}`, "aria-hidden": "true" }, "0");
          drawn.zeros.set(`${panel}:${u}:${v}`, zero);
          row.append(zero);
        }
      }
      if (row.querySelector(".cell") === null) row.setAttribute("aria-hidden", "true"); // nothing but zeros
      grid.append(row);
    }
    if (panel % (several.at(-1) ?? 1) === 0) holder.append(element("div", { class: "bundle" }));
    holder.lastChild.append(element("div", { class: "panel" }, ...(label ? [element("div", { class: "label" }, label)] : []), grid));
  }
  drawn.figure = element("figure", { class: `array ${roleOf(array)}`, "data-array": array }, holder);
  return drawn;
}

function drawCell(layer, drawn, flat, value, isUsed) {
  const name = text(cellNode(layer, drawn.array, flat));
  const cell = element("div", {
    role: "gridcell", class: `cell${isUsed ? "" : " unread"}`, style: `--signs: ${String(value).length}`, tabindex: "-1", "data-flat": flat, "aria-label": `${name} = ${signed(value)}`,
  }, signed(value));
  drawn.cells[flat] = cell;
  return cell;
}

/** Which channels a panel shows: n = 0, c = 1. */
function panelLabel(layer, array, outer, flat) {
  const index = indexOf(layer, array, flat);
  return outer.map((axis, k) => [axis, index[k]]).filter(([axis]) => layer.extents[axis] > 1)
    .map(([axis, value]) => `${axis} = ${value}`).join(", ");
}

/** The zeros that a cell of the target reads: [array, its key] for each. */
function zerosRead(layer, goal, found, flat, drawn) {
  const cell = indexOf(layer, goal, flat), zeros = [];
  for (const { sum } of found) {
    visit(sum, (_, aboves) => sum.reads.forEach((read, f) => {
      if (place(read, aboves[f]) !== -1) return;
      const { outer, rows } = drawn[read.array].sides;
      const [panelAt, at] = [aboves[f].slice(0, outer.length), aboves[f].slice(outer.length)];
      const panel = outer.reduce((total, axis, k) => total * layer.extents[axis] + panelAt[k], 0);
      zeros.push([read.array, `${panel}:${rows === SINGLE ? 0 : at[0]}:${at.at(-1)}`]);
    }), cell);
  }
  return zeros;
}
