// Draws /api/balance/history, then each balance of /api/balance/stream.
'use strict';

const MAX_POINTS = 3600;
const TABLE_ROWS = 20;
const RECONNECT_MILLIS = 2000;
const STATES = {
  connecting: ['◌', 'Connecting'],
  fresh: ['●', 'Fresh'],
  stale: ['▲', 'Stale: the gateway does not reply as it should; this is the last known balance'],
  rejected: ['■', 'Rejected: the gateway refuses these credentials'],
  offline: ['◇', 'Offline: no connection to the server of this page; it reconnects by itself'],
};

const element = id => document.getElementById(id);
const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

let settings = {thresholds: [], intervalMillis: 60000};
let balances = []; // {time, amount}, oldest first
let skew = 0; // how far this browser's clock is ahead of the server's
let chart = null;

function show(state, reason) {
  const [shape, text] = STATES[state];
  if (element('state').dataset.state !== state) { // otherwise a screen reader repeats it
    element('state').dataset.state = state;
    element('shape').textContent = shape;
    element('state-text').textContent = text;
  }
  element('reason').textContent = reason || '';
}

function duration(seconds) {
  const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) {
    return '0 s';
  }
  return units.slice(first, first + 2)
    .map(([name, size], i) => [Math.floor((i ? seconds % units[first][1] : seconds) / size), name])
    .filter(([count], i) => i === 0 || count > 0)
    .map(([count, name]) => count + ' ' + name)
    .join(' ');
}

/** With one figure and in words: it is an estimate. */
function about(seconds) {
  const [count, unit] = seconds < 5400 ? [seconds / 60, 'min']
    : seconds < 129600 ? [seconds / 3600, 'h'] : [seconds / 86400, 'days'];
  return seconds === 0 ? 'nothing left' : seconds < 60 ? 'less than a minute left'
    : 'about ' + grouped(String(Math.round(count))) + ' ' + unit + ' left';
}

/** Groups the digits of a decimal number and keeps each of them. The type Number would lose some. */
function grouped(amount) {
  const [whole, fraction] = amount.split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction === undefined ? '' : '.' + fraction);
}

/** With three figures: it is an estimate. */
function rounded(rate) {
  return grouped(String(Number(Number(rate).toPrecision(3))));
}

function tick() {
  const latest = balances.at(-1);
  element('age').textContent = latest ? duration(Math.max(0, (Date.now() - skew - latest.time) / 1000)) : '–';
}

function update(balance) {
  skew = Date.now() - Date.parse(balance.sentAt);
  show(balance.state, balance.reason);
  if (balance.amount === undefined) {
    return;
  }
  const amount = grouped(balance.amount);
  element('amount').textContent = amount;
  element('unit').textContent = balance.unit;
  element('rate').textContent = balance.perHour === undefined
    ? 'not enough data yet' : 'about ' + rounded(balance.perHour) + ' ' + balance.unit + ' per hour';
  element('runway').textContent = balance.perHour === undefined ? 'not enough data yet'
    : balance.secondsToEmpty === undefined ? 'the balance does not fall' : about(balance.secondsToEmpty);
  const low = balance.low.length ? '▼ below ' + balance.low.join(', ') : 'above all thresholds';
  if (element('low').textContent !== low) {
    element('low').textContent = low;
  }
  element('low').classList.toggle('is-low', balance.low.length > 0);
  document.title = amount + ' ' + balance.unit;

  const next = point(balance);
  if (!balances.some(known => known.time === next.time)) { // the history may have it
    balances = [...balances, next].slice(-MAX_POINTS);
    chart.setData(points());
    addRow(next);
  }
  tick();
}

function point(balance) {
  return {time: Date.parse(balance.retrievedAt), amount: balance.amount};
}

/** Numbers are exact enough for a chart. */
function points() {
  return [balances.map(balance => balance.time / 1000), balances.map(balance => Number(balance.amount))];
}

function addRow(balance) {
  const row = element('values').insertRow(0);
  row.insertCell().textContent = new Date(balance.time).toLocaleTimeString();
  row.insertCell().textContent = grouped(balance.amount);
  while (element('values').rows.length > TABLE_ROWS) {
    element('values').deleteRow(TABLE_ROWS);
  }
}

function drawThresholds(plot) {
  const {ctx, bbox} = plot;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = color('--bad');
  ctx.font = Math.round(12 * devicePixelRatio) + 'px system-ui, sans-serif';
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const threshold of settings.thresholds) {
    const y = plot.valToPos(Number(threshold.amount), 'y', true);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillText(threshold.name + ' ' + grouped(threshold.amount), bbox.left + 6 * devicePixelRatio, y - 2 * devicePixelRatio);
  }
  ctx.restore();
}

function size() {
  const place = element('chart');
  return {width: place.clientWidth - 16, height: place.clientHeight - 16};
}

function draw() {
  if (chart) {
    chart.destroy();
  }
  const axis = {stroke: color('--soft'), grid: {stroke: color('--line'), width: 1}, ticks: {stroke: color('--line')}};
  const limits = settings.thresholds.map(threshold => Number(threshold.amount));
  chart = new uPlot({
    ...size(),
    legend: {show: false},
    cursor: {y: false},
    scales: {y: {range: (plot, min, max) => min === null ? [0, 100]
      : uPlot.rangeNum(Math.min(0, min, ...limits), Math.max(max, ...limits), 0.1, true)}},
    axes: [axis, axis],
    series: [{}, {
      label: 'Balance',
      stroke: color('--accent'),
      width: 2,
      paths: uPlot.paths.stepped({align: 1}),
      points: {show: true, size: 5, fill: color('--accent')},
    }],
    hooks: {draw: [drawThresholds]},
  }, points(), element('chart'));
}

async function json(path) {
  const response = await fetch(path);
  if (!response.ok) {
    throw new Error('HTTP ' + response.status + ' from ' + response.url);
  }
  return response.json();
}

/** Also after a restart of the server: it may have another account, other thresholds, and less history than this page. */
async function configure() {
  const [next, history] = await Promise.all([json('api/settings'), json('api/balance/history')]);
  if (next.isStandIn !== settings.isStandIn) {
    balances = [];
  }
  settings = next;
  element('stand-in').hidden = !settings.isStandIn;
  const known = history.map(point);
  balances = [...balances.filter(old => !known.length || old.time < known[0].time), ...known].slice(-MAX_POINTS);
  element('values').replaceChildren();
  balances.slice(-TABLE_ROWS).forEach(addRow);
  draw();
}

function connect() {
  const events = new EventSource('api/balance/stream');
  for (const state of ['fresh', 'stale', 'rejected']) {
    events.addEventListener(state, event => update(JSON.parse(event.data)));
  }
  events.onerror = () => {
    events.close();
    offline();
  };
}

function offline(reason) {
  show('offline', reason);
  setTimeout(start, RECONNECT_MILLIS);
}

async function start() {
  try {
    await configure();
  } catch (e) {
    offline(e.message.startsWith('HTTP') ? e.message : '');
    return;
  }
  if (element('state').dataset.state === 'offline') {
    show('connecting');
  }
  connect();
}

new ResizeObserver(() => chart && chart.setSize(size())).observe(element('chart'));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => chart && draw());
setInterval(tick, 1000);
start();
