// Line charts as SVG. Texts of a log are only ever set as text, so that none can become markup.

const namespace = "http://www.w3.org/2000/svg";
const colors = ["#1098ad", "#e8590c", "#2b8a3e", "#9c36b5", "#1971c2", "#c2255c", "#5c940d", "#846358"];
const height = 220, margin = { left: 56, right: 18, top: 8, bottom: 22 }, mostPoints = 1200, mostNamed = 8;

/** An SVG element with its attributes and children. */
export function shape(name, attributes = {}, ...children) {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }

  made.append(...children);
  return made;
}

/** An HTML element with its properties and children. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A number in few letters. */
export function short(value) {
  if (!Number.isFinite(value)) {
    return String(value);
  }

  const size = Math.abs(value);
  for (const [unit, letter] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
    if (size >= unit) {
      return `${+(value / (letter === "k" ? 1e3 : unit)).toPrecision(3)}${letter}`;
    }
  }

  return size !== 0 && size < 1e-3 ? value.toExponential(1) : String(+value.toPrecision(4));
}

/** Round numbers between two, about as many as asked for. */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(candidate => candidate >= rough) ?? rough;
  const made = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && made.length < 50; i++) {
    made.push(+(i * step).toPrecision(12));
  }

  return made;
}

/** Round numbers of a logarithmic axis. */
export function logTicks(low, high) {
  const made = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    made.push(...[1, 2, 5].map(factor => factor * 10 ** power).filter(value => value >= low && value <= high));
  }

  return made.length > 7 ? made.filter(value => Number.isInteger(Math.round(Math.log10(value) * 1e9) / 1e9)) : made;
}

/** Of many points the lowest and the highest of each stretch, so that no peak is lost. */
export function thinned(points, most = mostPoints) {
  if (points.length <= most) {
    return points;
  }

  const size = Math.ceil(points.length / (most / 2));
  const kept = [];
  for (let i = 0; i < points.length; i += size) {
    const stretch = points.slice(i, i + size);
    const low = stretch.reduce((a, b) => b[1] < a[1] ? b : a), high = stretch.reduce((a, b) => b[1] > a[1] ? b : a);
    kept.push(...(low === high ? [low] : low[0] < high[0] ? [low, high] : [high, low]));
  }

  return kept;
}

/** The point of a series that is nearest to a step. */
export function nearest(points, step) {
  let low = 0, high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    [low, high] = points[middle][0] <= step ? [middle, high] : [low, middle];
  }

  return Math.abs(points[low][0] - step) <= Math.abs(points[high][0] - step) ? points[low] : points[high];
}

const colorOf = (chart, i) => chart.isRamp ? `hsl(${Math.round(215 - 190 * i / Math.max(1, chart.series.length - 1))} 70% 48%)` : colors[i % colors.length];

/** One chart on the page. */
export class LineChart {
  constructor(place) {
    this.unit = element("span", { className: "unit" });
    this.log = element("input", { type: "checkbox" });
    this.logLabel = element("label", {}, this.log, " log");
    this.name = element("strong");
    this.legend = element("div", { className: "legend" });
    this.svg = shape("svg", { role: "img" });
    this.readout = element("div", { className: "readout", hidden: true });
    this.figure = element("figure", {}, element("figcaption", {}, this.name, this.unit, this.logLabel), this.legend, this.svg, this.readout);
    place.append(this.figure);
    this.log.addEventListener("change", () => this.draw());
    this.svg.addEventListener("pointermove", event => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.leave());
    new ResizeObserver(() => this.draw()).observe(this.figure);
  }

  show(chart) {
    this.chart = chart;
    this.name.textContent = chart.title;
    this.unit.textContent = chart.unit;
    this.logLabel.hidden = !chart.canBeLog;
    const named = chart.series.map((series, i) => [series.name, colorOf(chart, i)]);
    const some = named.length > mostNamed ? [named[0], named[named.length >> 1], named.at(-1)] : named;
    this.legend.replaceChildren(...(named.length > 1 ? some : []).map(([name, color]) =>
      element("span", {}, shape("svg", { viewBox: "0 0 14 8" }, shape("line", { x1: 0, x2: 14, y1: 4, y2: 4, stroke: color, "stroke-width": 3 })), name)));
    this.draw();
  }

