import assert from 'node:assert/strict';
import test from 'node:test';

import {formatHash, parseHash} from '../../../cli/web/page/address_hash.js';
import {matchesCell, matchesGroup, parseFilter, toggledToken}
  from '../../../cli/web/page/filter.js';

const kCells = Uint8Array.of(1, 1, 4, 1);
const kGroup = {group: 'web42', labels: {rack: 'r7'}, first: 0, targets: 4, trouble: 'partial',
                settling: false, suspects: 0, silenced: false};

test('every kind of token is taken for what it is', () => {
  for (const [text, field, expected] of [
    ['web', 'words', ['web']],
    ['Web 42', 'words', ['web', '42']],
    ['"two words"', 'words', ['two words']],
    ['cafe\u0301', 'words', ['caf\u00e9']],
    ['\ufeffwe\u200bb\u00a042', 'words', ['web', '42']],
    ['rack=r7', 'labels', [['rack', 'r7']]],
    ['rack=', 'labels', [['rack', '']]],
    ['is:missing', 'states', ['missing']],
    ['IS:down', 'standings', ['down']],
    ['is:nonsense', 'unknown', ['is:nonsense']],
    ['198.18.7.0/24', 'prefix', '198.18.7.0/24'],
    ['198.18.7.9', 'prefix', '198.18.7.9'],
    ['2001:db8::/32', 'prefix', '2001:db8::/32'],
    ['::1', 'prefix', '::1'],
    ['198.18', 'words', ['198.18']],
    ['<script>alert(1)</script>', 'words', ['<script>alert(1)</script>']],
  ]) assert.deepEqual(parseFilter(text)[field], expected, text);
});

test('a group passes only when all of it holds', () => {
  for (const [text, expected] of [
    ['', true], ['eb4', true], ['web43', false], ['rack=r7', true], ['rack=r', false],
    ['is:partial', true], ['is:down', false], ['is:down is:partial', true], ['is:trouble', true],
    ['is:missing', true], ['is:closed', false], ['web42 rack=r7 is:missing', true],
    ['web42 rack=r8 is:missing', false], ['is:silenced', false],
  ]) assert.equal(matchesGroup(parseFilter(text), kGroup, kCells, null), expected, text);
});

test('a prefix holds once the watch has said which groups and rows are in it', () => {
  const filter = parseFilter('198.18.7.0/24');
  assert.equal(matchesGroup(filter, kGroup, kCells, null), true);
  assert.equal(matchesGroup(filter, kGroup, kCells, new Set(['web42'])), true);
  assert.equal(matchesGroup(filter, kGroup, kCells, new Set()), false);
  assert.equal(matchesCell(filter, 2, 4, new Set([2])), true);
  assert.equal(matchesCell(filter, 1, 1, new Set([2])), false);
  assert.equal(matchesCell(filter, 1, 1, null), true);
});

test('states are about cells', () => {
  const filter = parseFilter('is:missing is:closed');
  const shown = [0, 1, 2, 3, 4, 5].filter((state) => matchesCell(filter, 0, state, null));
  assert.deepEqual(shown, [2, 4]);
});

test('a token toggles and leaves the rest alone', () => {
  assert.equal(toggledToken('web', 'is:up'), 'web is:up');
  assert.equal(toggledToken('web is:up rack=r7', 'is:up'), 'web rack=r7');
});

test('what is looked at survives the URL, whatever is in it', () => {
  const state = {q: 'a=b "<x>" is:down 10.0.0.0/8', group: 'web/42 &#ü', order: 'name'};
  assert.deepEqual(parseHash(`#${formatHash(state)}`), state);
  assert.equal(formatHash({q: '', group: null}), '');
  assert.deepEqual(parseHash('#nonsense&q=1'), {q: '1'});
});
