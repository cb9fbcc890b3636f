"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const ORIGINAL = "original";
const MAGNIFIED = 192; // side of an enlarged crop on the page, CSS pixels
const TALLEST = 620; // of the large image, CSS pixels

const $ = (id) => document.getElementById(id);
const value = (v) => (v === "inf" ? Infinity : v);
const inside = (low, x, high) => Math.max(low, Math.min(x, high));
const url = (path) => path.split("/").map(encodeURIComponent).join("/");
const figures = new Map(data.figures.map((f) => [f.name, f]));
const higherIsBetter = (figure) => figure === "psnr" || figure === "ssim";

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, v] of Object.entries(attributes)) made.setAttribute(name, v);
  made.append(...children);
  return made;
}

function text(v, figure) {
  if (v === undefined || v === null) return "–";
  return v === Infinity ? "inf" : v.toFixed(figures.get(figure).digits);
}

// Results by protocol, dataset and image: a map from method to result.
const results = new Map();
const keyOf = (...parts) => parts.join("\n");
for (const row of data.images) {
  const key = keyOf(row.protocol, row.data_set, row.image);
  if (!results.has(key)) results.set(key, new Map());
  results.get(key).set(row.method, row);
}
const means = new Map(data.means.map((m) => [keyOf(m.protocol, m.data_set, m.method, m.figure), m]));

const state = {
  protocol: data.protocols[0], left: "", right: "", figure: "psnr", set: "", order: "apart", side: 48, split: 50,
  image: data.references[0], crop: null,
};

function of(hr, method) {
  return (results.get(keyOf(state.protocol, hr.data_set, hr.image)) || new Map()).get(method);
}

function pathOf(hr, method) {
  return method === ORIGINAL ? hr.file : (of(hr, method) || {}).picture;
}

function figureOf(hr, method, figure) {
  const found = of(hr, method);
  return found && found[figure] !== null ? value(found[figure]) : undefined;
}

// How much better left is than right; undefined where one of them has no value.
function lead(hr) {
  const [a, b] = [state.left, state.right].map((method) => figureOf(hr, method, state.figure));
  if (a === undefined || b === undefined) return undefined;
  if (a === b) return 0;
  return higherIsBetter(state.figure) ? a - b : b - a;
}

function showMeans() {
  const head = element("tr", {}, element("th", {}, "method"), ...data.data_sets.map((s) => element("th", {}, s)));
  const best = new Map();
  for (const set of data.data_sets) for (const f of figures.keys()) {
    const all = data.methods.map((m) => means.get(keyOf(state.protocol, set, m.name, f))).filter(Boolean);
    const values = all.map((m) => value(m.mean));
    best.set(keyOf(set, f), higherIsBetter(f) ? Math.max(...values) : Math.min(...values));
  }
  const rows = data.methods.map((method) => {
    const cells = data.data_sets.map((set) => {
      const found = [...figures.keys()].map((f) => [f, means.get(keyOf(state.protocol, set, method.name, f))]);
      if (!found.every(([, m]) => m)) return element("td", {}, "–");
      const cell = element("td");
      found.forEach(([f, m], i) => {
        const classes = value(m.mean) === best.get(keyOf(set, f)) ? { class: "best" } : {};
        cell.append(i ? " / " : "", element("span", classes, text(value(m.mean), f)));
      });
      const intervals = found.filter(([, m]) => m.low !== null)
        .map(([f, m]) => `${text(value(m.low), f)}–${text(value(m.high), f)}`);
      if (intervals.length) cell.append(element("small", {}, intervals.join(" / ")));
      const whole = data.references.filter((p) => p.data_set === set).length;
      if (found[0][1].images < whole) cell.append(element("small", {}, `${found[0][1].images} of ${whole} images`));
      return cell;
    });
    return element("tr", {}, element("th", {}, method.name), ...cells);
  });
  $("means").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  const names = data.figures.map((f) => f.label + (f.name === "psnr" ? " (dB)" : "")).join(" / ");
  $("means-hint").textContent = `${names}, protocol ${state.protocol}; below, the 95 % bootstrap interval of the mean over ` +
    `images. Bold: the best. A border of ${data.border} pixels is not counted.`;
}

function showSignificance() {
  const sets = state.set ? [state.set] : data.data_sets;
  $("significance").replaceChildren(...sets.map((set) => element("div", { class: "scroll" }, significanceOf(set))));
  $("tested").textContent = `${sets.join(", ")}, ${figures.get(state.figure).label}, protocol ${state.protocol}`;
  $("level").textContent = data.significant_below;
}

