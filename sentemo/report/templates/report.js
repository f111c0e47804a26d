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
  utterance.doubt = utterance.confidence - utterance.right; // above 0 for errors alone
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

// --- Filters and order

function wanted() {
  const given = Object.fromEntries(new FormData(filters));
  const words = given.words.trim().toLowerCase();
  return (utterance) =>
    (!given.label || utterance.label === given.label) &&
    (!given.predicted || utterance.predicted === given.predicted) &&
    (!given.answer || utterance.right === (given.answer === "right")) &&
    (!given.occluded || utterance.occlusion) &&
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
  const correct = labels.length ? `, ${right} correct` : "";
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
  const made = element("li", { class: "utterance" }, head(utterance));
  const said = transcript(utterance);
  if (said) made.append(said);
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
      element("strong", { class: `emotion${labels.indexOf(utterance.predicted)}` }, utterance.predicted),
      element("span", {}, `${utterance.probabilities[labels.indexOf(utterance.predicted)]}\u00a0%`),
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
    const costly = mostCostly(utterance);
    const words = attention.words.flatMap((word) => [attended(word, costly), " "]);
    return element("p", { class: "words" }, ...words);
  }
  return utterance.text ? element("p", { class: "words" }, utterance.text) : null;
}

function attended(word, costly) {
  const isCostly = costly && costly.word && costly.start === word.start;
  const cost = isCostly ? `, ${points(costly.lost)} points lost without it` : "";
  const says = `attention ${word.attention.toFixed(2)}${cost}, ${span(word)} s`;
  return element("span", { class: `bin${word.bin}${isCostly ? " costly" : ""}`, title: says }, word.word);
}

function mostCostly(utterance) {
  const pieces = utterance.occlusion ? utterance.occlusion.pieces.filter((piece) => piece.lost > 0) : [];
  return pieces.sort((a, b) => b.lost - a.lost)[0];
}

function span({ start, end }) {
  return `${start.toFixed(2)} to ${end.toFixed(2)}`; // seconds
}

function points(lost) {
  return (100 * lost).toFixed(1).replace("-", "\u2212");
}

function details(utterance) {
  const parts = [];
  if (labels.length) parts.push("probabilities");
  if (dimensions.length) parts.push("dimensions");
  if (utterance.attention) parts.push("attention over time");
  if (utterance.occlusion) parts.push("what silence costs");
  const title = parts.join(", ");
  const summary = element("summary", {}, title.charAt(0).toUpperCase() + title.slice(1));
  const made = element("details", {}, summary);
  const open = () => {
    if (labels.length) made.append(probabilities(utterance));
    if (dimensions.length) made.append(ratings(utterance));
    if (utterance.attention) made.append(curve(utterance.attention));
    if (utterance.occlusion) made.append(losses(utterance.occlusion));
    if (utterance.attention && utterance.attention.words.length) made.append(attendedWords(utterance));
    else if (utterance.occlusion) made.append(silenced(utterance.occlusion));
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
    const bar = element("span", { class: `share emotion${number}`, "aria-hidden": "true" });
    bar.style.setProperty("--share", share / 100);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, label),
      element("td", { class: "number" }, `${share}\u00a0%`),
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

// The meaning of the colours, for people who do not see them, and what each word's silence costs.
function attendedWords(utterance) {
  const pieces = utterance.occlusion ? utterance.occlusion.pieces : [];
  const losses = new Map(pieces.map((piece) => [piece.start, points(piece.lost)]));
  const rows = utterance.attention.words.map((word) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, word.word),
      element("td", { class: "number" }, word.attention.toFixed(2)),
      element("td", {}, ["low", "middle", "high"][word.bin]),
      ...(losses.size ? [element("td", { class: "number" }, losses.get(word.start) || "")] : []),
      element("td", { class: "number" }, span(word)),
    ),
  );
  return table(["word", "attention", "", ...(losses.size ? ["points lost"] : []), "seconds"], rows);
}

