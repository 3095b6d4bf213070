import assert from 'node:assert/strict';
import test from 'node:test';

import {compareTrouble, rankByName, standingOf} from '../../../cli/web/page/states.js';
import {ago, duration, evidenceText, milliseconds, percent, plural, rate, shortList}
  from '../../../cli/web/page/words.js';

test('times are as long as a person needs them', () => {
  for (const [seconds, expected] of [
    [0.04, '0.0 s'], [1.44, '1.4 s'], [3, '3 s'], [89, '89 s'], [90, '2 min'], [3600, '60 min'],
    [7200, '2 h'], [36 * 3600, '2 d'], [90 * 86400, '90 d'],
  ]) assert.equal(duration(seconds), expected);
  const now = new Date('2026-01-05T08:00:00Z');
  assert.equal(ago(new Date('2026-01-05T07:56:00Z'), now), '4 min ago');
  assert.equal(ago(new Date('2026-01-05T08:00:05Z'), now), 'just now');
});

test('numbers and lists read well', () => {
  assert.equal(plural(1, 'group'), '1 group');
  assert.equal(plural(50763, 'address', 'addresses'), '50,763 addresses');
  assert.equal(percent(0), '0 %');
  assert.equal(percent(0.0001), '< 0.1 %');
  assert.equal(percent(0.02), '2.0 %');
  assert.equal(percent(1), '100 %');
  assert.equal(milliseconds(null), '–');
  assert.equal(milliseconds(0.412), '0.41 ms');
  assert.equal(rate(18211), '18k/s');
  assert.equal(shortList(['a', 'b', 'c'], 2), 'a, b and 1 more');
  assert.equal(evidenceText(['syn:timeout', 'syn:timeout', 'connect:timeout']),
               'syn:timeout ×2, connect:timeout');
});

test('the worst comes first, and what is silenced last', () => {
  const of = (group, changes) => ({group, trouble: null, settling: false, suspects: 0, missing: 0,
                                   silenced: false, ...changes});
  const groups = [
    of('quiet', {trouble: 'down', silenced: true}), of('b', {suspects: 1}),
    of('web10', {trouble: 'partial', missing: 3}), of('web9', {trouble: 'partial', missing: 3}),
    of('more', {trouble: 'partial', missing: 9}), of('settles', {trouble: 'down', settling: true}),
    of('dead', {trouble: 'down'}), of('rebooted', {trouble: 'partial_after_reboot'}),
  ];
  rankByName(groups);
  const sorted = groups.sort(compareTrouble).map(({group}) => group);
  assert.deepEqual(sorted, ['dead', 'rebooted', 'more', 'web9', 'web10', 'settles', 'b', 'quiet']);
  assert.equal(standingOf(of('x', {})), 'up');
});
