// The one sentence, the mark beside it, the tab's title, and the banner when the watch is gone.

import {byId, setText} from './dom.js';
import {isNotUp} from './states.js';
import {ago, clock, moment, plural} from './words.js';

const kMarks = {well: '✓', trouble: '!', quiet: '–', doubt: '?', lost: '?', loading: '…'};
// The sentence comes a moment after the groups that it is about.
const kBreath_ms = 1000;
const kMarkWords = {
  well: 'All is well', trouble: 'Trouble', quiet: 'Silenced trouble only',
  doubt: 'This vantage cannot tell', lost: 'Not connected', loading: 'Loading',
};

// What the mark shows; never "well" where we cannot know.
export function moodOf({status, notUp, lostAt}) {
  if (lostAt !== null) return 'lost';
  if (!status) return 'loading';
  if (notUp.some((group) => !group.silenced)) return 'trouble';
  if (status.vantage && !status.vantage.healthy) return 'doubt';
  if (!status.last_sweep) return 'loading';
  return notUp.length > 0 ? 'quiet' : 'well';
}

export class Headline {
  constructor(fleet) {
    this.fleet = fleet;
    this.lostAt = null;
    fleet.on('status', () => this.show());
    fleet.on('groups', () => this.show());
    setInterval(() => this.age(), 1000);
  }

  setLost(lostAt) {
    this.lostAt = lostAt;
    byId('banner').hidden = lostAt === null;
    this.show();
  }

  show() {
    const {status} = this.fleet;
    const notUp = this.fleet.groups.filter(isNotUp);
    const mood = moodOf({status, notUp, lostAt: this.lostAt});
    document.documentElement.dataset.mood = mood;
    setText(byId('mark'), kMarks[mood]);
    byId('mark').setAttribute('aria-label', kMarkWords[mood]);
    const icon = ['well', 'trouble'].includes(mood) ? mood : 'doubt';
    byId('icon').href = `/assets/icon-${icon}.svg`;
    if (status) setText(byId('sentence'), this.sentence(status));
    this.speak(mood, notUp);
    const place = status ? [status.site, status.vantage?.name].filter(Boolean).join(' / ') : '';
    setText(byId('place'), place);
    const brief = {well: 'all up', lost: 'not connected', doubt: 'cannot tell',
                   trouble: plural(notUp.length, 'group') + ' not up', quiet: 'silenced',
                   loading: '…'}[mood];
    document.title = `${kMarks[mood]} ${brief} · Rollcall${place ? ` ${place}` : ''}`;
    this.age();
  }

  sentence(status) {
    const told = status.sentence ?? '';
    return this.lostAt === null ? told : `At ${clock(this.lostAt)}: ${told}`;
  }

  // To a screen reader only news: "4 minutes ago" becomes five without any.
  speak(mood, notUp) {
    const news = [mood, ...notUp.map((group) => group.group + group.trouble)].join(' ');
    if (news === this.spoken || mood === 'loading') return;
    this.spoken = news;
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      setText(byId('spoken'), `${kMarkWords[mood]}. ${byId('sentence').textContent}`);
    }, kBreath_ms);
  }

  // What only time changes.
  age() {
    const {status} = this.fleet;
    if (this.lostAt !== null) {
      setText(byId('banner-text'), `Not connected since ${moment(this.lostAt)} ` +
        `(${ago(this.lostAt)}). What is shown here was true then.`);
    }
    const sweep = status?.last_sweep;
    if (!sweep) return setText(byId('swept'), status ? 'no sweep yet' : '');
    const ended = new Date(Date.parse(sweep.started_at) + sweep.duration_s * 1000);
    setText(byId('swept'), (status.sweeping ? 'sweeping now, last ended ' : 'swept ') + ago(ended));
  }
}
