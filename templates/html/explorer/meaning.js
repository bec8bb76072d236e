/* The meaning of a formula for given sizes, by enumeration: the counterpart of symconv.algebra.evaluate.
 *
 * No formula stands here. DATA.derivations holds what symconv derived: extents, bounds and subscripts, as lists of
 * terms [coefficient, letter, …], a letter that divides written "/G". The one rule that is added is that of every
 * solved sum: a read outside its array, or at no whole number, is 0 and its product is left out.
 */
const CHANNELS = "bgnc";

/** The value of a list of terms where every letter has a number. */
function valueOf(terms, numbers) {
  let sum = 0;
  for (const [coefficient, ...letters] of terms) {
    let term = coefficient;
    for (const letter of letters) {
      if (letter[0] === "/") term /= numbers[letter.slice(1)];
      else term *= numbers[letter];
    }
    sum += term;
  }
  return sum;
}

/** Numbers for the letters that no control sets: O is the largest for which the extent does not exceed H, r the rest. */
function fitted(derivation, given) {
  const numbers = { ...given };
  for (const [axis, size, output, rest] of derivation.fits) {
    const extent = (count) => valueOf(derivation.axes[axis], { ...numbers, [output]: count, [rest]: 0 });
    let count = 0;
    while (extent(count + 1) <= given[size]) count += 1;
    numbers[output] = count;
    numbers[rest] = given[size] - extent(count);
  }
  return numbers;
}

/** A derivation at given sizes: the extent of every axis, and for every array the extents of its axes. */
function instantiated(derivation, given) {
  const numbers = fitted(derivation, given);
  const extents = Object.fromEntries(
    Object.entries(derivation.axes).map(([axis, terms]) => [axis, valueOf(terms, numbers)])
  );
  const arrays = { ...derivation.arrays };
  for (const [goal, view] of Object.entries(derivation.views)) arrays[goal] = view.target;
  return { derivation, numbers, extents, arrays };
}

const shapeOf = (layer, array) => layer.arrays[array].map((axis) => layer.extents[axis]);
const countOf = (layer, array) => shapeOf(layer, array).reduce((product, extent) => product * extent, 1);

/** The index of a cell from its place in C order. */
function indexOf(layer, array, flat) {
  const index = [];
  for (const extent of shapeOf(layer, array).reverse()) {
    index.unshift(flat % extent);
    flat = Math.floor(flat / extent);
  }
  return index;
}

/** The place in C order of an index, -1 where it is outside. */
function flatOf(layer, array, index) {
  let flat = 0;
  for (const [k, extent] of shapeOf(layer, array).entries()) {
    if (!(index[k] >= 0 && index[k] < extent)) return -1;
    flat = flat * extent + index[k];
  }
  return flat;
}

/** One sum with its subscripts taken apart: above = Σ factor·letter + offset, the subscript is above / below. */
function compiled(layer, view, sum) {
  const letters = [...view.target, ...sum.bounds];
  const zeros = Object.fromEntries(letters.map((letter) => [letter, 0]));
  const reads = sum.reads.map(([array, subscripts]) => ({
    array,
    subscripts: subscripts.map(([above, below], k) => {
      const offset = valueOf(above, { ...layer.numbers, ...zeros });
      const at = (letter) => valueOf(above, { ...layer.numbers, ...zeros, [letter]: 1 }) - offset;
      return {
        factors: letters.map(at),
        offset,
        below: valueOf(below, layer.numbers),
        extent: layer.extents[layer.arrays[array][k]],
      };
    }),
  }));
  return { letters, extents: letters.map((letter) => layer.extents[letter]), outer: view.target.length, reads };
}

/** Call seen(cell, aboves) for every point of a sum, those of one cell of the target or of all. */
function visit(sum, seen, cell = null) {
  const { extents, outer, reads } = sum;
  if (extents.some((extent) => extent < 1)) return;
  const point = new Array(extents.length).fill(0);
  if (cell !== null) for (let k = 0; k < outer; k += 1) point[k] = cell[k];
  const first = cell === null ? 0 : outer;
  const aboves = reads.map((read) => new Array(read.subscripts.length).fill(0));
  for (;;) {
    let flat = 0;
    for (let k = 0; k < outer; k += 1) flat = flat * extents[k] + point[k];
    for (let f = 0; f < reads.length; f += 1) {
      const { subscripts } = reads[f];
      for (let d = 0; d < subscripts.length; d += 1) {
        const { factors, offset } = subscripts[d];
        let above = offset;
        for (let k = 0; k < factors.length; k += 1) above += factors[k] * point[k];
        aboves[f][d] = above;
      }
    }
    seen(flat, aboves);
    let k = extents.length - 1;
    while (k >= first && point[k] + 1 === extents[k]) point[k--] = 0;
    if (k < first) return;
    point[k] += 1;
  }
}

