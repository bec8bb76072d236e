/* What is told of one cell: its formula, the same with its numbers, the result, and a sentence for who listens. */
const MOST_TERMS = 24;
/** Of a longer sum or list the first are written, and the last two; on a phone fewer. */
const isNarrow = () => matchMedia("(max-width: 32rem)").matches;
const room = () => (isNarrow() ? { most: 8, first: 4 } : { most: MOST_TERMS, first: 8 });
const roomForLists = () => (isNarrow() ? { most: 6, first: 3 } : { most: 9, first: 6 });

/** A message of the catalogue with its places filled; a letter in braces stands for itself. */
const PLACE = /\{((?:[^{}]|\{[^{}]*\})*)\}/g;
const say = (name, places = {}) => DATA.text[name].replace(PLACE, (_, place) => places[place] ?? place);
/** The same as HTML, letters as formulas. */
const told = (name, places = {}) => escaped(DATA.text[name]).replace(PLACE, (_, place) => {
  const value = places[place] ?? place;
  return place === value || model.arrays.includes(value) ? mathElement(onLine(value)) : escaped(String(value));
});
const escaped = (said) => said.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
/** A command of which no flag is broken in two. */
const flagged = (written) => written.replace(/--[\w-]+(?: \w[\w.:]*)?/g, '<span class="flag">$&</span>');
const piece = (inner, kind = "") => `<span class="piece ${kind}">${mathElement(inner)}</span>`;
const signed = (value) => String(value).replace("-", "−");
const negative = (value) => (value < 0 ? `(${signed(value)})` : signed(value));

/** The products of a cell: for each the cells of its factors, in the order in which people write them; outer ones are before the Σ. */
function productsOf(model, array, flat) {
  const isTarget = array === model.goal;
  return model.found.flatMap(({ cells, columns, rowsOf, outer }) => {
    const own = columns.filter((column) => column.array === array);
    const rows = isTarget ? rowsOf(flat) : own.flatMap((column) => [...column.rowsOf(flat)]);
    const order = [...columns].sort((one, other) => byArray([one.array], [other.array]));
    return Array.from(rows, (row) => ({
      target: cells[row],
      factors: order.map(({ array: read, cells: at }) => ({ array: read, flat: at[row], isOuter: outer.includes(read) })),
    }));
  });
}

/** A long list with its middle left out. */
function abridged(items, write, dots, { most, first } = room()) {
  if (items.length <= most) return items.map(write);
  return [...items.slice(0, first).map(write), dots, ...items.slice(-2).map((item, k) => write(item, items.length - 2 + k))];
}

function readingOf(model, array, flat) {
  const { layer, values } = model;
  const node = cellNode(layer, array, flat);
  const products = productsOf(model, array, flat);
  const value = values[array][flat];
  if (array !== model.goal) return reachOf(model, array, node, products, value);
  const left = `<mstyle displaystyle="true">${row(math(node), mo("="))}</mstyle>`;
  if (products.length === 0) {
    return { html: `<div>${piece(left + "<mn>0</mn>")}</div>`, note: say("no_product"), sentence: `${text(node)} = 0. ${say("no_product")}` };
  }
  const outer = products[0].factors.filter(({ isOuter }) => isOuter);
  const cellOf = (factor) => cellNode(layer, factor.array, factor.flat);
  const valueOfCell = (factor) => values[factor.array][factor.flat];
  const lines = [
    [left, mathTerms(products, (factor) => math(cellOf(factor)))],
    [mo("="), mathTerms(products, (factor, isFirst) => {
      const written = math(number(valueOfCell(factor)));
      return valueOfCell(factor) < 0 && !isFirst ? parenthesised(written) : written;
    })],
  ];
  const spoken = [spokenTerms(products, (factor) => text(cellOf(factor))), spokenTerms(products, (factor) => negative(valueOfCell(factor)))];
  if (outer.length > 0) {
    const factor = outer.reduce((product, cell) => product * valueOfCell(cell), 1);
    const sum = products.reduce((total, { factors }) =>
      total + factors.filter(({ isOuter }) => !isOuter).reduce((product, cell) => product * valueOfCell(cell), 1), 0);
    const written = math(number(sum));
    lines.push([mo("="), piece(row(math(number(factor)), mo("·"), sum < 0 ? parenthesised(written) : written))]);
    spoken.push(`${negative(factor)}·${negative(sum)}`);
  }
  lines.at(-1)[1] += ` ${piece(row(mo("=", ' form="infix"'), math(number(value))), "total")}`;
  return {
    html: lines.map(([before, terms], k) => `<div${k === 0 ? "" : ' class="then"'}>${piece(before)} ${terms}</div>`).join(""),
    isLong: Math.min(products.length, room().most) > 10,
    note: products.length > room().most ? say("in_all", { count: products.length }) : "",
    sentence: [text(node), ...spoken, signed(value)].join(" = "),
  };
}

