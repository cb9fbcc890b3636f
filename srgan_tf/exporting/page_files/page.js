// The page: an image, the network, the result under a slider and as a file.

import {loadAndCompile, loadLiteRt, Tensor} from "@litertjs/core";
import {pngFile} from "./png.js";
import {upscaled} from "./upscale.js";

const VIEW_SIDE = 4096;  // of the canvases on the page, the largest that every phone has; the file has every pixel

const element = (id) => document.getElementById(id);
const say = (text) => { element("status").textContent = text; };
// Lets the page show what is new and answer. In the background browsers slow timers down, and messages not.
const breath = () => new Promise((resume) => {
  if (!document.hidden) {
    requestAnimationFrame(() => setTimeout(resume));
    setTimeout(resume, 100);  // no frame is drawn once the page is hidden
    return;
  }
  const channel = new MessageChannel();
  channel.port1.onmessage = () => { channel.port1.close(); resume(); };
  channel.port2.postMessage(null);
});

const settings = await (await fetch("model.json")).json();
const list = (files) => element("network").replaceChildren(...files.map((file) => new Option(file, file)));
list(settings.files);
for (const {strength, files} of settings.strengths ?? []) {
  const text = {0: "0 (faithful)", 1: "1 (crisp)"}[strength] ?? strength;
  const chosen = files[0] === settings.files[0];
  element("strength").add(new Option(text, JSON.stringify(files), chosen, chosen));
  element("strengths").hidden = false;
}

let network;  // {file, run, tile}
let source;  // the last image given, for a second network
let stop = () => {};
let last;  // the job that runs, a promise

async function load(file) {
  if (network?.file === file) return;
  say(`Loading ${file}`);
  const model = await loadAndCompile(file, {accelerator: "wasm"});
  const [, tile] = model.getInputDetails()[0].shape;
  const run = async (lr) => {
    const input = new Tensor(lr, [1, tile, tile, 3]);
    const [output] = await model.run(input);
    const sr = (await output.data()).slice();
    input.delete();
    output.delete();
    return sr;
  };
  network = {file, run, tile};
}

// Upscales an image instead of what runs.
function start(file) {
  source = file;
  stop();
  const job = new AbortController();
  stop = () => job.abort();
  last = last.then(() => show(file, job.signal));
}

async function show(file, signal) {
  if (signal.aborted) return;
  clear();
  let bitmap, png;
  try {
    element("work").hidden = false;
    await load(element("network").value);
    signal.throwIfAborted();
    bitmap = await createImageBitmap(file).catch(() => {
      throw new Error(`${file.name}: not an image that this browser can read`);
    });
    const {width, height} = bitmap;
    const image = {width, height, read: reader(bitmap)};
    const [srWidth, srHeight] = [width * settings.scale, height * settings.scale];
    png = pngFile(srWidth, srHeight, opaque(image));
    const paint = view(bitmap, srWidth, srHeight);
    const halo = Math.min(settings.overlap, Math.floor(network.tile / 4));
    const started = performance.now();
    let band;
    say("Upscaling");
    await breath();
    for await (const tile of upscaled(image, network.run, {tile: network.tile, scale: settings.scale, halo})) {
      if (tile.left === 0) band = new Uint8ClampedArray(srWidth * tile.height * 4);
      for (let y = 0; y < tile.height; y++) {
        const line = tile.data.subarray(4 * y * tile.width, 4 * (y + 1) * tile.width);
        band.set(line, 4 * (y * srWidth + tile.left));
      }
      if (tile.left + tile.width === srWidth) await png.write(band);
      paint(tile);
      element("progress").value = tile.part;
      const left = (performance.now() - started) * (1 / tile.part - 1);
      say(`Upscaling: ${Math.floor(100 * tile.part)} %, ${duration(left)} left`);
      await breath();
      signal.throwIfAborted();
    }
    offer(await png.finish(), file);
    say(`${width}x${height} became ${srWidth}x${srHeight} in ${duration(performance.now() - started)}`);
  } catch (error) {
    png?.abandon();
    clear();
    say(signal.aborted ? "Cancelled" : `Error: ${error.message}`);
  } finally {
    bitmap?.close();
    element("work").hidden = true;
  }
}

// Reads parts of a bitmap: a canvas cannot hold every image whole.
function reader(bitmap) {
  const context = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  return (left, top, width, height) => {
    Object.assign(context.canvas, {width, height});
    context.drawImage(bitmap, left, top, width, height, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  };
}

function opaque(image) {
  const rows = Math.max(1, Math.floor(2 ** 20 / image.width));
  for (let top = 0; top < image.height; top += rows) {
    const data = image.read(0, top, image.width, Math.min(rows, image.height - top));
    for (let i = 3; i < data.length; i += 4) if (data[i] < 255) return false;
  }
  return true;
}

// Shows the image under the slider; gives a function that paints a tile over it.
function view(bitmap, width, height) {
  const shrunk = Math.min(1, VIEW_SIDE / Math.max(width, height));
  const at = (position) => Math.round(position * shrunk);
  const [before, after] = [element("before"), element("after")].map((canvas) => {
    Object.assign(canvas, {width: Math.max(at(width), 1), height: Math.max(at(height), 1)});
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return context;
  });
  for (const id of ["view", "captions"]) element(id).hidden = false;
  const spare = new OffscreenCanvas(1, 1);
  return ({left, top, width, height, data}) => {
    const pixels = new ImageData(data, width, height);
    if (shrunk === 1) {
      after.putImageData(pixels, left, top);
      return;
    }
    Object.assign(spare, {width, height});
    spare.getContext("2d").putImageData(pixels, 0, 0);
    // Whole pixels, so that no seam shows between tiles.
    const place = [at(left), at(top), at(left + width) - at(left), at(top + height) - at(top)];
    after.clearRect(...place);
    after.drawImage(spare, 0, 0, width, height, ...place);
  };
}

// Offers the result as a file that is named for its source.
function offer(blob, file) {
  const name = `${file.name.replace(/\.[^.]*$/, "")}_x${settings.scale}.png`;
  const href = URL.createObjectURL(blob);
  Object.assign(element("save"), {href, download: name, textContent: `Save ${name}`, hidden: false});
}

function clear() {
  const save = element("save");
  if (save.href) URL.revokeObjectURL(save.href);
  save.removeAttribute("href");
  for (const id of ["save", "view", "captions"]) element(id).hidden = true;
  for (const id of ["before", "after"]) Object.assign(element(id), {width: 0, height: 0});  // frees their memory
  element("progress").value = 0;
}

function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

element("slider").addEventListener("input", (event) => {
  element("view").style.setProperty("--cut", `${event.target.value}%`);
});
element("file").addEventListener("click", (event) => { event.target.value = ""; });  // the same file may come again
element("file").addEventListener("change", (event) => {
  if (event.target.files.length) start(event.target.files[0]);
});
element("network").addEventListener("change", () => {
  if (source) start(source);
});
element("strength").addEventListener("change", (event) => {
  list(JSON.parse(event.target.value));
  if (source) start(source);
});
element("cancel").addEventListener("click", () => stop());
// The whole page takes drops: beside the box the browser would leave the page for the image.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    element("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) start(event.dataTransfer.files[0]);
  });
}

last = (async () => {
  await loadLiteRt("litert/core/wasm/");
  await load(element("network").value);
  say("Ready");
})().catch((error) => say(`Error: the network could not be loaded (${error.message})`));
