"use strict";

// Panes side by side, in each of which the tasks of one run appear at their times.
//
//   const replay = new Replay(element, { picture: (label) => url, name: (label) => text, pending: false });
//   replay.reset([{ name, total }])            empties it; a pane for each
//   replay.live(pane)                          its clock runs from now on, as the run does
//   replay.begin(pane, { label, copy, start_us, lane })
//   replay.add(pane, { label, copy, start_us, end_us, outcome, class, lane })
//   replay.end(pane, { elapsed_us })           its clock stands
//   replay.out(pane, why)                      it did not end as it should
//   replay.play(), pause(), seek(us), speed(factor)
//
// Times are in microseconds since a run's own start. A task is shown from its end, with `pending` already from its start.

/** Up to this number each task has a row of its own in the lanes; above it the tasks of one worker share one. */
const FEW_TASKS = 40;

/** An element with a class, text, and attributes. */
function make(tag, className, text = "", attributes = {}) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** A time in words: seconds, or milliseconds where the whole is under a second. */
function timeText(us, longest = us) {
  if (longest >= 1e6) return `${(us / 1e6).toFixed(2)} s`;
  return `${(us / 1e3).toFixed(longest >= 1e5 ? 0 : 1)} ms`;
}

/** The ends of a long number: the middle of those that are raced is the same. */
function shortened(label) {
  return label.length > 9 ? `${label.slice(0, 4)}…${label.slice(-4)}` : label;
}

/** One run: its clock, its count, its tasks, its lanes. */
class Pane {
  constructor(replay, { name, total }) {
    Object.assign(this, { replay, name, total, tasks: [], at: 0, shown: 0, elapsed: null, out: false, rows: 1 });
    this.root = make("section", "pane", "", { "aria-label": name });
    this.clock = make("span", "clock");
    this.count = make("span", "count");
    this.failed = make("span", "failed");
    this.list = make("ul", replay.options.pending ? "tasks pending" : "tasks", "", { "aria-label": `${name}: what is done` });
    this.lanes = make("canvas", "lanes", "", { role: "img", "aria-label": `${name}: when each task ran` });
    this.axis = make("span", "", "");
    this.detail = make("p", "detail");
    const figures = make("p", "figures");
    figures.append(this.clock, this.count, this.failed);
    const axis = make("p", "axis");
    axis.append(make("span", "", "0"), this.axis);
    this.root.append(make("h3", "", name), figures, this.list, this.lanes, axis, this.detail);
    for (const kind of ["pointerover", "focusin"]) this.list.addEventListener(kind, (event) => this.tell(event.target));
    this.list.addEventListener("keydown", (event) => this.walk(event));
  }

  /** From when on a task is shown. */
  from(task) {
    return this.replay.options.pending ? task.start_us : task.end_us;
  }

  /** Takes a task that began, or one that ended, which takes the place of the one that began. */
  put(task) {
    const same = (other) => other.end_us === Infinity && other.label === task.label && other.copy === task.copy;
    const known = this.tasks.findIndex(same);
    if (known >= 0) this.take(known);
    const later = this.tasks.findIndex((other) => this.from(other) > this.from(task));
    const place = later < 0 ? this.tasks.length : later;
    this.rewind(place);
    this.tasks.splice(place, 0, task);
    [...this.tasks].sort((a, b) => a.start_us - b.start_us).forEach((each, row) => { each.row = row; });
    const few = this.total <= FEW_TASKS;
    this.rows = few ? this.total : 1 + Math.max(...this.tasks.map((each) => each.lane));
    if (!few) this.tasks.forEach((each) => { each.row = each.lane; });
  }

  take(place) {
    this.rewind(place);
    this.tasks.splice(place, 1);
  }

  /** Takes off what is shown from this place on; the next drawing shows it again. */
  rewind(place) {
    while (this.shown > place) {
      const { tile } = this.tasks[--this.shown];
      const focused = tile === document.activeElement;
      tile.remove();
      if (focused) this.list.lastElementChild?.focus();
    }
  }