/** Where a read falls, in C order; -1 if it is outside its array or between its entries. */
function place(read, aboves) {
  let flat = 0;
  for (const [d, { below, extent }] of read.subscripts.entries()) {
    if (aboves[d] % below !== 0) return -1;
    const index = aboves[d] / below;
    if (index < 0 || index >= extent) return -1;
    flat = flat * extent + index;
  }
  return flat;
}

/** The rows of a table by one of its columns, so that those of a cell are found at once. */
function byCell(column, count) {
  const start = new Int32Array(count + 1);
  for (const cell of column) start[cell + 1] += 1;
  for (let k = 0; k < count; k += 1) start[k + 1] += start[k];
  const next = start.slice(), rows = new Int32Array(column.length);
  column.forEach((cell, row) => { rows[next[cell]++] = row; });
  return (cell) => rows.subarray(start[cell], start[cell + 1]);
}

/** The reads that no summed index moves: they stand before the Σ. */
function outerReads({ bounds, reads }) {
  const isMoved = ([above, below]) => [...above, ...below].some((term) => term.some((letter) => bounds.includes(letter)));
  return bounds.length === 0 ? [] : reads.filter(([, subscripts]) => !subscripts.some(isMoved));
}

/** Every product of a view: a table for each sum, its columns the target's cell and the cell that each factor reads. */
function tables(layer, goal) {
  const view = layer.derivation.views[goal];
  return view.sums.map((given) => {
    const sum = compiled(layer, view, given);
    const cells = [], reads = sum.reads.map(() => []);
    visit(sum, (cell, aboves) => {
      const places = sum.reads.map((read, f) => place(read, aboves[f]));
      if (places.includes(-1)) return;
      cells.push(cell);
      places.forEach((at, f) => reads[f].push(at));
    });
    const columns = sum.reads.map((read, f) => ({
      array: read.array, cells: reads[f], rowsOf: byCell(reads[f], countOf(layer, read.array)),
    }));
    const outer = outerReads(given).map(([array]) => array);
    return { sum, cells, rowsOf: byCell(cells, countOf(layer, goal)), columns, outer };
  });
}

/** How many points the sums of a view have: the work of its tables. */
function work(layer, goal) {
  const view = layer.derivation.views[goal];
  const points = (sum) => [...view.target, ...sum.bounds].reduce((product, axis) => product * layer.extents[axis], 1);
  return view.sums.reduce((total, sum) => total + points(sum), 0);
}

/** Along each axis of an array how far reads go, in steps of 1/below of a cell, its own cells included. */
function frame(layer, goal, array) {
  const view = layer.derivation.views[goal];
  const own = layer.arrays[array].map((axis) => ({ below: 1, low: 0, high: layer.extents[axis] - 1, extent: layer.extents[axis] }));
  for (const given of view.sums) {
    const sum = compiled(layer, view, given);
    for (const read of sum.reads.filter((candidate) => candidate.array === array)) {
      read.subscripts.forEach(({ factors, offset, below, extent }, d) => {
        const ends = factors.map((factor, k) => factor * (sum.extents[k] - 1));
        const low = ends.reduce((total, end) => total + Math.min(end, 0), offset);
        const high = ends.reduce((total, end) => total + Math.max(end, 0), offset);
        own[d] = { below, low: Math.min(0, low), high: Math.max(below * (extent - 1), high), extent };
      });
    }
  }
  return own;
}

/** Small whole numbers, the same for the same seed (a linear congruential generator). */
function numbersFor(layer, array, seed, [least, most]) {
  let state = seed;
  for (const letter of array) state = (Math.imul(state, 31) + letter.codePointAt(0)) >>> 0;
  return Array.from({ length: countOf(layer, array) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor(((state >>> 8) / 2 ** 24) * (most - least + 1));
  });
}

/** The sums themselves: the target's cells, from tables and the numbers in the arrays. */
function totals(layer, goal, found, numbers) {
  const result = new Array(countOf(layer, goal)).fill(0);
  for (const { cells, columns } of found) {
    cells.forEach((cell, row) => {
      result[cell] += columns.reduce((product, { array, cells: at }) => product * numbers[array][at[row]], 1);
    });
  }
  return result;
}
