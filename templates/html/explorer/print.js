/* A written formula as text, as symconv prints it on a terminal, and as MathML. */
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const isSum = (node) => node[0] === "sum";

/** A letter and the number of its dimension: K2 is K and 2. */
function stemOf(name) {
  const [, stem, digits] = name === "rot180" ? [null, name, ""] : /^(.*?)(\d*)$/.exec(name);
  return [stem, digits];
}

/** The formula on one line: ∂E/∂a[x,y] = Σ_{p=0..1} Σ_{q=0..1} δ[x-p,y-q]·w[p,q]. */
function text(node) {
  const wrapped = (inner) => (isSum(inner) ? `(${text(inner)})` : text(inner));
  const factor = wrapped;
  const tight = (written) => written.replaceAll(" + ", "+").replaceAll(" - ", "-");
  const operand = (inner) => (["sum", "summed", "product"].includes(inner[0]) ? `(${text(inner)})` : text(inner));
  const amount = (inner) => (isSum(inner) && inner[1].length > 1 ? `(${text(inner)})` : text(inner));
  switch (node[0]) {
    case "letter": {
      const [stem, digits] = stemOf(node[1]);
      return stem + [...digits].map((digit) => SUBSCRIPTS[digit]).join("");
    }
    case "number":
      return String(node[1]);
    case "indexed": {
      const [, name, closing] = /^(.*?)(\)?)$/.exec(text(node[1]));
      return `${name}[${node[2].map((s) => (node[2].length > 1 ? tight(text(s)) : text(s))).join(",")}]${closing}`;
    }
    case "product":
      return node[1].map((f, k) => (k === 0 || isBeside(node[1][k - 1], f) ? "" : "·") + factor(f)).join("");
    case "sum":
      return node[1].map(({ negative, term }, k) =>
        (k === 0 ? (negative ? "-" : "") : negative ? " - " : " + ") + wrapped(term)).join("");
    case "fraction":
      return `${wrapped(node[1])}/${["sum", "product", "fraction"].includes(node[2][0]) ? `(${text(node[2])})` : text(node[2])}`;
    case "range":
      return `Σ_{${text(letter(node[1]))}=${text(node[2])}..${tight(text(node[3]))}} `;
    case "summed":
      return node[1].map(text).join("") + factor(node[2]);
    case "equation":
      return `${text(node[1])} = ${text(node[2])}`;
    case "elementwise":
      return `${operand(node[1])} ∘ ${operand(node[2])}`;
    case "call":
      return `${node[1]}(${[...node[2].map(text), ...node[3].map(([word, value]) => `${word} = ${text(value)}`)].join(", ")})`;
    case "inserted": {
      const stride = text(node[2]);
      return `${text(node[1])}↑${/^[\p{L}\p{N}]+$/u.test(stride) ? stride : `(${stride})`}`;
    }
    case "sizes":
      return node[1].map(wrapped).join("×");
    default:
      return `${amount(node[1])}:${amount(node[2])}`;
  }
}

/** Whether two factors need no dot between them: 2i, 2(K - 1), S(O - 1). */
function isBeside(left, right) {
  if (left[0] === "number") return right[0] === "letter" || right[0] === "sum";
  return left[0] === "letter" && right[0] === "sum";
}

const row = (...parts) => `<mrow>${parts.join("")}</mrow>`;
const mo = (sign, more = "") => `<mo${more}>${sign}</mo>`;
const parenthesised = (inner) => row(mo("(", ' stretchy="false"'), inner, mo(")", ' stretchy="false"'));
const listed = (parts) => parts.join(mo(",", ' separator="true"'));

/**
 * A letter with its subscripts, if it has any. Those of ∂E/∂a belong to the a, those of f'(net) to the net; with a
 * fraction among them they stand in brackets, on the line. The letter of an array is marked with its role, so that
 * formula and picture have one colour.
 */
function mathEntry(name, subscripts = []) {
  if (name.startsWith("∂E/∂")) {
    return `<mfrac><mrow>${mo("∂")}<mi>E</mi></mrow><mrow>${mo("∂")}${mathEntry(name.slice(4), subscripts)}</mrow></mfrac>`;
  }
  if (name.startsWith("f'(")) {
    return row("<mi>f</mi>", mo("′", ' form="postfix" lspace="0.04em" rspace="0"'), parenthesised(mathEntry(name.slice(3, -1), subscripts)));
  }
  const [base, exponent] = name.split("^");
  const [stem, digits] = stemOf(base);
  const role = exponent ? roleOf(name) : ARRAYS.includes(stem) ? roleOf(stem) : "";
  const own = `<mi${role ? ` class="${role}"` : ""}>${stem}</mi>`;
  const inner = listed(subscripts.map(math));
  if (JSON.stringify(subscripts).includes('"fraction"')) return row(own, row(mo("["), inner, mo("]")));
  const lower = digits ? `<mn>${digits}</mn>` : subscripts.length > 0 ? row(inner) : "";
  const upper = exponent ? row("<mi>l</mi>", mo("−"), "<mn>1</mn>") : "";
  if (lower && upper) return `<msubsup>${own}${lower}${upper}</msubsup>`;
  return lower ? `<msub>${own}${lower}</msub>` : upper ? `<msup>${own}${upper}</msup>` : own;
}

/** A letter as it stands in prose and lists: a quotient with a slash. */
function onLine(name, subscripts = []) {
  if (!name.startsWith("∂E/∂")) return mathEntry(name, subscripts);
  return row(mo("∂", ' form="prefix"'), "<mi>E</mi>", mo("/", ' lspace="0" rspace="0"'), mo("∂", ' form="prefix"'), mathEntry(name.slice(4), subscripts));
}