function significanceOf(set) {
  const p = new Map();
  for (const s of data.significance) {
    if (s.protocol !== state.protocol || s.data_set !== set || s.figure !== state.figure) continue;
    p.set(keyOf(...s.methods), s.p).set(keyOf(...s.methods.toReversed()), s.p);
  }
  const mean = (name) => value((means.get(keyOf(state.protocol, set, name, state.figure)) || {}).mean);
  const names = data.methods.map((m) => m.name);
  const rows = names.map((a) => element("tr", {}, element("th", {}, a), ...names.map((b) => {
    const found = p.get(keyOf(a, b));
    if (found === undefined) return element("td", {}, a === b ? "" : "–");
    const better = higherIsBetter(state.figure) ? mean(a) > mean(b) : mean(a) < mean(b);
    const classes = found < data.significant_below ? { class: better ? "better" : "worse" } : {};
    return element("td", classes, found < 0.0001 ? "<0.0001" : found.toPrecision(2));
  })));
  const head = element("tr", {}, element("th"), ...names.map((n) => element("th", {}, n)));
  return element("table", {}, element("caption", {}, set), element("thead", {}, head), element("tbody", {}, ...rows));
}

function ordered() {
  const rank = (hr) => {
    const by = lead(hr);
    if (state.order === "low") return figureOf(hr, state.left, state.figure) ?? Infinity;
    if (by === undefined) return Infinity;
    return { apart: -Math.abs(by), left: -by, right: by }[state.order];
  };
  const chosen = data.references.filter((p) => !state.set || p.data_set === state.set);
  if (state.order === "name") return chosen;
  return chosen.map((p) => [rank(p), p]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, p]) => p);
}

function showList() {
  $("list").replaceChildren(...ordered().map((hr) => {
    const by = lead(hr);
    const gap = by === undefined ? "–" : (by > 0 ? "+" : by < 0 ? "−" : "") + text(Math.abs(by), state.figure);
    const [a, b] = [state.left, state.right].map((m) => text(figureOf(hr, m, state.figure), state.figure));
    const button = element("button", { type: "button", "data-image": hr.image },
      element("img", { src: url(hr.file), alt: "", loading: "lazy" }),
      element("b", {}, hr.image), element("span", { class: "gap" }, gap),
      element("small", {}, `${hr.data_set} · ${a} against ${b}`));
    if (hr === state.image) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => { choose(hr); showList(); });
    return element("li", {}, button);
  }));
}

function choose(hr) {
  state.image = hr;
  state.crop = [...hr.crop];
  showViewer();
}

function showViewer() {
  const hr = state.image;
  const [width, height] = hr.size;
  const enlargement = Math.min($("stage").parentElement.clientWidth / width, TALLEST / height);
  $("stage").style.width = `${width * enlargement}px`;
  $("stage").style.height = `${height * enlargement}px`;
  $("split").style.width = `${width * enlargement}px`;
  for (const [image, method, tag] of [["under", state.right, "right-tag"], ["over", state.left, "left-tag"]]) {
    const path = pathOf(hr, method);
    $(image).style.visibility = path ? "visible" : "hidden";
    if (path) $(image).src = url(path);
    $(tag).textContent = path ? method : `${method}: no image`;
  }
  $("shown").textContent = `${hr.data_set} · ${hr.image}`;
  const label = figures.get(state.figure).label;
  $("compared").textContent = [state.left, state.right].filter((m) => m !== ORIGINAL)
    .map((m) => `${m} ${text(figureOf(hr, m, state.figure), state.figure)}`).join(", ") +
    ` (${label}, protocol ${state.protocol})`;
  showSplit();
  showCrops();
}

function showSplit() {
  $("over").style.clipPath = `inset(0 ${100 - state.split}% 0 0)`;
  $("handle").style.left = `${state.split}%`;
  $("split").value = state.split;
}

