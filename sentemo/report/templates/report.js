"use strict";
// The list of utterances. Ids and transcripts are untrusted: they become text, never markup.

const CHUNK = 50; // utterances that are drawn at a time
const { labels, dimensions, utterances } = JSON.parse(document.getElementById("data").textContent);
const filters = document.getElementById("filters");
const list = document.getElementById("list");
const more = document.getElementById("more");
let found = [];

for (const utterance of utterances) {
  utterance.right = utterance.label === utterance.predicted;
  const words = utterance.attention ? utterance.attention.words.map((word) => word.word) : [];
  utterance.searched = [utterance.id, utterance.text, ...words].join(" ").toLowerCase();
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  return fill(made, attributes, children);
}

function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  return fill(made, attributes, children);
}

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function percent(share) {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

// --- Filters and order

function wanted() {
  const given = Object.fromEntries(new FormData(filters));
  const words = given.words.trim().toLowerCase();
  return (utterance) =>
    (!given.label || utterance.label === given.label) &&
    (!given.predicted || utterance.predicted === given.predicted) &&
    (!given.answer || utterance.right === (given.answer === "right")) &&
    (!given.speaker || utterance.speaker === given.speaker) &&
    (!words || utterance.searched.includes(words));
}

function ordered(some) {
  const order = filters.elements.order.value;
  const key = order.replace("-", "");
  if (key === "id") return some; // in the order of the data
  const sign = order === key ? 1 : -1;
  return some.sort((a, b) => sign * (a[key] - b[key]));
}

function update() {
  found = ordered(utterances.filter(wanted()));
  list.replaceChildren();
  showMore();
  const right = found.filter((utterance) => utterance.right).length;
  const correct = labels.length && found.length ? `, ${right} correct (${percent(right / found.length)})` : "";
  document.getElementById("count").textContent =
    `${found.length} of ${utterances.length} utterances${correct}`;
}

function showMore() {
  const shown = list.childElementCount;
  const next = found.slice(shown, shown + CHUNK).map(item);
  list.append(...next);
  const left = found.length - shown - next.length;
  more.hidden = left === 0;
  more.textContent = `Show ${Math.min(CHUNK, left)} more of ${left}`;
  return next[0];
}

// --- One utterance

function item(utterance) {
  const made = element("li", { class: "utterance" }, head(utterance), transcript(utterance));
  if (labels.length && !utterance.right) made.classList.add("wrong");
  if (utterance.audio) {
    const audio = element("audio", { controls: "", preload: "none", src: utterance.audio });
    audio.setAttribute("aria-label", `Play ${utterance.id}`);
    made.append(audio);
  }
  made.append(details(utterance));
  return made;
}

function head(utterance) {
  const made = element("p", { class: "head" });
  if (labels.length) {
    made.append(
      element("span", { class: "mark" }, utterance.right ? "✓ correct" : "✗ wrong"),
      element("strong", {}, utterance.predicted),
      element("span", {}, percent(utterance.confidence)),
    );
    if (!utterance.right) made.append(element("span", {}, `reference ${utterance.label}`));
  }
  if (dimensions.length) made.append(element("span", {}, `mean error ${utterance.error.toFixed(2)}`));
  made.append(
    element("span", {}, `speaker ${utterance.speaker}`),
    element("span", { class: "id" }, utterance.id),
  );
  return made;
}

function transcript(utterance) {
  const attention = utterance.attention;
  if (attention && attention.words.length) {
    const words = attention.words.flatMap((word) => [attended(word), " "]);
    return element("p", { class: "words" }, ...words);
  }
  const why = attention && attention.unaligned ? ` (no attention over words: ${attention.unaligned})` : "";
  if (utterance.text) {
    const text = element("p", { class: "words" }, utterance.text);
    if (why) text.append(element("small", {}, why));
    return text;
  }
  return element("p", { class: "words missing" }, `no transcript${why}`);
}

function attended(word) {
  const says = `attention ${word.attention.toFixed(2)}, ${word.start.toFixed(2)} to ${word.end.toFixed(2)} s`;
  return element("span", { class: `bin${word.bin}`, title: says }, word.word);
}

function details(utterance) {
  const parts = [];
  if (labels.length) parts.push("probabilities");
  if (dimensions.length) parts.push("dimensions");
  if (utterance.attention) parts.push("attention over time");
  const title = parts.join(", ");
  const summary = element("summary", {}, title.charAt(0).toUpperCase() + title.slice(1));
  const made = element("details", {}, summary);
  const open = () => {
    if (labels.length) made.append(probabilities(utterance));
    if (dimensions.length) made.append(ratings(utterance));
    if (utterance.attention) made.append(curve(utterance));
    if (utterance.attention && utterance.attention.words.length) made.append(attendedWords(utterance));
  };
  made.addEventListener("toggle", open, { once: true });
  return made;
}

function table(header, rows) {
  const cell = (text) => element("th", { scope: "col" }, text);
  const head = element("thead", {}, element("tr", {}, ...header.map(cell)));
  return element("table", {}, head, element("tbody", {}, ...rows));
}

function probabilities(utterance) {
  const rows = labels.map((label, number) => {
    const share = utterance.probabilities[number];
    const bar = element("span", { class: "share", "aria-hidden": "true" });
    bar.style.setProperty("--share", share);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, label),
      element("td", { class: "number" }, percent(share)),
      element("td", {}, bar),
    );
  });
  return table(["class", "probability", ""], rows);
}

