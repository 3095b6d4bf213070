// The one search box: words of a group's name, label=value, is:WORD for verdicts and states, and
// an address or a prefix. All of them must hold. Pure.

import {kStates, kTroubles, standingOf} from './states.js';

const kGroupWords = [...kTroubles, 'settling', 'silenced', 'flapping', 'trouble'];
const kV4 = /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/;
const kV6 = /^[0-9a-f]*:[0-9a-f:.]*(\/\d{1,3})?$/i;

export const kNoFilter = {words: [], labels: [], states: [], standings: [], prefix: null,
                          unknown: [], isEmpty: true};

// 'a "b c" d' -> ['a', 'b c', 'd']
function split(text) {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]);
}

export function parseFilter(text) {
  const filter = {words: [], labels: [], states: [], standings: [], prefix: null, unknown: []};
  // As names of the inventory are normalised.
  const normal = text.normalize('NFC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  for (const token of split(normal)) {
    const equals = token.indexOf('=');
    if (/^is:/i.test(token)) {
      const word = token.slice(3).toLowerCase();
      if (kStates.includes(word)) filter.states.push(word);
      else if (kGroupWords.includes(word)) filter.standings.push(word);
      else filter.unknown.push(token);
    } else if (kV4.test(token) || kV6.test(token)) {
      filter.prefix = token;
    } else if (equals > 0) {
      filter.labels.push([token.slice(0, equals), token.slice(equals + 1)]);
    } else {
      filter.words.push(token.toLowerCase());
    }
  }
  filter.isEmpty = text.trim() === '';
  return filter;
}

function stands(group, word) {
  if (word === 'silenced' || word === 'flapping') return Boolean(group[word]);
  if (word === 'trouble') return group.trouble !== null;
  return standingOf(group) === word;
}

function hasState(group, cells, codes) {
  for (let row = group.first; row < group.first + group.targets; ++row) {
    if (codes.includes(cells[row])) return true;
  }
  return false;
}

// `prefixGroups`: names of the groups with an address in the prefix; null while nobody has said.
export function matchesGroup(filter, group, cells, prefixGroups) {
  const name = group.group.toLowerCase();
  if (!filter.words.every((word) => name.includes(word))) return false;
  if (!filter.labels.every(([key, value]) => group.labels?.[key] === value)) return false;
  if (filter.standings.length > 0 &&
      !filter.standings.some((word) => stands(group, word))) return false;
  if (filter.prefix !== null && prefixGroups && !prefixGroups.has(group.group)) return false;
  return filter.states.length === 0 || hasState(group, cells, stateCodes(filter));
}

export function stateCodes(filter) {
  return filter.states.map((state) => kStates.indexOf(state));
}

// `prefixRows`: exactly the rows in the prefix; null: not known, all of a matching group count.
export function matchesCell(filter, row, state, prefixRows) {
  if (filter.prefix !== null && prefixRows && !prefixRows.has(row)) return false;
  return filter.states.length === 0 || filter.states.includes(kStates[state]);
}

// Adds or removes one token, as the legend does.
export function toggledToken(text, token) {
  const tokens = text.split(/\s+/).filter(Boolean);
  const without = tokens.filter((each) => each !== token);
  return (without.length < tokens.length ? without : [...tokens, token]).join(' ');
}
