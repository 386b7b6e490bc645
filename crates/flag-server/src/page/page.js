// Asks the server what each flag meets, a few times a second, and shows it on the flag's tile.
'use strict';

const EVERY_MS = 150;
// After this long without a request, the next one begins a new run on this page.
const QUIET_MS = 1000;
const COUNTS = ['good', 'errors', 'left'];
const NONE = { under_way: 0, good: 0, errors: 0, left: 0, status: 0 };

const element = (id) => document.getElementById(id);
const tiles = new Map([...document.querySelectorAll('[data-code]')].map((tile) => [tile.dataset.code, tile]));
// What was counted when this run began, and when we last looked.
let before = {};
let latest = {};
let lastChange = performance.now();
let paused = false;

// The counts of a code in this run.
function ofThisRun(code) {
  const [now, then] = [latest[code] ?? NONE, before[code] ?? NONE];
  const counts = COUNTS.map((name) => [name, now[name] - then[name]]);
  return { ...now, ...Object.fromEntries(counts) };
}

// The state of a tile, which is also its class, and the word for it.
function state({ under_way, good, errors, left, status }) {
  const times = (count) => (count > 1 ? ` × ${count}` : '');
  const isGood = [200, 206, 304].includes(status);
  if (under_way) return ['asked', 'under way' + times(under_way)];
  if (errors && !isGood) return ['errors', `error ${status}` + times(errors)];
  if (good) return ['good', 'sent' + times(good) + (errors ? `, ${errors} not` : '')];
  if (left) return ['left', 'given up' + times(left)];
  return ['', ''];
}

function show() {
  const sums = { ...NONE };
  const others = [];
  for (const code of new Set([...tiles.keys(), ...Object.keys(latest)])) {
    const counts = ofThisRun(code);
    Object.keys(sums).forEach((name) => { sums[name] += counts[name]; });
    const [name, word] = state(counts);
    const tile = tiles.get(code);
    if (!tile) {
      if (word) others.push(`${code}: ${word}`);
    } else if (tile.className !== name || tile.lastElementChild.textContent !== word) {
      tile.className = name;
      tile.lastElementChild.textContent = word;
    }
  }
  ['under_way', ...COUNTS].forEach((name) => { element(name).textContent = sums[name].toLocaleString('en'); });
  document.body.classList.toggle('running', sums.under_way + sums.good + sums.errors + sums.left > 0);
  element('others').hidden = others.length === 0;
  element('others').textContent = `Not among the flags: ${others.join(', ')}`;
  return sums;
}

function take(flags) {
  const changed = JSON.stringify(flags) !== JSON.stringify(latest);
  const busy = changed || Object.values(flags).some((counts) => counts.under_way > 0);
  const wasReset = Object.keys(latest).some((code) => COUNTS.some((name) => latest[code][name] > (flags[code] ?? NONE)[name]));
  const now = performance.now();
  const isQuiet = now - lastChange > QUIET_MS;
  if (wasReset) before = {};
  else if (busy && isQuiet) before = latest;
  if (busy) lastChange = now;
  latest = flags;
  const sums = show();
  // Said once, for those who listen: not each of hundreds of changes.
  const isOver = !busy && isQuiet && sums.good + sums.errors + sums.left > 0;
  const says = isOver ? `Quiet. ${sums.good} sent, ${sums.errors} errors, ${sums.left} given up.` : '';
  if (element('says').textContent !== says) element('says').textContent = says;
}

async function watch() {
  if (!paused && !document.hidden) {
    try {
      const reply = await fetch('/live.json', { cache: 'no-store' });
      take((await reply.json()).flags);
    } catch {
      element('says').textContent = 'The server does not answer.';
    }
  }
  setTimeout(watch, EVERY_MS);
}

element('pause').addEventListener('click', () => {
  paused = !paused;
  element('pause').setAttribute('aria-pressed', paused);
});
element('clear').addEventListener('click', () => {
  before = latest;
  show();
});
element('address').textContent = `${location.origin}/flags`;
element('now').hidden = false;
watch();
