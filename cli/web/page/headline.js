// The one sentence, the mark beside it, the tab's title, and the banner when the watch is gone.

import {byId, setText} from './dom.js';
import {isNotUp, standingOf} from './states.js';
import {ago, clock, moment, plural} from './words.js';

const kMarks = {well: '✓', trouble: '!', suspect: '!', waiting: '!', impaired: '!', quiet: '–', doubt: '?', lost: '?',
                loading: '…'};
// The sentence comes a moment after the groups that it is about.
const kBreath_ms = 1000;
const kMarkWords = {
  well: 'All is well', trouble: 'Trouble', suspect: 'Something is asked once more',
  waiting: 'Listed addresses have not answered yet',
  impaired: 'Something that the watch needs fails',
  quiet: 'Silenced trouble only',
  doubt: 'This vantage cannot tell', lost: 'Not connected', loading: 'Loading',
};

// What the mark shows; never "well" where we cannot know.
export function moodOf({status, notUp, lostAt}) {
  if (lostAt !== null) return 'lost';
  if (!status) return 'loading';
  const loud = notUp.filter((group) => !group.silenced);
  const isTrouble = (group) => !['suspect', 'never-answered'].includes(standingOf(group));
  if (loud.some(isTrouble)) return 'trouble';
  if (!status.last_sweep) return status.sweep_problem ? 'doubt' : 'loading';
  if (status.blind || !status.ready) return 'doubt';
  if (loud.some((group) => standingOf(group) === 'suspect')) return 'suspect';
  if (loud.length > 0) return 'waiting';
  // The watch asks or tells less than the reader believes.
  if (status.incidents.some(({scope}) => scope === 'dependency')) return 'impaired';
  return notUp.length > 0 ? 'quiet' : 'well';
}

export class Headline {
  constructor(fleet) {
    this.fleet = fleet;
    this.lostAt = null;
    this.asleepSince = null;
    fleet.on('status', () => this.show());
    fleet.on('groups', () => this.show());
    setInterval(() => this.age(), 1000);
  }

  // As Live tells it.
  setLost(told) {
    // No green that may be old: neither in the tab, nor for the moment after it is looked at again.
    this.asleepSince = told === 'asleep' ? this.asleepSince ?? new Date() : null;
    if (!this.asleepSince) this.lostAt = told;
    byId('banner').hidden = this.lostAt === null;
    if (this.lostAt) setText(byId('banner-text'), `Not connected since ${moment(this.lostAt)}.`);
    this.show();
  }

  show() {
    const {status} = this.fleet;
    const notUp = this.fleet.groups.filter(isNotUp);
    const mood = this.asleepSince ? 'loading' : moodOf({status, notUp, lostAt: this.lostAt});
    document.documentElement.dataset.mood = mood;
    setText(byId('mark'), kMarks[mood]);
    byId('mark').setAttribute('aria-label', kMarkWords[mood]);
    const icon = ['well', 'trouble'].includes(mood) ? mood : 'doubt';
    byId('icon').href = `assets/icon-${icon}.svg`;
    if (status) setText(byId('sentence'), this.sentence(status));
    this.speak(mood, notUp);
    const place = status ? [status.site, status.vantage?.name].filter(Boolean).join(' / ') : '';
    setText(byId('place'), place);
    const brief = {well: 'all up', lost: 'not connected', doubt: 'cannot tell', quiet: 'silenced',
                   trouble: `${plural(notUp.length, 'group')} not up`, suspect: 'suspects',
                   waiting: 'not all answer yet', impaired: 'the watch needs help',
                   loading: this.asleepSince ? 'not followed' : '…'}[mood];
    document.title = `${kMarks[mood]} ${brief} · Rollcall${place ? ` ${place}` : ''}`;
    this.age();
  }

  sentence(status) {
    const told = status.sentence ?? '';
    const knownAt = this.lostAt ?? this.asleepSince;
    if (knownAt !== null) return `At ${clock(knownAt)}: ${told}`;
    const suspects = this.fleet.groups.reduce((sum, group) => sum + group.suspects, 0);
    const more = suspects > 0 ? `; ${plural(suspects, 'target')} suspect` : '';
    return told.replace(/^all /, 'All ') + more;
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
      setText(byId('banner-age'), `${ago(this.lostAt)}. What is shown here was true then.`);
    }
    const sweep = status?.last_sweep;
    if (!sweep) return setText(byId('swept'), status ? 'no sweep yet' : '');
    const ended = new Date(Date.parse(sweep.started_at) + sweep.duration_s * 1000);
    setText(byId('swept'), (status.sweeping ? 'sweeping now, last ended ' : 'swept ') + ago(ended));
  }
}
