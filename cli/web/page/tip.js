// The small card beside the pointer or the cell that has the keyboard: address, verdict,
// evidence, since when, round-trip time. What only the watch knows is asked for after a short
// rest.

import {byId, el, replace, setText} from './dom.js';
import {kStates, kStateWords, kTroubleWords, standingOf} from './states.js';
import {ago, count, evidenceText, milliseconds, moment} from './words.js';

const kRest_ms = 120;

function groupLine(group) {
  return `${group.group} · ${kTroubleWords[standingOf(group)]} · ` +
    `${count(group.answering)} of ${count(group.expected)} answer`;
}

export class Tip {
  constructor(map, targets) {
    this.map = map;
    this.targets = targets;
    this.card = byId('tip');
    this.spoken = byId('map-spoken');
    this.found = null;
    map.fleet.on('cells', () => this.point(this.found, this.byKeyboard));
  }

  point(found, byKeyboard) {
    this.found = found;
    this.byKeyboard = byKeyboard;
    clearTimeout(this.resting);
    this.card.hidden = found === null;
    if (found === null) return;
    this.show();
    if (found.row < 0 || this.targets.known(found.group, found.row)) return;
    this.resting = setTimeout(() => this.ask(found), kRest_ms);
  }

  // Tiles have moved: the keyboard's cell goes with its tile, the pointer's is another one now.
  follow() {
    const place = this.found && this.byKeyboard ? this.map.placeOf(this.found.group.group) : null;
    const found = place && this.map.described({...place, cell: Math.max(0, this.found.cell)});
    this.map.point(found);
    this.point(found, this.byKeyboard);
  }

  async ask(found) {
    try {
      await this.targets.of(found.group.group);
    } catch {
      return;  // the banner says that the watch does not answer
    }
    if (this.found === found) this.show();
  }

  show() {
    const {group, row} = this.found;
    const target = row < 0 ? null : this.targets.known(group, row);
    const state = kStates[this.map.fleet.cells[row]];
    const lines = [];
    if (row >= 0) {
      lines.push(el('p', {class: 'tip-head'},
                    el('span', {class: `swatch is-${state}`}),
                    el('strong', {}, target ? `${target.address}:${target.port}` : '…'),
                    ` ${state}`));
      lines.push(el('p', {class: 'tip-words'}, kStateWords[state]));
    }
    if (target) lines.push(...this.facts(target));
    lines.push(el('p', {class: 'tip-group'}, groupLine(group)));
    replace(this.card, ...lines);
    this.place();
    if (this.byKeyboard && (target || row < 0)) this.speak(group, target, state);
  }

  facts(target) {
    const lines = [];
    if (target.since) {
      const since = new Date(target.since);
      lines.push(el('p', {}, `since ${moment(since)} (${ago(since)})`));
    }
    if (target.evidence.length > 0) lines.push(el('p', {}, evidenceText(target.evidence)));
    if (target.rtt_ms !== null) {
      lines.push(el('p', {}, `round trip ${milliseconds(target.rtt_ms)}`));
    }
    return lines;
  }

  speak(group, target, state) {
    setText(this.spoken, target
      ? `${target.address} port ${target.port}: ${state}. ${groupLine(group)}` : groupLine(group));
  }

  // Beside the cell, inside of the map.
  place() {
    const at = this.map.positionOf(this.found);
    const {width, height} = this.map.size;
    const {offsetWidth, offsetHeight} = this.card;
    const right = at.x + 16 + offsetWidth < width;
    const left = right ? at.x + 16 : Math.max(4, at.x - 16 - offsetWidth);
    const top = Math.max(4, Math.min(height - offsetHeight - 4, at.y + 12));
    this.card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}
