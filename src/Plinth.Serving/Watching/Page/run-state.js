// What the log of a run tells, and what of it is drawn. Nothing here knows the page.

/** A number of the log, which writes "NaN" and "Infinity" as texts. */
export const numberOf = value => typeof value === "string" ? Number(value) : value;

/** A run as its log tells it: one that was resumed reads as if it had never stopped. */
export class RunState {
  constructor() {
    this.clear();
  }

  clear() {
    this.start = this.end = this.newest = null;
    this.steps = [];
    this.evaluations = [];
    this.happenings = [];
    this.earlier = 0;
    this.sessionStart = 0;
    this.isPaused = false;
  }

  /** Takes one report; what is none is left out. */
  add(report) {
    if (typeof report !== "object" || report === null || !Object.hasOwn(reports, report.event)) {
      return;
    }

    reports[report.event](this, report);
    this.newest = Date.parse(report.time) || this.newest;
  }

  get last() {
    return this.steps.at(-1);
  }

  /** Seconds of training, all sessions together. */
  get elapsed() {
    return this.earlier + (this.steps.length > this.sessionStart ? numberOf(this.last.elapsed) : 0);
  }

  /** How the run stands at a time (milliseconds): one word. */
  status(now) {
    if (!this.start) {
      return "waiting";
    }

    if (this.end) {
      return this.end.interrupted ? "interrupted" : "finished";
    }

    return this.isPaused ? "paused" : now - this.newest > this.patience() ? "silent" : "training";
  }

  // Milliseconds without a report after which something may be wrong: a killed process says nothing any more.
  patience() {
    // By the run's own measure of time: the clock that stamps its reports may be set back or ahead.
    const times = this.steps.slice(Math.max(this.sessionStart, this.steps.length - 6)).map(step => numberOf(step.elapsed));
    const longest = Math.max(0, ...times.slice(1).map((time, i) => time - times[i]));
    return Math.max(60_000, 5000 * longest);
  }
}

const reports = {
  start(run, report) {
    const kept = list => list.filter(entry => entry.step <= report.first_step);
    run.steps = kept(run.steps);
    run.evaluations = kept(run.evaluations);
    run.earlier = report.first_step === 0 ? 0 : run.elapsed;
    run.sessionStart = run.steps.length;
    run.start = report;
    run.end = null;
    run.isPaused = false;
    run.happenings.push({ time: report.time, step: report.first_step, text: report.first_step === 0 ? "began" : "went on" });
  },
  step: (run, report) => run.steps.push(report),
  evaluation: (run, report) => run.evaluations.push(report),
  control(run, report) {
    run.isPaused = report.request === "pause" || (run.isPaused && report.request === "snapshot");
    run.happenings.push({ time: report.time, step: report.step, text: `followed: ${report.request}` });
  },
  end(run, report) {
    run.end = report;
    run.happenings.push({ time: report.time, step: report.step, text: report.interrupted ? "was interrupted" : "finished" });
  },
};

const points = (entries, value) => entries.map(entry => [entry.step, numberOf(value(entry))]).filter(([, y]) => y !== undefined && y !== null);

const named = (entries, field) => [...new Set(entries.flatMap(entry => Object.keys(entry[field] ?? {})))];

const title = name => name.replaceAll("_", " ");

const heading = name => title(name).replace(/^./u, letter => letter.toUpperCase());

/** The parts of names that tell them apart: what all of them begin with is left out. */
export function shortNames(names) {
  const parts = names.map(name => name.split("."));
  let shared = 0;
  while (parts.length > 1 && parts.every(part => part.length > shared + 1 && part[shared] === parts[0][shared])) {
    shared++;
  }

  return parts.map(part => part.slice(shared).join("."));
}

// How the scores of the sources of a mixture begin.
const ofSource = "loss/";

/** The charts of a run: title, unit, series of [step, value]; those without a point are left out. */
export function chartsOf(run) {
  const { steps, evaluations } = run;
  const scores = named(evaluations, "scores");
  const terms = named(steps, "terms");
  const heldOutTerms = scores.filter(name => name !== "loss" && name.endsWith("_loss"));
  const sources = named(steps, "sources");
  const heldOutSources = scores.filter(name => name.startsWith(ofSource));
  const ofSteps = (name, value) => ({ name, points: points(steps, value) });
  const ofScore = (label, name) => ({ name: label, points: points(evaluations, entry => entry.scores?.[name]), hasDots: true });
  const blocks = named(steps, "block_gradient_norms");
  const blockNames = shortNames(blocks);
  const counted = run.start?.sample_name;
  const charts = [
    { title: "Loss", unit: "nats per target", canBeLog: true, series: [ofSteps("training", step => step.loss), ofScore("held out", "loss")] },
    {
      title: "Parts of the loss", unit: "nats per target", canBeLog: true,
      series: [...terms.map(name => ofSteps(title(name), step => step.terms?.[name])), ...heldOutTerms.map(name => ofScore(`${title(name)}, held out`, name))],
    },
    {
      title: "Loss by source", unit: "nats per target", canBeLog: true,
      series: [...sources.map(name => ofSteps(name, step => step.sources?.[name]?.loss)), ...heldOutSources.map(name => ofScore(`${name.slice(ofSource.length)}, held out`, name))],
    },
    ...scores.filter(name => name !== "loss" && ![...heldOutTerms, ...heldOutSources].includes(name)).map(name => ({ title: heading(name), unit: "held out", series: [ofScore(title(name), name)] })),
    { title: "Gradient norm", unit: "before it is cut", canBeLog: true, series: [ofSteps("all weights", step => step.gradient_norm)] },
    { title: "Gradient norm by block", unit: "before it is cut", canBeLog: true, isRamp: true, series: blocks.map((name, i) => ofSteps(blockNames[i], step => step.block_gradient_norms?.[name])) },
    { title: "Learning rate", unit: "", series: [ofSteps("rate", step => step.learning_rate)] },
    { title: "Speed", unit: `${counted ?? "tokens"} per second`, floor: 0, series: [ofSteps(counted ?? "tokens", step => counted ? step.samples_per_second : step.tokens_per_second)] },
    {
      title: "Use of the machine", unit: "percent", floor: 0,
      series: [ofSteps("arithmetic, of the measured peak", step => step.utilization === undefined ? undefined : 100 * step.utilization), ofSteps("time waiting for data", step => step.data_wait_share === undefined ? undefined : 100 * step.data_wait_share)],
    },
    { title: "Memory", unit: "GB resident", floor: 0, series: [ofSteps("resident", step => step.resident_bytes / 1e9)] },
    { title: "Managed allocation", unit: "MB per step", floor: 0, series: [ofSteps("allocated", step => step.managed_bytes_per_step === undefined ? undefined : step.managed_bytes_per_step / 1e6)] },
  ];
  return charts.map(chart => ({ ...chart, series: chart.series.filter(series => series.points.length > 0) })).filter(chart => chart.series.length > 0);
}