  /** Shows the run as it was at a time. */
  draw(at, longest) {
    this.at = at;
    const ended = this.elapsed ?? Infinity;
    this.clock.textContent = timeText(Math.min(at, ended), longest);
    this.root.classList.toggle("finished", at >= ended && !this.out);
    const visible = this.tasks.findIndex((task) => this.from(task) > at);
    const count = visible < 0 ? this.tasks.length : visible;
    this.rewind(count);
    const grown = this.shown < count;
    while (this.shown < count) this.list.append(this.tile(this.tasks[this.shown++]));
    let [done, failed] = [0, 0];
    for (const task of this.tasks.slice(0, count)) {
      const state = at >= task.end_us ? task.outcome : "running";
      if (task.state !== state) this.turn(task, state);
      if (state !== "running") done += 1;
      if (state === "error") failed += 1;
    }
    this.count.textContent = `${done} / ${this.total}`;
    this.failed.textContent = failed > 0 ? `${failed} failed` : "";
    const tabbable = this.list.querySelector('[tabindex="0"]');
    if (!tabbable && this.list.firstElementChild) this.list.firstElementChild.tabIndex = 0;
    if (grown && !this.list.contains(document.activeElement)) this.list.scrollTop = this.list.scrollHeight;
    this.axis.textContent = timeText(longest);
    this.paint(longest);
  }

  tile(task) {
    if (task.tile) return task.tile;
    task.tile = make("li", "tile", "", { tabindex: "-1" });
    task.tile.task = task;
    return task.tile;
  }

  /** Shows a task in another state. */
  turn(task, state) {
    task.state = state;
    const { tile } = task;
    tile.className = `tile ${state}`;
    tile.replaceChildren();
    const url = state === "ok" ? this.replay.options.picture?.(task.label) : null;
    if (url) tile.append(make("img", "", "", { src: url, alt: "" }));
    const copy = task.copy > 1 ? `-${task.copy}` : "";
    tile.append(make("span", "label", shortened(task.label) + copy));
    const marks = { prime: "P", composite: "–", not_found: "not there", error: task.class ?? "failed" };
    if (marks[state]) tile.append(make("span", "mark", marks[state]));
    tile.setAttribute("aria-label", this.words(task));
  }

  words({ label, copy, state, start_us, end_us, lane, class: kind }) {
    const name = this.replay.options.name?.(label);
    const endings = { ok: "done", prime: "prime", composite: "not prime", not_found: "not there", error: `failed: ${kind}` };
    const whole = this.elapsed ?? end_us;
    const when = state === "running"
      ? `under way since ${timeText(start_us, whole)}`
      : `${timeText(start_us, whole)} to ${timeText(end_us, whole)}, ${endings[state] ?? state}`;
    return `${label}${copy > 1 ? ` (copy ${copy})` : ""}${name ? ` ${name}` : ""}: ${when}, worker ${lane}`;
  }

  tell(target) {
    const tile = target.closest(".tile");
    if (tile) this.detail.textContent = this.words(tile.task);
  }

  /** The arrows go from one task to the next: the list is one stop of the tab key, however long it is. */
  walk(event) {
    const tile = event.target.closest(".tile");
    const to = {
      ArrowRight: tile?.nextElementSibling,
      ArrowDown: tile?.nextElementSibling,
      ArrowLeft: tile?.previousElementSibling,
      ArrowUp: tile?.previousElementSibling,
      Home: this.list.firstElementChild,
      End: this.list.lastElementChild,
    }[event.key];
    if (!to) return;
    event.preventDefault();
    this.list.querySelectorAll('[tabindex="0"]').forEach((other) => { other.tabIndex = -1; });
    to.tabIndex = 0;
    to.focus();
  }

