// One rater's session in the browser. The server knows where the rater is; this page shows it and says what was
// pressed. A request names the image it means, so that sending it twice changes nothing.
"use strict";

const BLANK_MS = 300; // of grey between images: two versions of an image are not to be seen as a flicker
const element = (id) => document.getElementById(id);
const base = element("session").dataset.base;
const image = element("image");
const scores = [...document.querySelectorAll("[data-score]")];
const files = new Map(); // key -> promise of a blob's address: the image shown and the next one

let state = null;
let ready = false; // an image is there to be rated

async function ask(path, content) {
  const request = content && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  };
  for (;;) {
    const response = await fetch(base + path, request);
    if (response.status === 429) {
      await pause(1000);
      continue;
    }
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    return response;
  }
}

// Does something until it works; what stands in the way is shown, and tried again when the rater says so.
async function insist(action) {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      element("reason").textContent =
        error instanceof TypeError ? "There is no connection to the server." : error.message;
      await opened(element("trouble"));
    }
  }
}

function file(key) {
  if (!files.has(key)) {
    const loading = ask(`/image/${key}`).then((r) => r.blob()).then((b) => URL.createObjectURL(b));
    loading.catch(() => files.delete(key));
    files.set(key, loading);
  }
  return files.get(key);
}

function forgetAllBut(keys) {
  for (const [key, loading] of files) {
    if (keys.includes(key)) continue;
    files.delete(key);
    loading.then((address) => URL.revokeObjectURL(address), () => {});
  }
}

async function show(next) {
  state = next;
  ready = false;
  image.hidden = true;
  const { current, rated, examples, total, largest } = state;
  element("done").style.width = `${(100 * rated) / total}%`;
  element("undo").disabled = rated === 0;
  for (const button of scores) {
    button.disabled = true;
    button.classList.remove("chosen");
    button.classList.toggle("answer", current !== null && Number(button.dataset.score) === current.answer);
  }
  if (current === null) {
    element("progress").textContent = "All images are rated";
    element("left").textContent = "";
    element("hint").textContent = "";
    element("end").showModal();
    return;
  }
  element("progress").textContent =
    rated < examples
      ? `Example ${rated + 1} of ${examples}`
      : `Image ${rated - examples + 1} of ${total - examples}`;
  element("left").textContent = `${duration(state.secondsLeft)} left`;
  element("hint").textContent = current.answer
    ? `This is what ${word(current.answer)} looks like: press ${current.answer}.`
    : "How good does this image look?";
  const keys = [current, state.next].filter(Boolean).map((p) => p.key);
  forgetAllBut(keys);
  const blank = pause(BLANK_MS);
  const elsewhere = await insist(() => load(current));
  if (elsewhere) return show(elsewhere);
  await blank;
  fit(current, largest);
  image.hidden = false;
  image.parentElement.scrollTo(0, 0);
  ready = true;
  for (const button of scores) button.disabled = false;
  for (const key of keys.slice(1)) file(key).catch(() => {}); // asked for again when it is needed
}

// Loads an image; if that fails because the rater has moved on in another window, gives the state there.
async function load(current) {
  try {
    image.src = await file(current.key);
    await image.decode();
    return null;
  } catch (error) {
    const latest = await (await ask("/state")).json();
    if (latest.current !== null && latest.current.key === current.key) throw error;
    return latest;
  }
}

// A pixel of the image is a whole number of the screen's, the same for every image of the study: one on
// ordinary screens, several on fine ones, as far as the largest image fits.
function fit(current, [width, height]) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth, clientHeight } = image.parentElement;
  let times = Math.max(1, Math.round(ratio));
  while (times > 1 && (width * times > clientWidth * ratio || height * times > clientHeight * ratio)) times -= 1;
  image.style.width = `${(current.width * times) / ratio}px`;
  image.style.height = `${(current.height * times) / ratio}px`;
}

async function rate(score) {
  if (!ready) return;
  ready = false;
  const { key } = state.current;
  for (const button of scores) {
    button.disabled = true;
    button.classList.toggle("chosen", Number(button.dataset.score) === score);
  }
  await show(await insist(async () => (await ask("/rate", { key, score })).json()));
}

async function undo() {
  const atEnd = state !== null && state.current === null;
  if (!atEnd && (!ready || state.rated === 0)) return;
  ready = false;
  const key = atEnd ? "" : state.current.key;
  const next = await insist(async () => (await ask("/undo", { key })).json());
  if (element("end").open) element("end").close();
  await show(next);
}

function opened(dialog) {
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", done, { once: true }));
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function duration(seconds) {
  if (seconds < 60) return "under 1 min";
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `about ${minutes} min` : `about ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function word(score) {
  return scores[score - 1].querySelector("span").textContent;
}

for (const button of scores) button.addEventListener("click", () => rate(Number(button.dataset.score)));
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
element("undo").addEventListener("click", undo);
element("undo-last").addEventListener("click", undo);
element("pause").addEventListener("click", () => opened(element("rest")));
element("end").addEventListener("cancel", (event) => event.preventDefault());
window.addEventListener("resize", () => state && state.current && fit(state.current, state.largest));
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (/^[1-5]$/.test(event.key)) rate(Number(event.key));
  if (event.key === "Backspace") undo();
});

(async () => {
  const first = await insist(async () => (await ask("/state")).json());
  if (first.rated === 0) await opened(element("start"));
  await show(first);
})();
