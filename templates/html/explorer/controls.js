/* The controls that set a layer's numbers, one slider for each, made anew when their number changes. */
const CHANNEL_LETTERS = { depth: "C", filters: "N", groups: "G", batch: "B" };

/** Every slider that a setting needs: its message, its letter, and how it reads and writes the setting. */
function sliders(setting, alike) {
  const count = setting.input.length;
  const letters = { input: "H", filter: "K", stride: "S", dilation: "D", padding: "P", outputPadding: "r" };
  const one = (key, d, all) => ({
    key, name: `${letters[key]}${all ? "" : d + 1}`, axis: all ? null : d,
    get: () => setting[key][d],
    set: (changed, value) => { changed[key] = changed[key].map((old, k) => (all || k === d ? value : old)); },
  });
  const side = (d, end, all) => ({
    key: "padding", name: all ? "P" : `${"PQ"[end]}${count > 1 ? d + 1 : ""}`, axis: all ? null : d, end: all ? null : end,
    get: () => setting.padding[d][end],
    set: (changed, value) => {
      changed.padding = changed.padding.map((pair, k) => pair.map((old, e) => (all || (k === d && e === end) ? value : old)));
    },
  });
  const each = (make) => Array.from({ length: count }, (_, d) => make(d)).flat();
  const shared = (key) => (alike || count === 1 ? [one(key, 0, true)] : each((d) => one(key, d, false)));
  return [
    ...["input", "filter"].flatMap((key) => (count === 1 ? [one(key, 0, true)] : each((d) => one(key, d, false)))),
    ...shared("stride"),
    ...(alike ? [side(0, 0, true)] : each((d) => [side(d, 0, false), side(d, 1, false)])),
    ...shared("dilation"),
    ...(setting.layer === "conv-transpose" ? shared("outputPadding") : []),
    ...Object.entries(CHANNEL_LETTERS).map(([key, name]) => ({
      key, name, axis: null, get: () => setting[key], set: (changed, value) => { changed[key] = value; },
    })),
  ];
}

/** Whether every dimension and side has the same stride, padding, dilation and output padding. */
const isAlike = (setting) => ["stride", "dilation", "outputPadding"].every((key) => sameEverywhere(setting[key]))
  && sameEverywhere(setting.padding.flat());

const AXES = ["rows", "columns"];
const SIDES = [["above", "below"], ["left", "right"]];
function labelOf({ key, axis, end }, count) {
  if (key === "padding" && end != null) return say(`padding_${count > 1 ? SIDES[axis][end] : ["before", "after"][end]}`);
  return say(key) + (axis === null ? "" : say("of_axis", { axis: say(AXES[axis]) }));
}

/** Draw the sliders; changed(slider, value) is called as one moves. */
function drawSliders(holder, setting, alike, changed) {
  const made = sliders(setting, alike).map((slider) => {
    const [least, most] = DATA.limits[slider.key];
    const id = `set-${slider.key}-${slider.name}`;
    const range = element("input", { type: "range", id, min: least, max: most, value: slider.get() });
    const output = element("output", { for: id }, String(slider.get()));
    const label = element("label", { for: id }, labelOf(slider, setting.input.length), " ");
    label.insertAdjacentHTML("beforeend", mathElement(mathEntry(slider.name)));
    range.addEventListener("input", () => { output.textContent = range.value; changed(slider, Number(range.value)); });
    return element("div", { class: "slider" }, label, range, output);
  });
  holder.replaceChildren(...made);
}
