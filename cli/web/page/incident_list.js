// Incidents and silences as lists: the side column's, and a group's own.

import {byId, el, replace, replaceIfOther, setText} from './dom.js';
import {getPages} from './api.js';
import {kTroubleWords} from './states.js';
import {duration, moment, plural} from './words.js';

const kDay_s = 86400;
const kShown = 30;
const kAgain_ms = 600000;

function lasted({started_at, ended_at}) {
  const start = new Date(started_at);
  if (!ended_at) return `since ${moment(start)}`;
  const end = new Date(ended_at);
  return `${moment(start)} to ${moment(end)}, ${duration((end - start) / 1000)}`;
}

export function incidentItem(incident, open) {
  const subject = open && incident.scope === 'group'
    ? el('button', {type: 'button', class: 'link', onclick: () => open(incident.subject)},
         incident.subject)
    : el('strong', {}, incident.subject);
  return el('li', {class: incident.ended_at ? 'incident is-over' : 'incident'},
    el('p', {}, subject, ' ',
       el('span', {class: `badge is-${incident.ended_at ? 'over' : incident.now}`},
          incident.ended_at ? `over, was ${kTroubleWords[incident.worst]}`
            : kTroubleWords[incident.now]),
       incident.flapping ? el('span', {class: 'badge is-quiet'}, 'flapping') : null),
    el('p', {}, incident.sentence),
    el('p', {class: 'when'}, lasted(incident),
       incident.verified_by.length > 0 ? `; verified by ${incident.verified_by.join(', ')}` : ''));
}

// What the watch itself needs and that fails: no group in the list of troubles stands for it.
export class FailedDependencies {
  constructor(fleet) {
    fleet.on('status', () => this.show(fleet.status.incidents));
  }

  show(incidents) {
    const failed = incidents.filter(({scope}) => scope === 'dependency');
    byId('dependencies').hidden = failed.length === 0;
    replaceIfOther(byId('dependencies-list'), failed, (incident) => incidentItem(incident, null));
  }
}

// Those that ended within a day.
export class RecentIncidents {
  constructor(fleet, open) {
    this.open = open;
    fleet.on('groups', () => this.load());
    fleet.on('incident', () => this.load());
    setInterval(() => this.load(), kAgain_ms);  // a day goes by, too
  }

  async load() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.fetch(), 200);
  }

  async fetch() {
    try {
      const {list} = await getPages('api/v1/incidents', 'incidents', {since_s: kDay_s}, kShown);
      const over = list.filter((incident) => incident.ended_at).slice(0, kShown);
      byId('recent').hidden = over.length === 0;
      replaceIfOther(byId('recent-list'), over, (incident) => incidentItem(incident, this.open));
    } catch (error) {
      byId('recent').hidden = false;
      byId('recent-list').dataset.shown = '';
      replace(byId('recent-list'), el('li', {}, error.message));
    }
  }
}

function whom({groups, labels}) {
  return [...groups, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)].join(' ');
}

export class Silences {
  // end(silence): asks the watch to end it.
  constructor(fleet, end) {
    this.end = end;
    fleet.on('silences', () => this.show(fleet.silences));
  }

  show(silences) {
    byId('silences').hidden = silences.length === 0;
    setText(byId('silences-title'), plural(silences.length, 'silence'));
    replaceIfOther(byId('silences-list'), silences, (silence) => this.item(silence));
  }

  item(silence) {
    const until = new Date(silence.ends_at);
    const begun = silence.active ? '' : `begins ${moment(new Date(silence.starts_at))}, `;
    return el('li', {'data-silence': silence.id},
      el('p', {}, el('strong', {}, whom(silence)), ` ${begun}until ${moment(until)}`),
      el('p', {class: 'when'}, `${silence.author}: ${silence.reason}`),
      el('button', {type: 'button', onclick: () => this.end(silence)}, 'End it'));
  }
}
