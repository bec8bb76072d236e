/* Derived formulas as a person writes them: the counterpart of symconv.render.write_affine, write_formula and operators.
 *
 * The page puts names or numbers for the letters of a derivation; what says nothing (a stride of 1, a padding of 0, a
 * sum over one value) vanishes. A written formula is a tree ["sum", …]; print.js chooses its glyphs.
 */
const POSITIONS = "xyzuvtijk";
const letter = (name) => ["letter", name];
const number = (value) => ["number", value];

/** Terms with what stands for each letter: a number is multiplied in, another letter takes its place. */
function substituted(terms, meaning) {
  const found = new Map();
  for (const [coefficient, ...letters] of terms) {
    let factor = coefficient;
    const kept = [];
    for (const written of letters) {
      const divides = written[0] === "/";
      const value = meaning(divides ? written.slice(1) : written);
      if (typeof value === "number") factor = divides ? factor / value : factor * value;
      else kept.push(divides ? `/${value}` : value);
    }
    const key = kept.sort().join("*");
    found.set(key, [(found.get(key)?.[0] ?? 0) + factor, ...kept]);
  }
  return [...found.values()].filter(([coefficient]) => coefficient !== 0);
}

const constantOf = (terms) => (terms.length === 0 ? 0 : terms.length === 1 && terms[0].length === 1 ? terms[0][0] : null);
const negated = (terms) => terms.map(([coefficient, ...letters]) => [-coefficient, ...letters]);

function product(...factors) {
  const flat = factors.flatMap((f) => (f[0] === "product" ? f[1] : [f])).filter((f) => f[0] !== "number" || f[1] !== 1);
  return flat.length === 0 ? number(1) : flat.length === 1 ? flat[0] : ["product", flat];
}

function total(signed) {
  if (signed.length === 0) return number(0);
  return signed.length === 1 && !signed[0].negative ? signed[0].term : ["sum", signed];
}

/** Terms in the order of a lesson: positions, taps, sizes; what is added before what is taken away. */
function writeAffine(terms, indices = []) {
  return total(ordered(affineTerms(terms, indices)));
}

function ordered(found) {
  found.sort((one, other) => one.rank - other.rank || (one.tie < other.tie ? -1 : one.tie > other.tie ? 1 : 0));
  const first = found.findIndex((term) => !term.negative);
  return first > 0 ? [found[first], ...found.slice(0, first), ...found.slice(first + 1)] : found;
}

function affineTerms(terms, indices) {
  let rest = terms;
  const found = [];
  for (const index of [...indices].sort()) {
    const own = rest.find((term) => term.includes(index));
    if (own === undefined) continue;
    rest = rest.filter((term) => term !== own);
    const size = own.slice(1).filter((name) => name !== index);
    let negative = own[0] < 0;
    let inner = letter(index);
    if (size.length > 0) {
      const taken = rest.filter((term) => divides(size, term));
      rest = rest.filter((term) => !taken.includes(term));
      const divided = taken.map((term) => without(term, size));
      const named = divided.filter((term) => term.length > 1);
      const inside = [[negative ? -1 : 1, index], ...divided];
      if (named.length > 0) negative = named.some((term) => term[0] < 0);
      inner = writeAffine(negative ? negated(inside) : inside, indices);
    }
    const tap = POSITIONS.includes(index[0]) ? 0 : 1;
    const body = product(monomial(Math.abs(own[0]), size), inner);
    found.push({ rank: negative ? 5 + tap : tap, tie: index, negative, term: body });
  }
  return [...found, ...sizeTerms(rest, found.some((term) => !term.negative))];
}