function ratings(utterance) {
  const rows = dimensions.map((name, number) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      element("td", { class: "number" }, utterance.estimate[number].toFixed(2)),
      element("td", { class: "number" }, utterance.target[number].toFixed(2)),
    ),
  );
  return table(["dimension", "predicted", "reference"], rows);
}

// The meaning of the colours, for people who do not see them.
function attendedWords(utterance) {
  const rows = utterance.attention.words.map((word) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, word.word),
      element("td", { class: "number" }, word.attention.toFixed(2)),
      element("td", {}, ["low", "middle", "high"][word.bin]),
      element("td", { class: "number" }, `${word.start.toFixed(2)} to ${word.end.toFixed(2)} s`),
    ),
  );
  return table(["word", "attention", "", "time"], rows);
}

// Attention over time, with the boundaries of words.
function curve(utterance) {
  const { curve, words, duration } = utterance.attention;
  const width = 860, height = 130, bottom = 92;
  const most = Math.max(...curve, 1e-9);
  const across = (seconds) => (seconds / duration) * width;
  const points = curve.map((value, number) => {
    const x = ((number + 0.5) / curve.length) * width;
    return `${x.toFixed(1)},${(bottom - (value / most) * (bottom - 6)).toFixed(1)}`;
  });
  const about = `Attention over ${duration.toFixed(2)} seconds`;
  const made = drawn("svg", { class: "curve", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": about });
  for (const word of words) {
    for (const x of [across(word.start), across(word.end)]) {
      made.append(drawn("line", { class: "boundary", x1: x, x2: x, y1: 0, y2: bottom + 6 }));
    }
    const middle = across((word.start + word.end) / 2);
    if (across(word.end - word.start) > 6 * word.word.length) {
      made.append(drawn("text", { x: middle, y: bottom + 20, "text-anchor": "middle" }, word.word));
    }
  }
  made.append(
    drawn("polyline", { points: points.join(" ") }),
    drawn("text", { x: 0, y: height - 4 }, "0 s"),
    drawn("text", { x: width, y: height - 4, "text-anchor": "end" }, `${duration.toFixed(2)} s`),
  );
  return made;
}

// --- Events

function show(values) {
  filters.reset();
  for (const [name, value] of Object.entries(values)) filters.elements[name].value = value;
  update();
  const section = document.getElementById("utterances");
  section.scrollIntoView();
  section.focus({ preventScroll: true });
}

filters.addEventListener("input", update);
filters.addEventListener("reset", () => setTimeout(update)); // once the fields are empty
filters.addEventListener("submit", (event) => event.preventDefault());
more.addEventListener("click", () => {
  const first = showMore();
  first.tabIndex = -1;
  first.focus({ preventScroll: true });
});
for (const button of document.querySelectorAll("[data-label], [data-speaker]")) {
  button.addEventListener("click", () => show(button.dataset));
}
update();