/** A sum of products in pieces, what all have in common before it: f'·(δ·w + δ·w). */
function mathTerms(products, write) {
  const outer = products[0].factors.filter(({ isOuter }) => isOuter);
  const isHeld = outer.length > 0 && products.length > 1;
  const dot = mo("·");
  const before = outer.map((factor, n) => write(factor, n === 0) + dot).join("");
  const terms = abridged(products, ({ factors }, k) => {
    const inner = factors.filter(({ isOuter }) => !isOuter);
    const isFirst = k === 0 && inner.length === 1 && outer.length === 0;
    const body = row(inner.map((factor) => write(factor, isFirst)).join(dot));
    const opening = k > 0 ? mo("+", ' form="infix" lspace="0"') : before + (isHeld ? mo("(", ' form="prefix" stretchy="false"') : "");
    return piece(opening + body + (isHeld && k === products.length - 1 ? mo(")", ' form="postfix" stretchy="false"') : ""));
  }, piece(mo("+") + mo("⋯")));
  return terms.join(" ");
}

/** The same in words for who listens, the first few. */
function spokenTerms(products, write) {
  const few = products.slice(0, 4);
  const outer = few[0].factors.filter(({ isOuter }) => isOuter).map((factor) => `${write(factor)}·`).join("");
  const sum = few.map(({ factors }) => factors.filter(({ isOuter }) => !isOuter).map(write).join("·")).join(" + ")
    + (products.length > few.length ? " + …" : "");
  return outer && products.length > 1 ? `${outer}(${sum})` : outer + sum;
}

/** The same for a cell that is read: every cell of the target that has it, with the product that it stands in. */
function reachOf(model, array, node, products, value) {
  const { layer, goal } = model;
  const targets = new Set(products.map(({ target }) => target));
  const isOuter = products.some(({ factors }) => factors.some((factor) => factor.isOuter && factor.array === array));
  const line = ({ target, factors }) => {
    const written = factors.filter((factor) => !isOuter || factor.isOuter).map((factor) => math(cellNode(layer, factor.array, factor.flat)));
    const sum = isOuter ? row(...written, mo("·"), parenthesised(mo("⋯"))) : row(mo("⋯"), mo("+"), written.join(mo("·")), mo("+"), mo("⋯"));
    const cell = cellNode(layer, goal, target);
    const left = row(cell[0] === "indexed" ? onLine(goal, cell[2]) : onLine(goal), mo("="));
    return `<span class="reached">${piece(left)} ${piece(sum)}</span>`;
  };
  const lines = isOuter ? products.filter(({ target }, k) => products.findIndex((other) => other.target === target) === k) : products;
  const note = targets.size === 0 ? "reaches_none" : "reaches";
  const places = { count: targets.size, array: goal };
  const few = [...targets].slice(0, 6).map((flat) => text(cellNode(layer, goal, flat)));
  return {
    html: `<div>${piece(row(math(node), mo("="), math(number(value))))} <span class="soft">${told(note, places)}</span></div>`
      + `<div class="list">${abridged(lines, line, `<span class="reached">${piece(mo("⋯"))}</span>`, roomForLists()).join(" ")}</div>`,
    note: "",
    sentence: `${text(node)} = ${signed(value)}. ${say(note, places)} ${few.join(", ")}${targets.size > few.length ? ", …" : ""}`,
  };
}
