/* A setting: the numbers of a layer by the names of symconv's flags, what is wrong with them, and their address. */
const DIMENSIONAL = ["input", "filter", "stride", "dilation", "outputPadding"];
const CHANNEL_KEYS = ["depth", "filters", "groups", "batch"];
const copy = (setting) => structuredClone(setting);
const sameEverywhere = (values) => values.every((value) => same(value, values[0]));

/** The derivation for a setting: at stride 1 it is one of its own, without r. */
function derivationOf(setting) {
  const pattern = setting.stride.map((stride) => (stride === 1 ? "1" : "S"));
  return DATA.derivations[[setting.layer, ...pattern].join(" ")];
}

/** The letters of a derivation that controls set. */
function lettersOf(setting) {
  const found = { B: setting.batch, C: setting.depth, N: setting.filters, G: setting.groups };
  setting.input.forEach((size, d) => {
    const suffix = setting.input.length > 1 ? d + 1 : "";
    const [before, after] = setting.padding[d];
    Object.assign(found, {
      [`H${suffix}`]: size, [`K${suffix}`]: setting.filter[d], [`S${suffix}`]: setting.stride[d],
      [`D${suffix}`]: setting.dilation[d], [`P${suffix}`]: before, [`Q${suffix}`]: after,
    });
    if (setting.layer === "conv-transpose") found[`r${suffix}`] = setting.outputPadding[d];
  });
  return found;
}

const layerOf = (setting) => instantiated(derivationOf(setting), lettersOf(setting));

/** The name of the sentence that says why there is no such layer, or null; every extent has to be a whole number above 0. */
function problemOf(setting, layer) {
  const extents = Object.entries(layer.extents);
  if (extents.some(([axis, extent]) => CHANNELS.includes(axis) && !Number.isInteger(extent))) return "groups";
  if (setting.layer === "conv-transpose" && setting.outputPadding.some((rest, d) => rest >= setting.stride[d])) return "rest";
  if (extents.some(([, extent]) => extent < 1)) return setting.layer === "conv" ? "fit" : "output";
  const goals = Object.keys(layer.derivation.views);
  const isLarge = extents.some(([, extent]) => extent > DATA.limits.extent)
    || Object.keys(layer.arrays).some((array) => countOf(layer, array) > DATA.limits.cells)
    || goals.some((goal) => work(layer, goal) > DATA.limits.work);
  return isLarge ? "large" : null;
}

/** As many dimensions as asked for: the first is kept, and repeated. */
function withDimensions(setting, dimensions) {
  const changed = copy(setting);
  for (const key of [...DIMENSIONAL, "padding"]) {
    changed[key] = Array.from({ length: dimensions }, (_, d) => setting[key][Math.min(d, setting[key].length - 1)]);
  }
  return changed;
}

const FLAGS = { outputPadding: "output-padding" };
const flagOf = (key) => FLAGS[key] ?? key;
const shown = (key, values) => values.map((value) => (key === "padding" ? value.join(":") : value)).join("x");

/** The flags that differ from the defaults, as `symconv build` takes them. */
function commandOf(setting) {
  const flags = [`--layer ${setting.layer}`, `--input ${shown("input", setting.input)}`, `--filter ${shown("filter", setting.filter)}`];
  for (const [key, trivial] of [["stride", 1], ["dilation", 1], ["padding", [0, 0]], ["outputPadding", 0]]) {
    const values = setting[key];
    if (values.every((value) => same(value, trivial))) continue;
    const shortened = key === "padding" ? values.map((pair) => (pair[0] === pair[1] ? [pair[0]] : pair)) : values;
    flags.push(`--${flagOf(key)} ${shown(key, sameEverywhere(shortened) ? shortened.slice(0, 1) : shortened)}`);
  }
  for (const key of CHANNEL_KEYS) if (setting[key] !== 1) flags.push(`--${key} ${setting[key]}`);
  return ["symconv build", ...flags, ...DATA.switches].join(" ");
}

/** The part of the address after #: everything that makes the picture. */
function fragmentOf(setting, more) {
  const parts = { layer: setting.layer };
  for (const key of ["input", "filter", "stride", "dilation", "padding", "outputPadding"]) parts[flagOf(key)] = shown(key, setting[key]);
  for (const key of CHANNEL_KEYS) parts[key] = setting[key];
  return Object.entries({ ...parts, ...more }).map(([key, value]) => `${key}=${value}`).join("&");
}

/** A setting read from an address, numbers brought inside the limits; null where it makes no sense. */
function settingFrom(fragment) {
  const given = Object.fromEntries(new URLSearchParams(fragment));
  const setting = copy(DATA.initial);
  if (["conv", "conv-transpose"].includes(given.layer)) setting.layer = given.layer;
  const whole = (written, key) => {
    const [least, most] = DATA.limits[key];
    return /^\d{1,4}$/.test(written) ? Math.min(most, Math.max(least, Number(written))) : NaN;
  };
  const dimensions = given.input === undefined ? setting.input.length : given.input.split("x").length;
  if (dimensions > 2) return null;
  const widened = withDimensions(setting, dimensions);
  const spread = (values) => (values.length === 1 ? Array(dimensions).fill(values[0]) : values);
  for (const key of DIMENSIONAL) {
    const written = given[flagOf(key)];
    if (written !== undefined) widened[key] = spread(written.split("x").map((value) => whole(value, key)));
  }
  if (given.padding !== undefined) {
    widened.padding = spread(given.padding.split("x").map((pair) => {
      const sides = pair.split(":").map((value) => whole(value, "padding"));
      return sides.length === 1 ? [sides[0], sides[0]] : sides.slice(0, 2);
    }));
  }
  for (const key of CHANNEL_KEYS) if (given[key] !== undefined) widened[key] = whole(given[key], key);
  if (widened.layer === "conv") widened.outputPadding = widened.input.map(() => 0);
  const values = [...DIMENSIONAL, "padding"].map((key) => widened[key]);
  const isWhole = [...values.flat(2), ...CHANNEL_KEYS.map((key) => widened[key])].every(Number.isInteger);
  return isWhole && values.every((value) => value.length === dimensions) ? widened : null;
}