function math(node) {
  const wrapped = (inner) => (isSum(inner) ? parenthesised(math(inner)) : math(inner));
  switch (node[0]) {
    case "letter":
      return mathEntry(node[1]);
    case "number":
      return node[1] < 0 ? row(mo("−"), `<mn>${-node[1]}</mn>`) : `<mn>${node[1]}</mn>`;
    case "indexed":
      return mathEntry(node[1][1], node[2]);
    case "product":
      return row(...node[1].map((f, k) => {
        const left = node[1][k - 1];
        const sign = k === 0 || isBeside(left, f) || (left[0] === "letter" && f[0] === "letter") ? "" : mo("·");
        return sign + wrapped(f);
      }));
    case "sum":
      return row(...node[1].map(({ negative, term }, k) =>
        (k === 0 ? (negative ? mo("−", ' form="prefix"') : "") : mo(negative ? "−" : "+")) + wrapped(term)));
    case "fraction":
      return `<mfrac>${row(math(node[1]))}${row(math(node[2]))}</mfrac>`;
    case "range":
      return `<munderover>${mo("∑", ' largeop="true" movablelimits="false"')}${row(math(letter(node[1])), mo("="), math(node[2]))}${row(slashed(node[3]))}</munderover>`;
    case "summed":
      return row(node[1].map(math).join('<mspace width="0.25em"/>'), wrapped(node[2]));
    case "call":
      return row(`<mi>${node[1]}</mi>`, parenthesised(listed([
        ...node[2].map(math), ...node[3].map(([word, value]) => row(`<mi>${word}</mi>`, mo("="), math(value))),
      ])));
    case "inserted":
      return `<msup>${math(node[1])}${row(mo("↑", ' stretchy="false"'), math(node[2]))}</msup>`;
    case "sizes":
      return row(node[1].map(wrapped).join(mo("×")));
    case "equation":
      return row(math(node[1]), mo("="), math(node[2]));
    case "elementwise":
      return row(...[node[1], node[2]].map((inner) =>
        (["sum", "summed", "product"].includes(inner[0]) ? parenthesised(math(inner)) : math(inner))).join(mo("∘")));
    default:
      return row(wrapped(node[1]), mo(":"), wrapped(node[2]));
  }
}

/** Above a Σ quotients have a slash: what stands there is small already. */
function slashed(node) {
  if (node[0] === "fraction") return row(math(node[1]), mo("/"), math(node[2]));
  if (node[0] !== "sum") return math(node);
  return node[1].map(({ negative, term }, k) => (k || negative ? mo(negative ? "−" : "+") : "") + slashed(term)).join("");
}

const mathElement = (inner, display = false) => `<math${display ? ' display="block" class="inline"' : ""}>${inner}</math>`;

/** A formula in pieces between which a line may break: after commas and dots, before ∘ and ×. */
function piecesOf(node) {
  switch (node[0]) {
    case "call": {
      const parts = [...node[2].map(piecesOf), ...node[3].map(([word, value]) => [row(`<mi>${word}</mi>`, mo("="), math(value))])];
      parts[0][0] = `<mi>${node[1]}</mi>${mo("(", ' form="prefix" stretchy="false"')}${parts[0][0]}`;
      parts.forEach((part, k) => {
        part.push(part.pop() + (k < parts.length - 1 ? mo(",", ' separator="true"') : mo(")", ' form="postfix" stretchy="false"')));
      });
      return parts.flat();
    }
    case "product": {
      const [last, before] = [node[1].at(-1), node[1].slice(0, -1)];
      if (last[0] === "summed") return [math(["product", before]) + mo("·"), ...piecesOf(last)];
      return node[1].every((factor) => factor[0] === "indexed") ? [...before.map((factor) => math(factor) + mo("·")), math(last)] : [math(node)];
    }
    case "summed": {
      if (isSum(node[2])) return [math(node)];
      const [first, ...rest] = piecesOf(node[2]);
      return [node[1].map(math).join('<mspace width="0.25em"/>') + first, ...rest];
    }
    case "sizes":
      return node[1].map((size, k) => (k > 0 ? mo("×", ' form="infix"') : "") + (isSum(size) ? parenthesised(math(size)) : math(size)));
    case "elementwise": {
      const pieces = piecesOf(node[1]);
      if (["sum", "summed", "product"].includes(node[1][0])) {
        pieces[0] = mo("(", ' form="prefix" stretchy="false"') + pieces[0];
        pieces.push(pieces.pop() + mo(")", ' form="postfix" stretchy="false"'));
      }
      return [...pieces, mo("∘", ' form="infix"') + math(node[2])];
    }
    default:
      return [math(node)];
  }
}

/** An equation in pieces between which a line may break: the left side, then those of every term that is added. */
function breakable(equation) {
  const [, left, right] = equation;
  const terms = isSum(right) ? right[1] : [{ negative: false, term: right }];
  const groups = terms.map(({ negative, term }, k) => {
    const [first, ...rest] = piecesOf(term);
    return [(k === 0 ? "" : mo(negative ? "−" : "+", ' form="infix"')) + first, ...rest];
  });
  const piece = (inner) => `<span class="piece">${mathElement(`<mstyle displaystyle="true">${row(inner)}</mstyle>`)}</span>`;
  return [[math(left) + mo("=")], ...groups].map((group) => group.map(piece).join("")).join(" ");
}
