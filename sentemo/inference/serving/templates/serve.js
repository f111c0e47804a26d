"use strict";
// A recording goes to the server of this machine, and its answers come back line by line.

const { labels, dimensions, scale } = JSON.parse(document.getElementById("model").textContent);
const BINS = { low: "bin0", middle: "bin1", high: "bin2" };
const [file, drop, microphone, player, status, answer] = ["file", "drop", "microphone", "player", "status", "answer"].map(
  (id) => document.getElementById(id),
);
let running = new AbortController();

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function clock(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

const percent = (share) => +(100 * share).toPrecision(4);

function say(text, isError = false) {
  status.textContent = text;
  status.className = isError ? "error" : "";
}

// --- From a recording to its answers

async function listen(recording, apart = false) {
  running.abort(); // an earlier recording is of no interest any more
  running = new AbortController();
  const { signal } = running;
  answer.hidden = true;
  if (!apart) play(recording);
  say("Listening …");
  try {
    await judge(recording, apart, signal);
  } catch (error) {
    if (!signal.aborted) say(`It could not be judged: ${error.message}.`, true);
  }
}

function play(recording) {
  URL.revokeObjectURL(player.src);
  player.src = URL.createObjectURL(recording);
  player.hidden = false;
}

async function judge(recording, apart, signal, converted = false) {
  let found;
  for await (const line of lines(recording, apart, signal)) {
    if (line.error && /^unreadable audio|needs ffmpeg/.test(line.error) && !converted) {
      // The browser may know the format.
      return judge(await asWav(recording, line.error), apart, signal, true);
    }
    if (line.error) throw new Error(line.error);
    if (line.recording) found = { ...line.recording, answers: [], notes: [] };
    if (line.note) found.notes.push(line.note);
    if (line.part) found.answers.push(line.part);
    if (found.parts > 1) say(`Listening … ${clock(found.answers.at(-1)?.end ?? 0)} of ${clock(found.duration)}`);
    if (line.overall) show(line.overall, found, recording, apart);
  }
}

async function* lines(recording, apart, signal) {
  const where = `/answers?channels=${apart ? "apart" : "mixed"}`;
  const response = await fetch(where, { method: "POST", body: recording, signal });
  if (!response.ok) throw new Error(await response.text());
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    yield* whole.map((line) => JSON.parse(line));
  }
}

async function asWav(recording, reason) {
  const context = new AudioContext();
  const decoded = await context
    .decodeAudioData(await recording.arrayBuffer())
    .catch(() => Promise.reject(new Error(reason)))
    .finally(() => context.close());
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, n) => decoded.getChannelData(n));
  const count = channels.length, size = 2 * count * decoded.length;
  const view = new DataView(new ArrayBuffer(44 + size));
  [...("RIFF    WAVEfmt                     data")].forEach((letter, at) => view.setUint8(at, letter.charCodeAt(0)));
  view.setUint32(4, 36 + size, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, count, true);
  view.setUint32(24, decoded.sampleRate, true);
  view.setUint32(28, 2 * count * decoded.sampleRate, true);
  view.setUint16(32, 2 * count, true);
  view.setUint16(34, 16, true);
  view.setUint32(40, size, true);
  for (let n = 0; n < decoded.length; n++) {
    channels.forEach((samples, channel) => {
      view.setInt16(44 + 2 * (n * count + channel), 32767 * Math.max(-1, Math.min(1, samples[n])), true);
    });
  }
  return new Blob([view], { type: "audio/wav" });
}

// --- What is shown

function show(overall, found, recording, apart) {
  answer.replaceChildren(...overall.map((one) => channelOf(one, found)));
  answer.append(...found.notes.map((note) => element("p", { class: "note" }, `Note: ${note}.`)));
  if (found.channels > 1) {
    const text = apart ? "Judge all channels together" : `Judge the ${found.channels} channels apart`;
    const button = element("button", { type: "button" }, text);
    button.addEventListener("click", () => listen(recording, !apart));
    answer.append(element("div", { class: "row" }, button));
  }
  answer.hidden = false;
  say("");
}

function channelOf(one, found) {
  const parts = found.answers.filter((part) => part.channel === one.channel);
  const made = element("div", { class: "channel" });
  if (one.channel) made.append(element("p", { class: "side" }, `Channel ${one.channel}`));
  if (one.label) {
    const number = labels.indexOf(one.label); // none for "unknown"
    const known = `${one.percents[number]} %${parts.length > 1 ? " on average" : ""}`;
    const share = element("small", {}, number < 0 ? "it is not sure enough" : known);
    made.append(element("p", { class: "verdict" }, element("strong", { class: `emotion${number}` }, one.label), share));
  }
  if (one.set) made.append(element("p", { class: "note" }, `With ${percent(one.set.coverage)} % coverage: ${one.set.labels.join(" or ")}`));
  made.append(...scores(one));
  if (one.words.length) made.append(wordsOf(one));
  if (parts.length > 1) made.append(timeline(parts, found.duration));
  return made;
}

