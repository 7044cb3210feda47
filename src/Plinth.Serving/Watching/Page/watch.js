// The page: takes the reports of the run as they come, shows them, and passes on what the person asks for.

import { LineChart, element, short } from "./charts.js";
import { RunState, chartsOf, numberOf } from "./run-state.js";

const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
const run = new RunState();
const charts = new Map();
const find = id => document.getElementById(id);
const count = value => value.toLocaleString("en");
let isConnected = false, isDue = false;

/** A time of so many seconds as a person says it. */
function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds)), pad = value => String(value).padStart(2, "0");
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

function listen() {
  const source = new EventSource(`/run/events?token=${encodeURIComponent(token)}`);
  source.addEventListener("reset", () => {
    isConnected = true;
    run.clear();
    documents();
    plan();
  });
  source.addEventListener("report", event => {
    try {
      run.add(JSON.parse(event.data));
    } catch {
      // A line that is no report says nothing.
    }

    plan();
  });
  source.addEventListener("error", () => {
    isConnected = false;
    plan();
  });
}

// Many reports come at once when the page opens; they are drawn together.
function plan() {
  if (!isDue) {
    isDue = true;
    setTimeout(() => {
      isDue = false;
      show();
    }, 100);
  }
}

function show() {
  const status = isConnected ? run.status(Date.now()) : "lost";
  heading(status);
  tiles(status);
  const shown = chartsOf(run);
  for (const chart of shown) {
    if (!charts.has(chart.title)) {
      charts.set(chart.title, new LineChart(find("charts")));
    }

    charts.get(chart.title).show(chart);
  }

  for (const [title, chart] of charts) {
    chart.figure.hidden = !shown.some(one => one.title === title);
  }

  samples();
  happenings();
}

const words = {
  waiting: "waiting for the run's log", training: "training", paused: "paused", finished: "finished", interrupted: "interrupted; the same command goes on",
  silent: "no news", lost: "no connection to plinth watch",
};

function heading(status) {
  const { start, last } = run;
  find("name").textContent = start?.name ?? "Plinth";
  document.title = start ? `${start.name}: ${last ? `loss ${short(numberOf(last.loss))}` : status}` : "Plinth";
  find("status").className = `badge ${status}`;
  find("status").textContent = status === "silent" ? `no news for ${clock((Date.now() - run.newest) / 1000)}` : words[status];
  find("summary").textContent = last ? `step ${count(last.step)} of ${count(last.total_steps)}, ${clock(run.elapsed)} of training${status === "training" ? `, about ${clock(numberOf(last.remaining))} left` : ""}` : "";
  find("progress").value = last ? last.step / last.total_steps : 0;
  const can = { pause: status === "training", continue: status === "paused", snapshot: ["training", "paused", "silent"].includes(status), stop: ["training", "paused", "silent"].includes(status) };
  for (const button of document.querySelectorAll("button[data-request]")) {
    button.disabled = !can[button.dataset.request];
  }
}

function tiles() {
  const { last, start } = run;
  const held = run.evaluations.at(-1);
  const percent = value => value === undefined ? undefined : `${(100 * value).toFixed(1)} %`;
  const shown = last ? [
    ["training loss", short(numberOf(last.loss))],
    ...Object.entries(held?.scores ?? {}).slice(0, 4).map(([name, value]) => [`${name.replaceAll("_", " ")}, held out`, short(numberOf(value))]),
    [`${start?.sample_name ?? "tokens"} per second`, short(start?.sample_name ? last.samples_per_second : last.tokens_per_second)],
    [`of ${short(numberOf(start?.cost?.peak_per_second ?? NaN) / 1e9)} GFLOP/s measured`, percent(last.utilization)],
    ["waiting for data", percent(last.data_wait_share)],
    ["memory", `${short(last.resident_bytes / 1e9)} GB`],
    ["learning rate", short(last.learning_rate)],
    ["gradient norm", short(numberOf(last.gradient_norm))],
    ["tokens or patches seen", short(last.tokens_seen)],
    ["trained weights", short(start?.parameter_count ?? NaN)],
  ].filter(([, value]) => value !== undefined) : [];
  find("tiles").replaceChildren(...shown.map(([name, value]) => element("div", { className: "tile" }, element("b", { textContent: value }), element("span", { textContent: name }))));
}

function samples() {
  const told = run.evaluations.filter(evaluation => evaluation.samples?.length > 0);
  const pick = find("evaluation");
  find("samples").hidden = told.length === 0;
  const steps = told.map(evaluation => String(evaluation.step));
  const isNewest = pick.options.length === 0 || pick.selectedIndex === 0;
  if (steps.toReversed().join() !== [...pick.options].map(option => option.value).join()) {
    const chosen = pick.value;
    pick.replaceChildren(...steps.toReversed().map(step => element("option", { value: step, textContent: count(Number(step)) })));
    pick.value = isNewest || !steps.includes(chosen) ? steps.at(-1) ?? "" : chosen;
    answers();
  }
}

function answers() {
  const chosen = run.evaluations.findLast(evaluation => String(evaluation.step) === find("evaluation").value);
  const text = (className, textContent) => element("p", { className, textContent });
  find("answers").replaceChildren(...(chosen?.samples ?? []).map(sample => element("div", { className: "answer" },
    ...(sample.picture ? [element("img", { src: `data:image/jpeg;base64,${sample.picture}`, alt: sample.given })] : []),
    text("given", sample.given), text("said", sample.answer), ...(sample.expected ? [text("right", `right: ${sample.expected}`)] : []))));
}

function happenings() {
  find("events").hidden = run.happenings.length === 0;
  find("events").querySelector("ul").replaceChildren(...run.happenings.toReversed().map(({ time, step, text }) =>
    element("li", { textContent: `${new Date(time).toLocaleString()}: ${text} at step ${count(step)}` })));
}

async function documents() {
  const answer = await fetch("/run/documents", { headers: { "X-Plinth-Token": token } }).catch(() => null);
  if (!answer?.ok) {
    find("message").textContent = answer ? await answer.text() : "";
    return;
  }

  const found = await answer.json();
  find("documents").replaceChildren(...Object.entries(found).map(([title, text]) =>
    element("details", { open: title === "environment" }, element("summary", { textContent: title }), table(text) ?? element("pre", { textContent: text }))));
}

// An object of JSON as rows; null for another text.
function table(text) {
  try {
    const rows = (prefix, value) => Object.entries(value).flatMap(([key, entry]) => entry !== null && typeof entry === "object" && !Array.isArray(entry)
      ? rows(`${prefix}${key}: `, entry) : [[prefix + key, typeof entry === "string" ? entry : JSON.stringify(entry)]]);
    return element("table", {}, ...rows("", JSON.parse(text)).map(([key, value]) => element("tr", {}, element("th", { textContent: key }), element("td", { textContent: value }))));
  } catch {
    return null;
  }
}

async function ask(request) {
  if (request === "stop" && !confirm("Stop the run? It writes a snapshot; the same command goes on from there.")) {
    return;
  }

  const answer = await fetch(`/run/control/${request}`, { method: "POST", headers: { "X-Plinth-Token": token } }).catch(() => null);
  find("message").textContent = answer?.ok ? "" : answer ? await answer.text() : "plinth watch does not answer.";
}

for (const button of document.querySelectorAll("button[data-request]")) {
  button.addEventListener("click", () => ask(button.dataset.request));
}

find("evaluation").addEventListener("change", answers);
setInterval(plan, 5000);
show();
listen();