  draw() {
    const width = this.svg.clientWidth;
    if (!this.chart || width === 0) {
      return;
    }

    const isLog = this.log.checked && this.chart.canBeLog;
    const lines = this.chart.series.map((series, i) => ({ ...series, color: colorOf(this.chart, i), points: thinned(series.points) }));
    this.scale = scaleOf(lines.flatMap(line => line.points), width, isLog, this.chart.floor);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("aria-label", `${this.chart.title}: ${lines.map(line => `${line.name} ${short(line.points.at(-1)[1])} at step ${line.points.at(-1)[0]}`).join(", ")}`);
    this.cursor = shape("line", { class: "cursor", y1: margin.top, y2: height - margin.bottom, visibility: "hidden" });
    this.svg.replaceChildren(...axes(this.scale, width), ...lines.flatMap(line => marks(line, this.scale)), this.cursor);
  }

  point(event) {
    if (!this.scale) {
      return;
    }

    const frame = this.svg.getBoundingClientRect();
    const found = this.chart.series.map((series, i) => ({ name: series.name, color: colorOf(this.chart, i), at: nearest(series.points, this.scale.step(event.clientX - frame.left)) }));
    const step = found.reduce((a, b) => Math.abs(this.scale.x(b.at[0]) - event.clientX + frame.left) < Math.abs(this.scale.x(a.at[0]) - event.clientX + frame.left) ? b : a).at[0];
    const x = this.scale.x(step);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.cursor.setAttribute("visibility", "visible");
    const rows = found.sort((a, b) => b.at[1] - a.at[1]).slice(0, mostNamed).map(({ name, color, at }) => {
      const dot = shape("svg", { width: 8, height: 8 }, shape("circle", { cx: 4, cy: 4, r: 4, fill: color }));
      return element("tr", {}, element("td", {}, dot), element("td", { textContent: name }), element("td", { textContent: short(at[1]) }));
    });
    this.readout.replaceChildren(`step ${step.toLocaleString("en")}`, element("table", {}, ...rows));
    this.readout.hidden = false;
    const outer = this.figure.getBoundingClientRect();
    const left = frame.left - outer.left + x;
    this.readout.style.left = `${left > outer.width / 2 ? Math.max(0, left - this.readout.offsetWidth - 12) : left + 12}px`;
    this.readout.style.top = `${frame.top - outer.top + margin.top}px`;
  }

  leave() {
    this.cursor?.setAttribute("visibility", "hidden");
    this.readout.hidden = true;
  }
}

/** Where a step and a value stand in a drawing of a width. */
export function scaleOf(points, width, isLog, floor) {
  const values = points.map(point => point[1]).filter(value => Number.isFinite(value) && (!isLog || value > 0));
  let [low, high] = values.length === 0 ? [isLog ? 1 : 0, 1] : [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  low = floor !== undefined && !isLog ? Math.min(floor, low) : low;
  if (low === high) {
    [low, high] = isLog ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  }

  const first = points.reduce((a, point) => Math.min(a, point[0]), Infinity), last = points.reduce((a, point) => Math.max(a, point[0]), -Infinity);
  const [from, to] = first === last ? [first - 1, last + 1] : [first, last];
  const put = isLog ? Math.log10 : value => value;
  const room = { x: width - margin.left - margin.right, y: height - margin.top - margin.bottom };
  return {
    low, high, from, to, isLog,
    x: step => margin.left + room.x * (step - from) / (to - from),
    y: value => margin.top + room.y * (1 - (put(value) - put(low)) / (put(high) - put(low))),
    step: x => from + (to - from) * (x - margin.left) / room.x,
  };
}

function axes(scale, width) {
  const values = scale.isLog ? logTicks(scale.low, scale.high) : ticks(scale.low, scale.high, 5);
  const steps = ticks(scale.from, scale.to, Math.max(2, width / 110)).filter(Number.isInteger);
  return [
    ...values.flatMap(value => [
      shape("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: scale.y(value), y2: scale.y(value) }),
      shape("text", { x: margin.left - 6, y: scale.y(value) + 4, "text-anchor": "end" }, short(value)),
    ]),
    ...steps.map(step => shape("text", { x: scale.x(step), y: height - 6, "text-anchor": "middle" }, short(step))),
  ];
}

// A line breaks where a value is no number.
function marks(line, scale) {
  const isShown = ([, y]) => Number.isFinite(y) && (!scale.isLog || y > 0);
  let path = "", isPen = false;
  for (const point of line.points) {
    path += isShown(point) ? `${isPen ? "L" : "M"}${scale.x(point[0]).toFixed(1)} ${scale.y(point[1]).toFixed(1)}` : "";
    isPen = isShown(point);
  }

  const dots = line.hasDots || line.points.length === 1 ? line.points.filter(isShown) : [];
  return [
    shape("path", { d: path, fill: "none", stroke: line.color, "stroke-width": 1.8, "stroke-linejoin": "round" }),
    ...dots.map(([x, y]) => shape("circle", { cx: scale.x(x), cy: scale.y(y), r: 2.6, fill: line.color })),
  ];
}
