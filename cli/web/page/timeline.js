// Sweeps and incidents over time: how long sweeps took, how fast they asked, what was lost, and
// above them one bar an incident. Dragging over it zooms in; a double click shows all of it.

import uPlot from './uplot.js';
import {byId, el, replace, setText} from './dom.js';
import {getJson, getPages} from './api.js';
import {intoLanes} from './incident_lanes.js';
import {themeColours} from './states.js';
import {clock, day, duration, percent, rate} from './words.js';

const kPoints = 600;
const kLane_px = 11;
const kLanesMax = 4;
const kSoon_ms = 500;
const kRefresh_ms = 15000;  // or as long as a point of the picture lasts

const kCharts = [
  {id: 'duration', title: 'sweep took', format: duration, of: (sweep) => sweep.duration_s},
  {id: 'rate', title: 'rate', format: rate, of: (sweep) => sweep.rate_pps},
  {id: 'loss', title: 'loss', format: percent, of: (sweep) => sweep.loss},
];

// The browser's own words for times would be of twelve hours.
function timeTicks(_, ticks, __, ___, step_s) {
  return ticks.map((tick) => {
    const time = new Date(tick * 1000);
    return step_s >= 86400 ? day(time).slice(5) : clock(time).slice(0, 5);
  });
}

async function loadSweeps(since_s) {
  const {points} = await getJson(`api/v1/sweeps/points?since_s=${since_s}&limit=${kPoints}`);
  return points;
}

export class Timeline {
  constructor(fleet, open) {
    this.open = open;
    this.span_s = 86400;
    this.plots = [];
    this.bars = [];
    this.zoomed = null;  // [from, to] in seconds
    fleet.on('status', () => this.refresh());
    fleet.on('incident', () => this.refresh(true));
    new ResizeObserver(() => this.build()).observe(byId('plots'));
  }

  setSpan(span_s) {
    this.span_s = span_s;
    this.zoomed = null;
    this.load();
  }

  // New sweeps come every few seconds; the picture of a day need not.
  refresh(now = false) {
    const rest = Math.max(kRefresh_ms, 1000 * this.span_s / kPoints);
    const due = (this.loadedAt ?? 0) + (now ? kSoon_ms : rest);
    if (this.dueAt && this.dueAt <= due) return;  // a later wish does not put off an earlier one
    this.dueAt = due;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.load(), Math.max(0, due - Date.now()));
  }

  async load() {
    this.loadedAt = Date.now();
    this.dueAt = null;
    clearTimeout(this.waiting);
    const {span_s} = this;
    try {
      const [sweeps, incidents] = await Promise.all([
        loadSweeps(span_s),
        getPages('api/v1/incidents', 'incidents', {since_s: span_s}, 1000)]);
      if (span_s !== this.span_s) return;
      this.sweeps = sweeps;
      this.incidents = incidents.list;
      this.build();
    } catch (error) {
      setText(byId('timeline-remark'), error.message);
    }
  }

  range() {
    const now = Date.now() / 1000;
    return this.zoomed ?? [now - this.span_s, now];
  }

  build() {
    if (!this.sweeps) return;
    const width = byId('plots').clientWidth;
    if (width === 0) return;
    for (const plot of this.plots) plot.destroy();
    const colours = themeColours();
    const times = this.sweeps.map((sweep) => Date.parse(sweep.started_at) / 1000);
    this.plots = kCharts.map((chart, at) => this.plot(chart, times, {
      width, colours, isLast: at === kCharts.length - 1}));
    this.placeBars();
    setText(byId('timeline-remark'), this.sweeps.length === 0 ? 'No sweep in this time yet.' : '');
  }

  plot(chart, times, {width, colours, isLast}) {
    const axis = {stroke: colours.faint, grid: {stroke: colours.line, width: 1},
                  ticks: {show: false}, font: '11px system-ui, sans-serif'};
    const values = this.sweeps.map((sweep) => chart.of(sweep) ?? null);
    const most = values.reduce((a, b) => Math.max(a, b ?? 0), 0);
    const options = {
      width, height: isLast ? 82 : 60, legend: {show: false}, padding: [17, 12, 4, 0],
      cursor: {sync: {key: 'sweeps'}, drag: {x: true, y: false, setScale: false}, y: false},
      scales: {x: {time: true, range: () => this.range()},
               y: {range: () => [0, most || 1]}},
      axes: [{...axis, show: isLast, size: 22, values: timeTicks},
             {...axis, size: 58, splits: (_, __, low, high) => [low, high],
              values: () => ['', chart.format(most)]}],
      series: [{}, {stroke: colours.accent, width: 1.5, fill: `${colours.accent}22`,
                    points: {show: times.length < 60, size: 4}, spanGaps: false}],
      hooks: {setSelect: [(plot) => this.zoomTo(plot)],
              setCursor: [(plot) => this.tell(plot)],
              ready: [(plot) => plot.over.addEventListener('dblclick', () => this.zoomOut())]},
    };
    const place = byId(`plot-${chart.id}`);
    place.replaceChildren();
    return new uPlot(options, [times, values], place);
  }

  zoomTo(plot) {
    const {left, width} = plot.select;
    if (width < 4) return;
    this.zoomed = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    this.build();
  }

  zoomOut() {
    this.zoomed = null;
    this.build();
  }

  // The sweep under the pointer, in words; of the last chart told, which all show the same.
  tell(plot) {
    const at = plot.cursor.idx;
    const sweep = at === null || at === undefined ? null : this.sweeps[at];
    if (!sweep) return setText(byId('timeline-at'), '');
    const time = new Date(sweep.started_at);
    const {loss} = sweep;
    setText(byId('timeline-at'), `${day(time)} ${clock(time)}: ${duration(sweep.duration_s)}, ` +
      `${rate(sweep.rate_pps)}, ${loss === null ? '' : `loss ${percent(loss)}, `}` +
      `${sweep.missing} missing, ${sweep.unknown} unknown`);
  }

  placeBars() {
    const [from, to] = this.range();
    const {left, width} = this.plots[0].bbox;
    const ratio = uPlot.pxRatio;
    const bars = intoLanes(this.incidents, Date.now() / 1000)
      .filter((bar) => bar.to >= from && bar.from <= to);
    const lanes = Math.min(kLanesMax, Math.max(1, ...bars.map((bar) => bar.lane + 1)));
    const place = byId('incident-bars');
    place.style.height = `${lanes * kLane_px + 4}px`;
    replace(place, bars.map((bar) => {
      const x = (at) => left / ratio + (Math.min(to, Math.max(from, at)) - from) / (to - from) *
        width / ratio;
      return this.bar(bar, x(bar.from), x(bar.to), Math.min(bar.lane, kLanesMax - 1));
    }));
  }

  bar({incident}, from, to, lane) {
    const made = el('button', {
      type: 'button', class: `incident-bar is-${incident.ended_at ? 'over' : 'open'}`,
      title: `${incident.subject}: ${incident.sentence}`,
      'aria-label': `Incident ${incident.subject}: ${incident.sentence}`,
      onclick: () => incident.scope === 'group' && this.open(incident.subject),
    });
    made.style.left = `${from}px`;
    made.style.width = `${Math.max(4, to - from)}px`;
    made.style.top = `${lane * kLane_px}px`;
    return made;
  }
}
