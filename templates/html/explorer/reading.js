/* What is told of one cell: its formula, the same with its numbers, the result, and a sentence for who listens. */
const MOST_TERMS = 24;
const SHOWN_OF_MANY = 8;

/** A message of the catalogue with its places filled; a letter in braces stands for itself. */
const say = (name, places = {}) => DATA.text[name].replace(/\{([^{}]*)\}/g, (_, place) => places[place] ?? place);
const escaped = (said) => said.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const piece = (inner, kind = "") => `<span class="piece ${kind}">${mathElement(inner)}</span>`;
const negative = (value) => (value < 0 ? `(${value})` : String(value)).replace("-", "−");

/** The products of a cell: for each the cells of its factors, in the order in which people write them. */
function productsOf(model, array, flat) {
  const isTarget = array === model.goal;
  return model.found.flatMap(({ cells, columns, rowsOf }) => {
    const own = columns.filter((column) => column.array === array);
    const rows = isTarget ? rowsOf(flat) : own.flatMap((column) => [...column.rowsOf(flat)]);
    const order = [...columns].sort((one, other) => byArray([one.array], [other.array]));
    return Array.from(rows, (row) => ({
      target: cells[row], factors: order.map((column) => ({ array: column.array, flat: column.cells[row] })),
    }));
  });
}

/** A long list with its middle left out. */
function abridged(items, write, dots) {
  if (items.length <= MOST_TERMS) return items.map(write);
  return [...items.slice(0, SHOWN_OF_MANY).map(write), dots, ...items.slice(-2).map((item, k) => write(item, items.length - 2 + k))];
}

function readingOf(model, array, flat) {
  const { layer, values } = model;
  const node = cellNode(layer, array, flat);
  const products = productsOf(model, array, flat);
  const value = values[array][flat];
  const written = ({ factors }) => factors.map((factor) => cellNode(layer, factor.array, factor.flat));
  const named = (factors) => row(factors.map((factor) => math(factor)).join(mo("·")));
  const plus = (k) => (k === 0 ? "" : mo("+", ' form="infix"'));
  const dots = piece(mo("+") + mo("⋯"));
  const left = `<mstyle displaystyle="true">${row(math(node), mo("="))}</mstyle>`;
  if (array !== model.goal) return reachOf(model, node, value, products);
  if (products.length === 0) {
    return { html: `<div>${piece(left + "<mn>0</mn>")}</div>`, note: say("no_product"), sentence: `${text(node)} = 0. ${say("no_product")}` };
  }
  const terms = abridged(products, (item, k) => piece(plus(k) + named(written(item))), dots);
  const numbers = abridged(products, (item, k) => {
    const factors = item.factors.map((factor) => values[factor.array][factor.flat]);
    return piece(plus(k) + row(factors.map((factor, n) => (factor < 0 && (n > 0 || k > 0 || factors.length > 1)
      ? parenthesised(math(number(factor))) : math(number(factor)))).join(mo("·"))));
  }, dots);
  const few = products.slice(0, 4);
  const spoken = [
    few.map((item) => written(item).map(text).join("·")).join(" + "),
    few.map((item) => item.factors.map((factor) => negative(values[factor.array][factor.flat])).join("·")).join(" + "),
  ].map((line) => line + (products.length > few.length ? " + …" : ""));
  return {
    html: `<div>${piece(left)} ${terms.join(" ")}</div><div class="then">${piece(mo("="))} ${numbers.join(" ")}</div>`
      + `<div class="then total">${piece(row(mo("="), math(number(value))))}</div>`,
    note: products.length > MOST_TERMS ? say("in_all", { count: products.length }) : "",
    sentence: `${text(node)} = ${spoken[0]} = ${spoken[1]} = ${negative(value)}`,
  };
}

/** The same for a cell that is read: every cell of the target that has it, with the product that it stands in. */
function reachOf(model, node, value, products) {
  const { layer, goal } = model;
  const targets = new Set(products.map(({ target }) => target));
  const line = (item) => piece(`<mstyle displaystyle="true">${row(
    math(cellNode(layer, goal, item.target)), mo("="), mo("⋯"), mo("+"),
    item.factors.map((factor) => math(cellNode(layer, factor.array, factor.flat))).join(mo("·")), mo("+"), mo("⋯"),
  )}</mstyle>`, "reached");
  const note = targets.size === 0 ? say("reaches_none", { array: goal }) : say("reaches", { count: targets.size, array: goal });
  const few = [...targets].slice(0, 6).map((flat) => text(cellNode(layer, goal, flat)));
  return {
    html: `<div>${piece(row(math(node), mo("="), math(number(value))))} <span class="soft">${escaped(note)}</span></div>`
      + `<div>${abridged(products, line, piece(mo("⋯"))).join(" ")}</div>`,
    note: "",
    sentence: `${text(node)} = ${negative(value)} ${note} ${few.join(", ")}${targets.size > few.length ? ", …" : ""}`,
  };
}
