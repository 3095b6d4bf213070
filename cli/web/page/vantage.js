// This vantage's own health: what it would have to admit before anybody believes it.

import {byId, el, replace, setText} from './dom.js';
import {count, duration, milliseconds, percent, plural, rate} from './words.js';

function pathFigures({lane, rate_pps, loss, capture_drops, kernel_drops, ring_drops, rtt_ms}) {
  const drops = (capture_drops ?? 0) + (kernel_drops ?? 0) + (ring_drops ?? 0);
  return [
    ['lane', lane || '–'],
    ['rate', rate_pps ? rate(rate_pps) : '–'],
    ['loss', loss === undefined || loss === null ? '–' : percent(loss), loss > 0.01],
    ['drops', count(drops), drops > 0,
     `capture ${capture_drops ?? 0}, kernel ${kernel_drops ?? 0}, rings ${ring_drops ?? 0}`],
    ['RTT p50 / p90 / p99', [rtt_ms?.p50, rtt_ms?.p90, rtt_ms?.p99].map(milliseconds).join(' / ')],
  ];
}

function watchFigures(status) {
  const failing = status.receivers.filter((receiver) => receiver.failing);
  const sweep = status.last_sweep;
  return [
    ['sweep took', sweep ? duration(sweep.duration_s) : '–'],
    ['missed turns', count(status.missed_turns), status.missed_turns > 0],
    ['receivers', failing.length > 0 ? `${failing.length} of ${status.receivers.length} failing`
      : plural(status.receivers.length, 'receiver'), failing.length > 0,
     failing.map((each) => `${each.name}: ${each.last_failure}`).join('\n')],
    ['history waiting', plural(status.history_rows_waiting, 'row'),
     status.history_rows_waiting > 0],
  ];
}

function figure([name, value, isBad, title]) {
  return el('div', {class: isBad ? 'figure is-bad' : 'figure', title},
            el('dt', {}, name), el('dd', {}, value));
}

export class Vantage {
  // show(): the whole of it must be in sight.
  constructor(fleet, show) {
    byId('vantage-brief').addEventListener('click', () => {
      show();
      byId('vantage').scrollIntoView({block: 'nearest'});
    });
    fleet.on('status', () => this.show(fleet.status));
  }

  show(status) {
    const {vantage} = status;
    const problems = vantage?.problems ?? [];
    const healthy = vantage?.healthy ?? problems.length === 0;
    setText(byId('vantage-word'), `This vantage is ${healthy ? '' : 'not '}healthy`);
    byId('vantage').classList.toggle('is-bad', !healthy);
    byId('vantage-brief').classList.toggle('is-bad', !healthy);
    setText(byId('vantage-brief'), healthy ? 'this vantage is healthy'
      : `▲ ${plural(problems.length, 'problem')} of this vantage`);
    replace(byId('vantage-problems'), problems.map((problem) => el('li', {}, problem)));
    replace(byId('vantage-remarks'),
            (vantage?.remarks ?? []).map((remark) => el('li', {}, remark)));
    replace(byId('vantage-figures'),
            [...(vantage ? pathFigures(vantage) : []), ...watchFigures(status)].map(figure));
  }
}
