import assert from 'node:assert/strict';
import test from 'node:test';

import {Fleet} from '../../../cli/web/page/fleet.js';
import {moodOf} from '../../../cli/web/page/headline.js';
import {intoLanes} from '../../../cli/web/page/incident_lanes.js';

globalThis.CustomEvent ??= class extends Event {  // Node 18 has none
  constructor(type, {detail}) {
    super(type);
    this.detail = detail;
  }
};

const kStatus = {incidents: [], silences: [], sweep_problem: '', ready: true, blind: false,
                 last_sweep: {conclusive: true, started_at: '2026-01-05T08:00:00Z', duration_s: 1}};

function fleet() {
  const made = new Fleet();
  made.adopt({groups: [{group: 'b', first: 3, targets: 2}, {group: 'a', first: 0, targets: 3}],
              cells: Uint8Array.of(1, 1, 1, 1, 1), version: 7, status: kStatus});
  return made;
}

test('groups are found by row and by name', () => {
  assert.deepEqual([0, 2, 3, 4].map((row) => fleet().groupOfRow(row).group), ['a', 'a', 'b', 'b']);
  assert.equal(fleet().named('b').first, 3);
  assert.equal(fleet().named('c'), null);
});

test('cells change once, in order, and only those that there are', () => {
  const made = fleet();
  const told = [];
  made.on('cells', (rows) => told.push(rows));
  made.changeCells({version: 7, changes: [[0, 4]]});  // the map had it already
  made.changeCells({version: 8, changes: [[1, 4], [2, 1], [99, 4]]});
  made.changeCells({version: 8, changes: [[2, 4]]});
  assert.deepEqual(told, [[1]]);
  assert.deepEqual([...made.cells], [1, 4, 1, 1, 1]);
});

test('nothing looks well that cannot be known', () => {
  const bad = {group: 'a', trouble: 'down', settling: false, suspects: 0, silenced: false};
  const doubtful = {...bad, trouble: null, suspects: 1};
  const blind = {...kStatus, blind: true};
  // As where no route leads to one of many: that is no news, and would hide what is.
  const partly = {...kStatus, last_sweep: {...kStatus.last_sweep, conclusive: false}};
  for (const [expected, given] of [
    ['well', {status: kStatus, notUp: [], lostAt: null}],
    ['trouble', {status: kStatus, notUp: [bad], lostAt: null}],
    ['trouble', {status: blind, notUp: [bad], lostAt: null}],
    ['quiet', {status: kStatus, notUp: [{...bad, silenced: true}], lostAt: null}],
    ['doubt', {status: blind, notUp: [], lostAt: null}],
    ['doubt', {status: blind, notUp: [{...bad, silenced: true}], lostAt: null}],
    ['doubt', {status: {...kStatus, ready: false}, notUp: [], lostAt: null}],
    ['well', {status: partly, notUp: [], lostAt: null}],
    ['doubt', {status: {...kStatus, last_sweep: null, sweep_problem: 'no route'}, notUp: [],
               lostAt: null}],
    ['suspect', {status: kStatus, notUp: [doubtful], lostAt: null}],
    ['trouble', {status: kStatus, notUp: [doubtful, bad], lostAt: null}],
    ['lost', {status: kStatus, notUp: [], lostAt: new Date()}],
    ['loading', {status: null, notUp: [], lostAt: null}],
    ['loading', {status: {...kStatus, last_sweep: null}, notUp: [], lostAt: null}],
  ]) assert.equal(moodOf(given), expected, JSON.stringify(given));
});

test('incidents at one time do not hide each other', () => {
  const at = (from, to) => ({started_at: new Date(from * 1000).toISOString(),
                             ended_at: to === null ? null : new Date(to * 1000).toISOString()});
  const bars = intoLanes([at(0, 10), at(5, null), at(10, 20), at(6, 7)], 30);
  assert.deepEqual(bars.map(({from, to, lane}) => [from, to, lane]),
                   [[0, 10, 0], [5, 30, 1], [6, 7, 2], [10, 20, 0]]);
});
