// SPDX-License-Identifier: Apache-2.0
// Draws the frames received as server-sent events, one per second. Anything that a peer
// may have chosen is inserted as text, never as markup.
"use strict";

const SECONDS = 300;
const NONE_YET = "none yet";
const GOOD = "SUCCESS";
const colors = {[GOOD]: "#2e9e66", "in": "#2f7ed8", "out": "#e0a030",
    "request, median": "#2f7ed8", "request, 99%": "#d9534f", "handshake, mean": "#8a63d2"};
const palette = ["#d9534f", "#e0a030", "#8a63d2", "#2aa198", "#c2569b", "#7a8a99", "#6b8e23", "#2f7ed8"];
const $ = (id) => document.getElementById(id);

let own = null;
let before = null;

// ---- formatting ----

function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit++;
  }
  return (unit === 0 || count >= 100 ? Math.round(count) : count.toFixed(1)) + " " + units[unit];
}

function figure(count) {
  return count >= 100 || Number.isInteger(count) ? Math.round(count).toLocaleString("en-US") : count.toFixed(1);
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB");
}

function millis(value) {
  return value === 0 ? "0" : value.toFixed(value < 10 ? 2 : 0);
}

function age(seconds) {
  if (seconds < 60) {
    return seconds.toFixed(1) + " s";
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? minutes + " min" : Math.floor(minutes / 60) + " h " + (minutes % 60) + " min";
}

function fill(table, rows, empty) {
  const body = $(table).tBodies[0];
  const fresh = rows.map((cells) => {
    const row = document.createElement("tr");
    row.className = cells.row || "";
    for (const cell of cells) {
      const td = document.createElement("td");
      td.textContent = cell.text;
      td.className = cell.kind || "";
      row.append(td);
    }
    return row;
  });
  if (fresh.length === 0) {
    const row = document.createElement("tr");
    const td = document.createElement("td");
    td.textContent = empty;
    td.className = "empty";
    td.colSpan = $(table).tHead.rows[0].cells.length;
    row.append(td);
    fresh.push(row);
  }
  body.replaceChildren(...fresh);
}

// ---- charts ----

class Chart {
  constructor(id, format, steps) {
    this.box = $(id);
    this.format = format;
    this.steps = steps;
    this.names = [];
    this.times = [];
    this.series = new Map();
    this.plot = null;
  }

  push(time, values) {
    this.times.push(time);
    for (const [name, value] of Object.entries(values)) {
      if (!this.series.has(name)) {
        this.series.set(name, new Array(this.times.length - 1).fill(null));
      }
      this.series.get(name).push(value);
    }
    for (const line of this.series.values()) {
      if (line.length < this.times.length) {
        line.push(null);
      }
    }
    while (this.times.length > SECONDS) {
      this.times.shift();
      this.series.forEach((line) => line.shift());
    }
    this.draw();
  }

  draw() {
    const names = [...this.series.keys()];
    if (this.plot === null || names.length !== this.names.length) {
      this.rebuild(names);
    }
    this.plot.setData([this.times, ...names.map((name) => this.series.get(name))]);
  }

  rebuild(names) {
    this.names = names;
    if (this.plot !== null) {
      this.plot.destroy();
    }
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--faint").trim();
    const line = style.getPropertyValue("--line").trim();
    const axis = {stroke: ink, grid: {stroke: line, width: 1}, ticks: {stroke: line}, font: "11px system-ui"};
    this.plot = new uPlot({
      width: Math.max(200, this.box.clientWidth),
      height: 180,
      cursor: {points: {size: 5}},
      scales: {y: {range: (plot, low, high) => [0, Math.max(1, high * 1.1)]}},
      axes: [
        {...axis, space: 70, values: (plot, ticks) => ticks.map(clock)},
        {...axis, size: 62, values: (plot, ticks) => ticks.map(this.format), ...(this.steps && {incrs: this.steps})},
      ],
      series: [{}, ...names.map((name, i) => ({
        label: name,
        stroke: colors[name] || palette[i % palette.length],
        width: 1.5,
        spanGaps: true,
        value: (plot, value) => value === null ? "-" : this.format(value),
      }))],
    }, [this.times, ...names.map((name) => this.series.get(name))], this.box);
  }

  fit() {
    if (this.plot !== null) {
      this.plot.setSize({width: Math.max(200, this.box.clientWidth), height: 180});
    }
  }

  repaint() {
    if (this.plot !== null) {
      this.rebuild(this.names);
    }
  }
}

const charts = {
  handshakes: new Chart("chart-handshakes", figure),
  traffic: new Chart("chart-traffic", bytes, Array.from({length: 40}, (nothing, power) => 2 ** power)),
  latency: new Chart("chart-latency", millis),
};

// ---- one frame ----

function rate(now, name, key) {
  const seconds = now.time - before.time;
  const later = key === undefined ? now[name] : (now[name][key] || 0);
  const sooner = key === undefined ? before[name] : (before[name][key] || 0);
  return seconds > 0 ? Math.max(0, later - sooner) / seconds : 0;
}

function sum(values) {
  return Object.values(values).reduce((all, one) => all + one, 0);
}

function drawRates(now) {
  const outcomes = {};
  for (const outcome of Object.keys(now.handshakes)) {
    outcomes[outcome] = rate(now, "handshakes", outcome);
  }
  const incoming = rate(now, "traffic", "network in");
  const outgoing = rate(now, "traffic", "network out");
  const handshakes = sum(now.handshakes) - sum(before.handshakes);
  const latency = now.latency || {median: null, nearlyAll: null};
  $("tile-handshakes").textContent = figure(sum(outcomes));
  $("tile-requests").textContent = figure(rate(now, "requests"));
  $("tile-in").textContent = bytes(incoming) + "/s";
  $("tile-out").textContent = bytes(outgoing) + "/s";
  charts.handshakes.push(now.time, outcomes);
  charts.traffic.push(now.time, {"in": incoming, "out": outgoing});
  charts.latency.push(now.time, {
    "request, median": latency.median,
    "request, 99%": latency.nearlyAll,
    "handshake, mean": handshakes > 0 ? (now.handshakeSeconds - before.handshakeSeconds) / handshakes * 1000 : null,
  });
}

function drawTables(now) {
  const byCount = (values) => Object.entries(values).sort((a, b) => b[1] - a[1]);
  fill("outcomes", byCount(now.handshakes).map(([outcome, count]) =>
      [{text: outcome, kind: outcome === GOOD ? "good" : "bad"}, {text: figure(count), kind: "number"}]), NONE_YET);
  fill("ends", byCount(now.ends).map(([reason, count]) => [{text: reason}, {text: figure(count), kind: "number"}]), NONE_YET);
  fill("certificates", now.certificates.map((it) => {
    const days = it.remaining / 86400;
    const kind = days < 7 ? "bad" : days < 21 ? "warn" : "good";
    return [{text: it.listener}, {text: it.host}, {text: days < 0 ? "expired" : days.toFixed(1), kind: "number " + kind}];
  }), "none");
  fill("connections", now.rows.map((it) => Object.assign([
    {text: it.id}, {text: it.listener}, {text: it.remote}, {text: it.mode}, {text: it.protocol}, {text: it.suite},
    {text: it.group}, {text: it.name}, {text: bytes(it.in), kind: "number"}, {text: bytes(it.out), kind: "number"},
    {text: age(it.age), kind: "number"},
  ], {row: it.id === own ? "own" : ""})), "none");
  const more = now.connections - now.rows.length;
  $("shown").textContent = more > 0 ? "the newest " + now.rows.length + " of " + figure(now.connections) : "";
}

function draw(now) {
  $("tile-connections").textContent = figure(now.connections);
  $("tile-queue").textContent = bytes(now.writeQueue);
  $("tile-refused").textContent = figure(now.refused);
  $("tile-stalls").textContent = figure(now.stalls);
  $("modes").textContent = Object.entries(now.modes).filter(([, count]) => count > 0)
      .map(([mode, count]) => figure(count) + " " + mode).join(", ");
  if (before !== null) {
    drawRates(now);
  }
  drawTables(now);
  before = now;
}

// ---- the stream ----

function state(name, text) {
  $("state").className = name;
  $("state").textContent = text;
}

const stream = new EventSource("/dashboard/events");
stream.onopen = () => state("live", "live");
stream.onerror = () => state("lost", "connection lost, reconnecting");
stream.onmessage = (event) => {
  const message = JSON.parse(event.data);
  if (message.you !== undefined) {
    own = message.you;
    before = null;
    $("over").textContent = "this page: connection " + own + ", "
        + ([message.protocol, message.suite, message.group].filter(Boolean).join(", ") || "plain");
  } else {
    draw(message);
  }
};

// ---- the theme ----

function theme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").textContent = name === "dark" ? "Light" : "Dark";
  Object.values(charts).forEach((chart) => chart.repaint());
}

$("theme").onclick = () => {
  const name = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", name);
  theme(name);
};
theme(document.documentElement.dataset.theme);
addEventListener("resize", () => Object.values(charts).forEach((chart) => chart.fit()));