/** Sizes; those that share a stride or a dilation are grouped, S(O - 1). */
function sizeTerms(terms, afterIndices) {
  const found = [];
  for (const family of "SD") {
    const names = new Set(terms.flatMap((term) => term.slice(1).filter((name) => name[0] === family)));
    for (const name of [...names].sort()) {
      const own = terms.filter((term) => divides([name], term));
      if (own.length < 2) continue;
      terms = terms.filter((term) => !own.includes(term));
      const inner = own.map((term) => without(term, [name]));
      const named = inner.filter((term) => term.length > 1);
      const negative = named.length > 0 && named.every((term) => term[0] < 0);
      const body = total(ordered(sizeTerms(negative ? negated(inner) : inner, false)));
      found.push({ rank: family === "S" && !negative ? 2 : 3, tie: name, negative, term: product(letter(name), body) });
    }
  }
  for (const [coefficient, ...names] of terms) {
    const negative = coefficient < 0;
    const rank = names.length > 0 ? rankOf(names, negative) : afterIndices ? 8 : 4;
    found.push({ rank, tie: names.join("*"), negative, term: single(Math.abs(coefficient), names) });
  }
  return found;
}

function rankOf(names, negative) {
  const all = (family) => names.every((name) => family.includes(name.replace("/", "")[0]));
  if (all("rR")) return 9;
  if (all("PQ")) return negative ? 7 : 2.5;
  return names.some((name) => "KLD".includes(name.replace("/", "")[0])) ? 3 : 2;
}

const divides = (names, term) => names.every((name) => term.includes(name));
function without(term, names) {
  const kept = [...term];
  for (const name of names) kept.splice(kept.indexOf(name), 1);
  return kept;
}
const monomial = (coefficient, names) => product(number(coefficient), ...names.map(letter));
function single(coefficient, names) {
  const below = names.filter((name) => name[0] === "/").map((name) => letter(name.slice(1)));
  const above = monomial(coefficient, names.filter((name) => name[0] !== "/"));
  return below.length > 0 ? ["fraction", above, product(...below)] : above;
}

/** What the letters of a derivation stand for in "any sizes": a name, shared where all dimensions agree, or a number. */
function generalMeaning(setting) {
  const names = {};
  const dimensions = setting.input.length;
  const family = (name, values, trivial) => {
    const shared = values.every((value) => value === values[0]);
    return values.map((value, d) => (value === trivial ? trivial : name + (shared ? "" : d + 1)));
  };
  const set = (name, values) => values.forEach((value, d) => { names[name + (dimensions > 1 ? d + 1 : "")] = value; });
  const before = family("P", setting.padding.map(([value]) => value), 0);
  const symmetric = setting.padding.every(([one, other]) => one === other);
  const columns = {
    H: family("H", setting.input), K: family("K", setting.filter), S: family("S", setting.stride, 1),
    D: family("D", setting.dilation, 1), P: before,
    Q: symmetric ? before : family("Q", setting.padding.map(([, value]) => value), 0),
  };
  for (const [name, values] of Object.entries(columns)) set(name, values);
  const alike = Object.values(columns).every((values) => values.every((value) => value === values[0]));
  const own = (name) => setting.input.map((_, d) => name + (alike ? "" : d + 1));
  set("O", own("O"));
  set("r", setting.layer === "conv" ? own("r") : family("r", setting.outputPadding, 0));
  for (const [name, value] of [["B", setting.batch], ["C", setting.depth], ["N", setting.filters], ["G", setting.groups]]) {
    names[name] = value === 1 ? 1 : name;
  }
  return (name) => names[name] ?? name;
}

/** Index letters stand for themselves, and sizes for their numbers. */
const ownMeaning = (layer) => (name) => layer.numbers[name] ?? name;

