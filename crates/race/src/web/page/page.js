"use strict";

// The page: asks for a race in the words of its address, hears what it tells, and then replays it.

const byId = (id) => document.getElementById(id);
const form = byId("knobs");
const about = fetch("about.json").then((answer) => answer.json());
let countries = {};
let request = null;

const replay = new Replay(byId("replay"), {
  picture: (label) => (label in countries ? `flags/${label}.gif` : null),
  name: (label) => countries[label],
});

/** The knobs as a query; empty ones are as by default, and so are all strategies. */
function query() {
  const all = [...form.querySelectorAll("[name=only]")].every((box) => box.checked);
  const said = ([name, value]) => value !== "" && !(all && name === "only");
  return new URLSearchParams([...new FormData(form)].filter(said)).toString();
}

/** Sets the knobs as a query says. Without any strategy in it, all take part. */
function set(params) {
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") field.checked = !params.has("only") || params.getAll("only").includes(field.value);
    else if (params.has(field.name)) field.value = params.get(field.name);
  }
  turned();
}

/** What belongs to the knobs changes with them. */
function turned() {
  const primes = form.elements.work.value === "primes";
  for (const name of ["flags", "errors"]) form.elements[name].disabled = primes;
  form.elements.delay.disabled = primes || form.elements.errors.value === "faults";
  form.elements.max_req.placeholder = primes ? "CPUs" : "20";
  const asked = decodeURIComponent(query());
  byId("link").href = `?${query()}`;
  byId("command").textContent = `scripts/race ${asked.split("&").map((pair) => `--${pair.replace("max_req", "max-req")}`).join(" ")}`;
}

function say(words, wrong = false) {
  byId("news").textContent = words;
  byId("news").classList.toggle("wrong", wrong);
}

/** The race that is on: its panes and its rounds. */
let race = null;

/** What each event of a race does. */
const heard = {
  race(begun) {
    race = begun;
    replay.options.pending = race.pending;
    replay.reset(race.panes);
    say(`${race.work}.`);
  },
  run({ pane, round }) {
    const { name, kind } = race.panes[pane];
    say(`${race.work}: now ${name} (${kind}), alone${race.rounds > 1 ? `, round ${round} of ${race.rounds}` : ""} …`);
    if (round === 1) replay.live(pane);
  },
  begin({ pane, task }) { replay.begin(pane, task); },
  task({ pane, task }) { replay.add(pane, task); },
  end({ pane, round, elapsed_us }) { if (round === 1) replay.end(pane, { elapsed_us }); },
  failed({ pane, why }) { replay.out(pane, `It is out: ${why}`); },
  stopped({ why }) { say(why, true); },
  result({ places, words }) {
    const box = byId("result");
    const line = ({ place, name, time, behind, errors }) => {
      const late = behind ? `, ${behind} ×` : "";
      return make("span", place === 1 ? "first" : "", `${place}. ${name} ${time}${late}${errors > 0 ? `, ${errors} failed` : ""}`);
    };
    box.replaceChildren(...places.map(line), make("p", "", words.join(" ")));
    box.hidden = false;
    say("");
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!still) { replay.seek(0); replay.play(); }
  },
};

/** Reads server-sent events: each a line of data, and an empty one after it. */
async function listen(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const told = JSON.parse(event.replace(/^data: /, ""));
      heard[told.event](told);
    }
  }
}

async function start() {
  byId("result").hidden = true;
  request = new AbortController();
  window.history.replaceState(null, "", `?${query()}`);
  running(true);
  try {
    const answer = await fetch(`race?${query()}`, { method: "POST", signal: request.signal });
    if (answer.ok) await listen(answer.body);
    else say(await answer.text(), true);
  } catch (error) {
    say(error.name === "AbortError" ? "Stopped." : "The program that serves this page has ended: start it again.", true);
  }
  running(false);
}

/** What can be done while a race is on, and what when none is. */
function running(now) {
  byId("start").disabled = now;
  byId("stop").disabled = !now;
  if (!now) {
    replay.running = null;
    replay.draw();
  }
}

form.addEventListener("submit", (event) => { event.preventDefault(); start(); });
form.addEventListener("input", turned);
byId("stop").addEventListener("click", () => request?.abort());

about.then(({ strategies, countries: names }) => {
  countries = names;
  for (const name of strategies) {
    const label = make("label", "", name);
    label.prepend(make("input", "", "", { type: "checkbox", name: "only", value: name, checked: "" }));
    byId("strategies").append(label);
  }
  set(new URLSearchParams(window.location.search));
  document.body.dataset.ready = "yes";
  byId("start").focus();
});
