// Keeps the fleet as the watch has it: loads everything once, then follows the event stream.
//
// Loading and the stream begin together, and events wait meanwhile. What was loaded may be older
// than the stream's first picture: then it is loaded once more, so that nothing falls between. A
// stream that breaks is opened again and everything is loaded anew (mostly answered by 304). A
// watch that vanished without a word is found out by asking for its status, and a stream that has
// died in silence by a status that is newer than all that it told. A tab that nobody sees
// holds no stream: browsers open only six connections to a host.

import {getJson, getMap, getPages} from './api.js';

const kRetry_ms = 2000;
const kLook_ms = 10000;
const kSoon_ms = 100;
const kStuck_ms = 5000;  // longer than any event is on its way

export class Live {
  // told(null): connected; told(Date): not since; told('asleep'): not followed, as nobody looks.
  constructor(fleet, told) {
    this.fleet = fleet;
    this.told = told;
    this.lostAt = null;
    this.heardAt = new Date();
    this.waiting = null;  // events, while loading
    this.first = 0;       // version of the stream's first picture
    this.loaded = 0;      // version of what was loaded last
    this.newest = 0;      // version of the newest picture that the stream told of
    this.stuckAt = null;  // that, when a status was newer
  }

  start() {
    this.connect();
    setInterval(() => this.look(), kLook_ms);
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.sleep();
      else this.connect();
    });
  }

  sleep() {
    this.close();
    this.told('asleep');
  }

  close() {
    this.source?.close();
    this.source = null;
    this.waiting = null;
    this.loading = (this.loading ?? 0) + 1;  // what is under way is for nobody
    clearTimeout(this.retrying);
    clearTimeout(this.greeting);
  }

  connect() {
    this.close();
    this.isGreeted = false;
    this.first = 0;
    this.stuckAt = null;
    this.greeting = setTimeout(() => this.lose(), kLook_ms);
    this.source = new EventSource('api/v1/events');
    this.source.addEventListener('error', () => this.lose());
    this.source.addEventListener('hello', (event) => this.greet(JSON.parse(event.data)));
    this.source.addEventListener('reset', () => {
      this.waiting = [];  // what came before is about other rows
      this.load();
    });
    this.load();
    for (const type of ['view', 'cells', 'groups', 'incident', 'silences', 'notes']) {
      this.source.addEventListener(type, (event) => this.take(type, JSON.parse(event.data)));
    }
  }

  // What was loaded before the stream began may be older than its first picture.
  greet({version}) {
    this.hear();
    clearTimeout(this.greeting);
    this.isGreeted = true;
    this.first = this.newest = version;
    if (this.waiting === null && this.loaded < version) this.load();
    this.recover();
  }

  // Found again only with both: a stream, and a picture no older than it.
  recover() {
    if (!this.isGreeted || this.waiting !== null) return;
    this.lostAt = null;
    this.told(null);
  }

  // Once more is enough: what is not newer then is a copy that the watch said still holds (304).
  async load(isSecond = false) {
    const mine = this.loading += 1;
    this.waiting ??= [];
    let loaded;
    try {
      const [groups, map, status] = await Promise.all([
        getPages('api/v1/groups', 'groups'), getMap(), getJson('api/v1/status')]);
      const version = Math.min(groups.version, map.version);
      loaded = {groups: groups.list, cells: map.cells, version, status};
    } catch {
      if (mine === this.loading) this.lose();
      return;
    }
    if (mine !== this.loading || this.waiting === null) return;  // another one began since
    if (loaded.version < this.first && !isSecond) return this.load(true);
    const events = this.waiting;
    this.waiting = null;
    this.loaded = loaded.version;
    this.fleet.adopt(loaded);
    this.hear();
    this.recover();
    for (const [type, data] of events) this.apply(type, data);
  }

  take(type, data) {
    this.hear();
    if (type === 'view') this.newest = data.version;
    if (this.waiting) this.waiting.push([type, data]);
    else this.apply(type, data);
  }

  apply(type, data) {
    const {fleet} = this;
    if (type === 'cells') fleet.changeCells(data);
    else if (type === 'view') fleet.adoptStatus({...fleet.status, ...data});
    else if (type === 'groups' && data.version > this.loaded) fleet.changeGroups(data.groups);
    else if (type === 'incident') fleet.tell('incident', data);
    else if (type === 'notes') fleet.tell('note', data.group);
    if (type !== 'cells' && type !== 'view') this.lookSoon();
  }

  // Incidents, silences and ranges are in the status; several events come at once.
  lookSoon() {
    clearTimeout(this.looking);
    this.looking = setTimeout(() => this.look(), kSoon_ms);
  }

  // The status as a whole: one truth for the sentence, the incidents and the silences.
  async look() {
    if (this.lostAt !== null || this.waiting || !this.source) return;
    try {
      const status = await getJson('api/v1/status');
      this.fleet.adoptStatus(status);
      this.hear();
      // Once may be an event on its way; twice, with no word in between, is a stream without an end.
      const isBehind = this.isGreeted && status.version > this.newest;
      if (!isBehind || this.stuckAt !== this.newest) {
        this.stuckAt = isBehind ? this.newest : null;
        this.stuckSince = Date.now();
      } else if (Date.now() - this.stuckSince > kStuck_ms) {
        this.connect();
      }
    } catch {
      this.lose();
    }
  }

  hear() {
    this.heardAt = new Date();
  }

  lose() {
    this.close();
    this.told(this.lostAt ??= this.heardAt);
    this.retrying = setTimeout(() => this.retry(), kRetry_ms);
  }

  // A stream alone could hang for minutes in a connection that nobody answers; this does not.
  async retry() {
    if (document.hidden) return;
    try {
      await getJson('-/healthy');
    } catch {
      return this.lose();
    }
    this.connect();
  }
}