  /** Draws the lanes: what has ended, what is under way, and where the clock stands. */
  paint(longest) {
    const { lanes, at } = this;
    const [width, height] = [lanes.clientWidth, lanes.clientHeight];
    if (width === 0) return;
    const density = window.devicePixelRatio || 1;
    if (lanes.width !== Math.round(width * density) || lanes.height !== Math.round(height * density)) {
      [lanes.width, lanes.height] = [Math.round(width * density), Math.round(height * density)];
    }
    const context = lanes.getContext("2d");
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (us) => (us / Math.max(longest, 1)) * width;
    const row = height / Math.max(this.rows, 1);
    const colours = this.replay.colours();
    for (const { start_us, end_us, outcome, row: place } of this.tasks) {
      if (start_us > at) continue;
      const end = Math.min(end_us, at);
      context.fillStyle = end_us > at ? colours.soft : colours[outcome] ?? colours.done;
      context.fillRect(x(start_us), place * row, Math.max(x(end) - x(start_us), 1), Math.max(row - (row > 3 ? 1 : 0), 0.5));
    }
    context.fillStyle = colours.ink;
    context.fillRect(Math.min(x(Math.min(at, this.elapsed ?? at)), width - 1), 0, 1, height);
  }
}

/** All panes, on one clock. */
class Replay {
  constructor(root, options = {}) {
    this.options = options;
    this.factor = 1;
    this.at = 0;
    this.running = null;
    this.playing = false;
    this.panes = [];
    root.classList.add("replay");
    root.classList.toggle("plain", !options.picture);
    this.root = root;
    this.stage = make("div", "panes");
    root.replaceChildren(this.controls(), this.stage);
    const again = () => this.draw();
    window.addEventListener("resize", again);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  }

  /**
   * Shows recorded runs: `[{ title, pending, panes: [{ name, elapsed_us, tasks: [[label, copy, start_us, end_us, outcome, class,
   * lane]] }] }]`, with a choice if they are several.
   */
  static recorded(root, films) {
    const [choice, stage] = [make("select", "films", "", { "aria-label": "Work" }), make("div")];
    films.forEach((film, place) => choice.append(make("option", "", film.title, { value: String(place) })));
    if (films.length > 1) root.append(choice);
    root.append(stage);
    const replay = new Replay(stage);
    const show = ({ pending, panes }) => {
      replay.options.pending = pending;
      replay.reset(panes.map(({ name, tasks }) => ({ name, total: tasks.length })));
      panes.forEach(({ elapsed_us, tasks }, pane) => {
        for (const [label, copy, start_us, end_us, outcome, kind, lane] of tasks) {
          replay.add(pane, { label, copy, start_us, end_us, outcome, class: kind, lane });
        }
        replay.end(pane, { elapsed_us });
      });
    };
    choice.addEventListener("change", () => show(films[choice.value]));
    show(films[0]);
    return replay;
  }

  controls() {
    const bar = make("div", "controls", "", { role: "group", "aria-label": "Replay" });
    this.button = make("button", "play", "Play", { type: "button" });
    this.button.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    this.restart = make("button", "again", "Again", { type: "button" });
    this.restart.addEventListener("click", () => { this.seek(0); this.play(); });
    const speeds = make("fieldset", "speeds");
    speeds.append(make("legend", "", "Speed"));
    const group = `speed-${Math.random().toString(36).slice(2)}`;
    for (const [factor, words] of [[1, "as it was"], [0.5, "half"], [0.1, "a tenth"]]) {
      const label = make("label", "", words);
      const choice = make("input", "", "", { type: "radio", name: group, value: String(factor) });
      choice.checked = factor === 1;
      choice.addEventListener("change", () => this.speed(factor));
      label.prepend(choice);
      speeds.append(label);
    }
    this.slider = make("input", "time", "", { type: "range", min: "0", max: "1000", value: "0", "aria-label": "Time" });
    this.slider.addEventListener("input", () => {
      // Before the pause, whose drawing puts it where the clock stands.
      const us = (this.slider.value / 1000) * this.longest();
      this.pause();
      this.seek(us);
    });
    this.now = make("output", "now", "0 s");
    bar.append(this.button, this.restart, speeds, this.slider, this.now);
    return bar;
  }