function showCrops() {
  const [width, height] = state.image.size;
  const side = Math.min(state.side, width, height);
  const zoom = MAGNIFIED / side;
  const [x, y] = [inside(0, state.crop[0], width - side), inside(0, state.crop[1], height - side)];
  const box = $("window").style;
  box.left = `${100 * x / width}%`;
  box.top = `${100 * y / height}%`;
  box.width = `${100 * side / width}%`;
  box.height = `${100 * side / height}%`;
  const shown = [...data.methods.map((m) => m.name), ORIGINAL].filter((name) => pathOf(state.image, name));
  $("crops").replaceChildren(...shown.map((name) => {
    const crop = element("div");
    crop.style.backgroundImage = `url("${url(pathOf(state.image, name))}")`;
    crop.style.backgroundSize = `${width * zoom}px ${height * zoom}px`;
    crop.style.backgroundPosition = `${-x * zoom}px ${-y * zoom}px`;
    const scored = [...figures.values()].map((f) => name === ORIGINAL ? f.label
      : text(figureOf(state.image, name, f.name), f.name)).join(" / ");
    return element("figure", {}, crop, element("figcaption", {}, name,
      element("span", {}, name === ORIGINAL ? `(${scored}, protocol ${state.protocol})` : scored)));
  }));
}

// Calls `move` with the pointer's place in the image, 0 to 1 across and down, while a button is held.
function dragging(target, move) {
  const report = (event) => {
    const frame = $("stage").getBoundingClientRect();
    move(inside(0, (event.clientX - frame.left) / frame.width, 1), inside(0, (event.clientY - frame.top) / frame.height, 1));
  };
  target.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    target.setPointerCapture(event.pointerId);
    report(event);
  });
  target.addEventListener("pointermove", (event) => {
    if (target.hasPointerCapture(event.pointerId)) report(event);
  });
}

function showAll() {
  showMeans();
  showSignificance();
  showList();
  showViewer();
}

function fill(select, entries, chosen) {
  select.replaceChildren(...entries.map(([v, label]) => element("option", { value: v }, label)));
  select.value = chosen;
}

function start() {
  const names = data.methods.map((m) => m.name);
  const count = data.references.length;
  $("title").textContent = `Super-resolution, x${data.scale}`;
  $("subtitle").textContent = `${names.length} methods, ${count} images in ${data.data_sets.join(", ")}`;
  // The two methods furthest apart on average stand side by side at first.
  const first = data.data_sets[0];
  const scored = names.filter((n) => means.has(keyOf(state.protocol, first, n, "psnr")));
  const byMean = scored.toSorted((a, b) => value(means.get(keyOf(state.protocol, first, a, "psnr")).mean) -
    value(means.get(keyOf(state.protocol, first, b, "psnr")).mean));
  state.left = byMean.length > 1 ? byMean[0] : names[0];
  state.right = byMean.length > 1 ? byMean[byMean.length - 1] : ORIGINAL;

  for (const name of data.protocols) {
    const radio = element("input", { type: "radio", name: "protocol", value: name });
    radio.checked = name === state.protocol;
    radio.addEventListener("change", () => { state.protocol = name; showAll(); });
    $("protocols").append(element("label", {}, radio, name));
  }
  const sides = [...names, ORIGINAL].map((n) => [n, n]);
  fill($("left"), sides, state.left);
  fill($("right"), sides, state.right);
  fill($("figure"), data.figures.map((f) => [f.name, f.label]), state.figure);
  fill($("set"), [["", "all"], ...data.data_sets.map((s) => [s, s])], state.set);
  for (const id of ["left", "right", "figure", "set", "order"]) {
    $(id).addEventListener("change", () => { state[id] = $(id).value; showAll(); });
  }
  $("swap").addEventListener("click", () => {
    [state.left, state.right] = [state.right, state.left];
    [$("left").value, $("right").value] = [state.left, state.right];
    showAll();
  });
  $("side").addEventListener("change", () => { state.side = Number($("side").value); showCrops(); });
  $("split").addEventListener("input", () => { state.split = Number($("split").value); showSplit(); });
  dragging($("handle"), (x) => { state.split = 100 * x; showSplit(); });
  dragging($("stage"), (x, y) => {
    const [width, height] = state.image.size;
    state.crop = [Math.round(x * width - state.side / 2), Math.round(y * height - state.side / 2)];
    showCrops();
  });
  addEventListener("resize", showViewer);

  for (const method of data.methods) $("methods").append(element("dt", {}, method.name), element("dd", {}, method.about));
  for (const line of [...data.notes, ...data.problems]) $("notes").append(element("li", {}, line));
  state.image = ordered()[0];
  state.crop = [...state.image.crop];
  showAll();
}

start();
