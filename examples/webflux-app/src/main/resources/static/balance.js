// Shows what /api/balance/stream tells. Keeps no history but that of this page.
'use strict';

const MAX_POINTS = 3600;
const TABLE_ROWS = 20;
const RECONNECT_MILLIS = 2000;
const STATES = {
  connecting: ['◌', 'Connecting'],
  fresh: ['●', 'Fresh'],
  stale: ['▲', 'Stale: the gateway does not answer as it should; this is the last balance known'],
  rejected: ['■', 'Rejected: the gateway refuses these credentials'],
  offline: ['◇', 'Offline: no connection to this page’s server; trying again'],
};

const element = id => document.getElementById(id);
const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

let settings = {thresholds: [], intervalMillis: 60000};
let retrievedAt = null;
let skew = 0; // how far this browser's clock is ahead of the server's
let points = [[], []];
let chart = null;

function show(state, reason) {
  const [shape, text] = STATES[state];
  if (element('state').dataset.state !== state) { // else a screen reader would say it again and again
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

function tick() {
  element('age').textContent = retrievedAt === null ? '–' : duration(Math.max(0, (Date.now() - skew - retrievedAt) / 1000));
}

function update(balance) {
  skew = Date.now() - Date.parse(balance.sentAt);
  show(balance.state, balance.reason);
  if (balance.amount === undefined) {
    return;
  }
  element('amount').textContent = balance.amount;
  element('unit').textContent = balance.unit;
  element('rate').textContent = balance.perHour === undefined
    ? 'not enough data yet' : balance.perHour + ' per hour';
  element('time-to-empty').textContent = balance.perHour === undefined ? 'not enough data yet'
    : balance.secondsToEmpty === undefined ? 'it does not fall' : duration(balance.secondsToEmpty);
  const low = balance.low.length ? '▼ below ' + balance.low.join(', ') : 'above all';
  if (element('low').textContent !== low) {
    element('low').textContent = low;
  }
  element('low').classList.toggle('is-low', balance.low.length > 0);
  document.title = balance.amount + ' ' + balance.unit;

  const time = Date.parse(balance.retrievedAt);
  if (time !== retrievedAt) {
    retrievedAt = time;
    add(time / 1000, balance.amount);
  }
  tick();
}

function add(time, amount) {
  points[0].push(time);
  points[1].push(Number(amount)); // exact enough for a picture; the figure itself stays the text that came
  points = points.map(values => values.slice(-MAX_POINTS));
  chart.setData(points);

  const row = element('values').insertRow(0);
  row.insertCell().textContent = new Date(time * 1000).toLocaleTimeString();
  row.insertCell().textContent = amount;
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
    ctx.fillText(threshold.name + ' ' + threshold.amount, bbox.left + 6 * devicePixelRatio, y - 2 * devicePixelRatio);
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
  }, points, element('chart'));
}

/** Another server may answer after a restart: with another account, other thresholds. */
async function configure() {
  const response = await fetch('api/settings');
  if (!response.ok) {
    throw new Error('HTTP ' + response.status);
  }
  const next = await response.json();
  if (next.isStandIn !== settings.isStandIn) {
    points = [[], []];
    retrievedAt = null;
    element('values').replaceChildren();
  }
  settings = next;
  element('stand-in').hidden = !settings.isStandIn;
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

function offline() {
  show('offline');
  setTimeout(start, RECONNECT_MILLIS);
}

async function start() {
  try {
    await configure();
  } catch (e) {
    offline();
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