/** The solved formula of a view: target = Σ over bounds of the reads, summed over the terms. */
function writeView(layer, goal, meaning) {
  const view = layer.derivation.views[goal];
  const extent = (axis) => substituted(layer.derivation.axes[axis], meaning);
  const isOne = (axis) => constantOf(extent(axis)) === 1;
  const entry = (array, written) => {
    const shown = written.filter((_, k) => !(CHANNELS.includes(layer.arrays[array][k]) && isOne(layer.arrays[array][k])));
    return shown.length > 0 ? ["indexed", letter(array), shown] : letter(array);
  };
  const parts = view.sums.map(({ bounds, reads }) => {
    const indices = [...view.target, ...bounds];
    const inside = (name) => (bounds.includes(name) && isOne(name) ? 0 : meaning(name));
    const outer = outerReads({ bounds, reads });
    const write = (given) => [...given].sort(byArray).map(([array, subscripts]) =>
      entry(array, subscripts.map((subscript) => writeSubscript(subscript, inside, indices))));
    const inner = product(...write(reads.filter((read) => !outer.includes(read))));
    const ranges = bounds.filter((axis) => !isOne(axis)).map((axis) => writeRange(axis, extent(axis)));
    return product(...write(outer), ranges.length > 0 ? ["summed", ranges, inner] : inner);
  });
  parts.sort((one, other) => (one[0] === "summed") - (other[0] === "summed"));
  return ["equation", entry(goal, view.target.map(letter)), total(parts.map((term) => ({ negative: false, term })))];
}

const ARRAYS = ["f'(net^{l-1})", "δ", "w", "a", "net", "β"];
const byArray = ([one], [other]) => ARRAYS.indexOf(one) - ARRAYS.indexOf(other);
const writeRange = (axis, extent) => ["range", axis, number(0), writeAffine(substituted([...extent, [-1]], (name) => name))];

function writeSubscript([above, below], meaning, indices) {
  const top = writeAffine(substituted(above, meaning), indices), divisor = substituted(below, meaning);
  return constantOf(divisor) === 1 ? top : ["fraction", top, writeAffine(divisor)];
}

/** The operator form, cross(pad(δ↑S, …), rot180(w)); null where the derivation has none. */
function writeOperator(layer, goal, meaning) {
  const { operator } = layer.derivation.views[goal];
  if (operator === null) return null;
  const put = (terms) => substituted(terms, meaning);
  const extent = (axis) => put(layer.derivation.axes[axis]);
  const isOne = (axis) => constantOf(extent(axis)) === 1;
  const each = (values) => {
    const written = values.map((terms) => writeAffine(put(terms)));
    return written.every((value) => same(value, written[0])) ? written[0] : ["sizes", written];
  };
  const all = (values, constant) => values.every((terms) => constantOf(put(terms)) === constant);
  const write = (tree) => {
    switch (tree[0]) {
      case "name": {
        const shown = tree[2].filter((axis) => !isOne(axis)).map(letter);
        return shown.length > 0 ? ["indexed", letter(tree[1]), shown] : letter(tree[1]);
      }
      case "pad":
        return all(tree[2].flat(), 0) ? write(tree[1]) : ["call", "pad", [write(tree[1]), ...writeAmounts(tree[2], put)], []];
      case "insert":
        return all(tree[2], 1) ? write(tree[1]) : ["inserted", write(tree[1]), each(tree[2])];
      case "rot180":
        return ["call", "rot180", [write(tree[1])], []];
      case "cross": {
        const options = tree[3].filter(([, values]) => !all(values, 1)).map(([word, values]) => [word, each(values)]);
        return ["call", "cross", [write(tree[1]), write(tree[2])], options];
      }
      case "sum": {
        const ranges = tree[1].filter((axis) => !isOne(axis)).map((axis) => writeRange(axis, extent(axis)));
        return ranges.length > 0 ? ["summed", ranges, write(tree[2])] : write(tree[2]);
      }
      case "elementwise":
        return ["elementwise", write(tree[1]), write(tree[2])];
      default:
        return total(tree[1].map((term) => ({ negative: false, term: write(term) })));
    }
  };
  return ["equation", write(operator[0]), write(operator[1])];
}

/** One amount where all agree, before and after where the dimensions agree, else before:after for each. */
function writeAmounts(amounts, put) {
  const written = amounts.map((pair) => pair.map((terms) => writeAffine(put(terms))));
  const [before, after] = written[0];
  if (written.every((pair) => same(pair, written[0]))) return same(before, after) ? [before] : [before, after];
  return [["sizes", written.map(([one, other]) => (same(one, other) ? one : ["pair", one, other]))]];
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