  /** Empties it; a pane for each. */
  reset(panes) {
    this.pause();
    this.running = null;
    this.at = 0;
    this.panes = panes.map((pane) => new Pane(this, pane));
    this.stage.replaceChildren(...this.panes.map((pane) => pane.root));
    this.draw();
  }

  live(pane) {
    this.running = { pane, since: performance.now() };
    this.tick();
  }

  begin(pane, task) {
    this.panes[pane].put({ copy: 1, lane: 0, ...task, end_us: Infinity, outcome: "running" });
    this.draw();
  }

  add(pane, task) {
    const of = this.panes[pane];
    of.put({ copy: 1, lane: 0, ...task });
    if (this.running?.pane === pane) of.at = Math.max(of.at, task.end_us);
  }

  end(pane, { elapsed_us }) {
    const of = this.panes[pane];
    // A task that began and never ended was ended with the run.
    for (let place = of.tasks.length - 1; place >= 0; place -= 1) if (of.tasks[place].end_us === Infinity) of.take(place);
    of.elapsed = elapsed_us;
    of.at = elapsed_us;
    if (this.running?.pane === pane) this.running = null;
    this.at = this.longest();
    this.draw();
  }

  out(pane, why) {
    const of = this.panes[pane];
    of.out = true;
    of.root.classList.add("out");
    of.detail.textContent = why;
    this.end(pane, { elapsed_us: 0 });
  }

  play() {
    if (this.longest() <= 0 || this.running) return;
    if (this.at >= this.longest()) this.at = 0;
    this.playing = true;
    this.before = performance.now();
    this.draw(this.at);
    this.tick();
  }

  pause() {
    this.playing = false;
    this.draw();
  }

  /** Shows all panes as they were at a time. */
  seek(us) {
    this.at = Math.min(Math.max(us, 0), this.longest());
    this.draw(this.at);
  }

  speed(factor) {
    this.factor = factor;
  }

  /** The time of the last end that is known; a clock that runs is one. */
  longest() {
    return Math.max(0, ...this.panes.map((pane) => Math.max(pane.elapsed ?? pane.at, 0)));
  }

  colours() {
    const style = getComputedStyle(this.root);
    const [ink, soft, wrong, good, link] = ["ink", "soft", "wrong", "good", "link"].map((name) => style.getPropertyValue(`--${name}`));
    return { ink, soft, done: link, prime: good, composite: link, not_found: soft, error: wrong };
  }

  tick() {
    if (this.ticking) return;
    this.ticking = requestAnimationFrame((now) => {
      this.ticking = null;
      if (this.running) {
        const { pane, since } = this.running;
        this.panes[pane].at = Math.max(this.panes[pane].at, (now - since) * 1000);
        this.draw();
      } else if (this.playing) {
        this.at += Math.max(now - this.before, 0) * 1000 * this.factor;
        this.before = now;
        if (this.at >= this.longest()) [this.at, this.playing] = [this.longest(), false];
        this.draw(this.at);
      }
      if (this.running || this.playing) this.tick();
    });
  }

  /** Draws each pane at its own time, or all at one. */
  draw(at) {
    const longest = this.longest();
    for (const pane of this.panes) pane.draw(at ?? pane.at, longest);
    const idle = longest <= 0 || this.running !== null;
    for (const control of [this.button, this.restart, this.slider]) control.disabled = idle;
    // Only what comes by itself appears with a movement.
    this.root.classList.toggle("moving", this.playing || this.running !== null);
    this.button.textContent = this.playing ? "Pause" : "Play";
    const shown = this.running ? this.panes[this.running.pane].at : this.at;
    this.slider.value = String(longest > 0 ? Math.round((shown / longest) * 1000) : 0);
    this.now.textContent = timeText(shown, longest);
    this.slider.setAttribute("aria-valuetext", this.now.textContent);
  }
}