function scores(one) {
  const rows = labels.map((label, n) => [label, `${one.percents[n]} %`, one.shares[n], `emotion${n}`, label === one.label]);
  const lists = labels.length ? [bars(rows)] : [];
  if (dimensions.length) {
    const [low, high] = scale;
    const place = (value) => Math.min(1, Math.max(0, (value - low) / (high - low)));
    const rated = dimensions.map((name) => [name, one.dimensions[name].toFixed(2), place(one.dimensions[name]), "", false]);
    lists.push(element("p", { class: "note" }, `On a scale of ${low} to ${high}`), bars(rated));
  }
  return lists;
}

function bars(rows) {
  const made = element("dl", { class: "bars" });
  for (const [name, value, share, style, most] of rows) {
    const bar = element("dd", { class: `bar ${style}`, "aria-hidden": "true" });
    bar.style.setProperty("--share", share);
    made.append(element("dt", most ? { class: "most" } : {}, name), bar, element("dd", { class: "value" }, value));
  }
  return made;
}

function wordsOf(one) {
  const spans = one.words.flatMap(([text, level]) => {
    const said = level ? { class: BINS[level], title: `${level} attention` } : {};
    return [element("span", said, text), " "];
  });
  return element("p", { class: "words" }, ...spans);
}

// The classes of a long recording over time; the slider shows a moment, and plays from there.
function timeline(parts, duration) {
  const lane = element("div", { class: "lane", "aria-hidden": "true" });
  lane.append(...parts.map((part) => {
    const number = labels.indexOf(part.label);
    const piece = element("span", number < 0 ? {} : { class: `emotion${number}` });
    if (number >= 0) piece.style.opacity = 0.25 + 0.75 * part.shares[number];
    return piece;
  }));
  const slider = element("input", { type: "range", min: 0, max: parts.length - 1, value: 0, "aria-label": "Moment" });
  const moment = element("div");
  const at = () => {
    const part = parts[slider.value];
    const what = part.label ?? (part.dimensions ? "" : "silence");
    const text = `${clock(part.start)} to ${clock(part.end)}${what ? `: ${what}` : ""}`;
    slider.setAttribute("aria-valuetext", text);
    moment.replaceChildren(element("p", { class: "moment" }, text), ...(part.shares ? scores(part) : []));
    if (part.words?.length) moment.append(wordsOf(part));
  };
  slider.addEventListener("input", at);
  slider.addEventListener("change", () => { player.currentTime = parts[slider.value].start; });
  lane.addEventListener("click", (event) => {
    slider.value = Math.floor((event.offsetX / lane.clientWidth) * parts.length);
    slider.dispatchEvent(new Event("input"));
    slider.dispatchEvent(new Event("change"));
  });
  at();
  const times = element("div", { class: "times" }, element("span", {}, "0:00"), element("span", {}, clock(duration)));
  return element("div", { class: "timeline" }, lane, slider, times, moment);
}

// --- Where recordings come from

file.addEventListener("change", () => file.files[0] && listen(file.files[0]));
file.addEventListener("click", () => { file.value = ""; }); // so that the same file is a change again
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files[0]) listen(event.dataTransfer.files[0]);
  });
}
for (const button of document.querySelectorAll(".example")) {
  button.addEventListener("click", async () => listen(await (await fetch(`/examples/${button.dataset.number}`)).blob()));
}
let recorder;
microphone.addEventListener("click", async () => {
  if (recorder?.state === "recording") return recorder.stop();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    return say(`There is no microphone to record with (${error.message}).`, true);
  }
  recorder = new MediaRecorder(stream);
  const heard = [];
  recorder.addEventListener("dataavailable", (event) => heard.push(event.data));
  const began = Date.now();
  const tell = () => { microphone.textContent = `■ Stop ${clock((Date.now() - began) / 1000)}`; };
  const ticking = setInterval(tell, 250);
  recorder.addEventListener("stop", async () => {
    clearInterval(ticking);
    stream.getTracks().forEach((track) => track.stop());
    microphone.textContent = "● Record";
    microphone.classList.remove("recording");
    await listen(await asWav(new Blob(heard), "the browser recorded nothing"));
  });
  recorder.start();
  tell();
  microphone.classList.add("recording");
});