function silenced({ pieces }) {
  const isAttended = pieces.some((piece) => "attention" in piece);
  const rows = pieces.map((piece) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, piece.word || span(piece)),
      element("td", { class: "number" }, points(piece.lost)),
      ...(isAttended ? [element("td", { class: "number" }, piece.attention.toFixed(2))] : []),
      ...(piece.word ? [element("td", { class: "number" }, span(piece))] : []),
    ),
  );
  const isOfWords = pieces.some((piece) => piece.word);
  const first = isOfWords ? "word" : "seconds";
  return table([first, "points lost", ...(isAttended ? ["attention"] : []), ...(isOfWords ? ["seconds"] : [])], rows);
}

// --- Pictures over time

// A picture as large as it is seen, over the seconds of an utterance between `left` and `right`.
function overTime(duration, bottom, about) {
  const width = list.clientWidth - 20, left = 34, right = width - 8;
  const made = drawn("svg", { class: "curve", width, height: bottom + 38, role: "img", "aria-label": about });
  const across = (seconds) => left + (seconds / duration) * (right - left);
  const line = (style, x1, x2, y1, y2) => made.append(drawn("line", { class: style, x1, x2, y1, y2 }));
  const write = (x, y, anchor, text) => made.append(drawn("text", { x, y, "text-anchor": anchor }, text));
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60].find((each) => duration / each <= width / 60) || 300;
  for (let at = 0; at < duration + step / 9; at += step) write(across(at), bottom + 34, "middle", `${Number(at.toFixed(1))} s`);
  const name = ({ word, start, end }) => {
    if (across(end) - across(start) > 7 * word.length) write(across((start + end) / 2), bottom + 18, "middle", word);
  };
  return { made, left, right, across, line, write, name };
}

// Attention over time: even attention is 1; words and their boundaries where there is room.
function curve({ curve, words, duration }) {
  const top = 22, bottom = 128;
  const { made, left, right, across, line, write, name } = overTime(duration, bottom, `Attention over ${duration.toFixed(2)} seconds`);
  const most = Math.ceil(2 * Math.max(...curve, 1)) / 2;
  const up = (attention) => bottom - (attention / most) * (bottom - top);
  for (const value of new Set([0, 1, most])) {
    line(value === 1 ? "even" : "grid", left, right, up(value), up(value));
    write(left - 6, up(value) + 4, "end", value);
  }
  write(left, 12, "start", "attention; the dotted line is even attention");
  for (const word of words) {
    for (const at of [word.start, word.end]) line("boundary", across(at), across(at), top, bottom + 6);
    name(word);
  }
  const points = curve.map((value, number) => [across(((number + 0.5) / curve.length) * duration), up(value)]);
  made.append(drawn("polyline", { points: points.map((p) => p.map((n) => n.toFixed(1))).join(" ") }));
  return made;
}

// What the silence of each piece costs, in points of probability; below 0 it spoke against the answer.
function losses({ pieces, duration, answer, probability }) {
  const top = 22, bottom = 108;
  const about = `Points lost when pieces are silenced, over ${duration.toFixed(2)} seconds`;
  const { made, left, right, across, line, write, name } = overTime(duration, bottom, about);
  const lost = pieces.map((piece) => 100 * piece.lost);
  const high = Math.max(5, ...lost), low = Math.min(0, ...lost);
  const up = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  for (const value of new Set([0, Math.round(high)])) {
    line("grid", left, right, up(value), up(value));
    write(left - 6, up(value) + 4, "end", value);
  }
  write(left, 12, "start", `${answer}: points lost of ${(100 * probability).toFixed(1)} by silence`);
  for (const piece of pieces) {
    const ends = [up(0), up(100 * piece.lost)].sort((a, b) => a - b);
    const x = across(piece.start) + 1, width = Math.max(across(piece.end) - x - 1, 1);
    const bar = drawn("rect", { class: piece.lost < 0 ? "against" : "lost", x, y: ends[0], width, height: ends[1] - ends[0] });
    bar.append(drawn("title", {}, `${piece.word ? `${piece.word}, ` : ""}${span(piece)} s: ${points(piece.lost)}`));
    made.append(bar);
    if (piece.word) name(piece);
  }
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
