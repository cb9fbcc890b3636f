// The page: a dropped image, the network, and the result under a slider.

import {loadAndCompile, loadLiteRt, Tensor} from "@litertjs/core";
import {upscale} from "./upscale.js";

const MAX_PIXELS = 2_000_000;  // the result is 16 times that, near what phones' canvases hold

const element = (id) => document.getElementById(id);
const say = (text) => { element("status").textContent = text; };

const settings = await (await fetch("model.json")).json();
for (const file of settings.files) element("network").add(new Option(file, file));

let network;  // {file, run, tile}
let busy = false;

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

async function show(file) {
  if (busy) return;
  busy = true;
  try {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch {
      throw new Error(`${file.name}: not an image that this browser can read`);
    }
    const {width, height} = bitmap;
    if (width * height > MAX_PIXELS) {
      throw new Error(`${file.name}: ${width}x${height} is more than ${MAX_PIXELS / 1e6} megapixels`);
    }
    await load(element("network").value);
    const lr = pixels(bitmap);
    const started = performance.now();
    element("progress").hidden = false;
    const halo = Math.min(settings.overlap, Math.floor(network.tile / 4));
    const sr = await upscale(lr, network.run, {tile: network.tile, scale: settings.scale, halo}, (part) => {
      element("progress").value = part;
      say(`Upscaling: ${Math.round(100 * part)} %`);
    });
    draw(bitmap, sr);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(`${width}x${height} became ${sr.width}x${sr.height} in ${seconds} s`);
  } catch (error) {
    say(`Error: ${error.message}`);
  } finally {
    element("progress").hidden = true;
    busy = false;
  }
}

function pixels(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";  // under transparent images
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function draw(bitmap, sr) {
  const [before, after] = [element("before"), element("after")];
  for (const canvas of [before, after]) Object.assign(canvas, {width: sr.width, height: sr.height});
  const context = before.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, sr.width, sr.height);
  after.getContext("2d").putImageData(new ImageData(sr.data, sr.width, sr.height), 0, 0);
  for (const id of ["view", "captions"]) element(id).hidden = false;
  element("save").disabled = false;
}

element("slider").addEventListener("input", (event) => {
  element("view").style.setProperty("--cut", `${event.target.value}%`);
});
element("file").addEventListener("change", (event) => {
  if (event.target.files.length) show(event.target.files[0]);
});
element("save").addEventListener("click", () => {
  element("after").toBlob((blob) => {
    const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(blob), download: "upscaled.png"});
    link.click();
    URL.revokeObjectURL(link.href);
  });
});
const drop = element("drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) show(event.dataTransfer.files[0]);
  });
}

try {
  await loadLiteRt("litert/core/wasm/");
  await load(element("network").value);
  say("Ready");
} catch (error) {
  say(`Error: the network could not be loaded (${error.message})`);
}
