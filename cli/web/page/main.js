// Puts the page together. Who reads the page's code starts here.
//
//   Live --(events)--> Fleet --> FleetMap, Headline, Vantage, Troubles, Panel, Timeline, ...
//   search box, legend, hash --> Filtering --> FleetMap, Troubles, Legend

import {Actions} from './actions.js';
import {noteInHash, readHash} from './address_hash.js';
import {byId, setText} from './dom.js';
import {Filtering} from './filtering.js';
import {Fleet} from './fleet.js';
import {Headline} from './headline.js';
import {FailedDependencies, RecentIncidents, Silences} from './incident_list.js';
import {Legend} from './legend.js';
import {Live} from './live.js';
import {FleetMap} from './map.js';
import {MapInput} from './map_input.js';
import {Panel} from './panel.js';
import {Targets} from './targets.js';
import {followTheme} from './theme.js';
import {Tip} from './tip.js';
import {Troubles} from './troubles.js';
import {Vantage} from './vantage.js';

const fleet = new Fleet();
const filtering = new Filtering(fleet);
const targets = new Targets(fleet);
const actions = new Actions(fleet);
const headline = new Headline(fleet);
const map = new FleetMap(byId('map'), fleet, filtering, () => tip.follow());
const tip = new Tip(map, targets);
const panel = new Panel(fleet, targets, actions, (name) => {
  map.select(name);
  noteInHash({group: name});
});
const open = (name) => panel.open(name);
const pointAt = (found, byKeyboard) => tip.point(found, byKeyboard);
const input = new MapInput(map, {pointAt, open});
new Vantage(fleet, () => panel.close());
new Troubles(fleet, filtering, {open, hint: (name) => map.hint(name)});
new FailedDependencies(fleet);
new RecentIncidents(fleet, open);
new Silences(fleet, (silence) => actions.endSilence(silence));
new Legend(fleet, filtering, (text) => setFilter(text));

// The map comes first; what draws months of sweeps may come a moment later.
let timeline = null;
async function startTimeline() {
  const {Timeline} = await import('./timeline.js');
  timeline = new Timeline(fleet, open);
  timeline.setSpan(spanShown());
}

// A hash may name a span that the list has not.
function spanShown() {
  return Number(byId('span').value) || 86400;
}

function setFilter(text) {
  byId('search').value = text;
  filtering.set(text);
  noteInHash({q: text});
}

function followHash() {
  const {q = '', group, order = 'trouble', span = '86400'} = readHash();
  byId('search').value = q;
  filtering.set(q);
  byId('order').value = order;
  map.setOrder(order);
  byId('span').value = span;
  timeline?.setSpan(spanShown());
  if (group) panel.open(group);
  else panel.close();
}

byId('search').addEventListener('input', (event) => setFilter(event.target.value));
byId('search').addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  setFilter('');
  byId('map').focus();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.closest('input, textarea, dialog')) return;
  event.preventDefault();
  byId('search').select();
});
filtering.on('change', () => setText(byId('search-summary'), filtering.summary()));
byId('order').addEventListener('change', (event) => {
  map.setOrder(event.target.value);
  noteInHash({order: event.target.value === 'trouble' ? '' : event.target.value});
});
byId('span').addEventListener('change', (event) => {
  timeline?.setSpan(Number(event.target.value));
  noteInHash({span: event.target.value});
});
byId('zoom-in').addEventListener('click', () => input.zoom(1.6));
byId('zoom-out').addEventListener('click', () => input.zoom(1 / 1.6));
byId('zoom-fit').addEventListener('click', () => input.fit());
// Of ours, and not of the link to a heading.
window.addEventListener('hashchange', () => {
  if (location.hash === '' || Object.keys(readHash()).length > 0) followHash();
});
followTheme(byId('theme'), () => {
  map.recolour();
  timeline?.build();
});

// A link to a group opens it once the fleet is known.
fleet.addEventListener('groups', followHash, {once: true});
fleet.addEventListener('status', () => requestAnimationFrame(startTimeline), {once: true});
fleet.on('status', () => { document.documentElement.classList.add('is-loaded'); });
new Live(fleet, (lostAt) => headline.setLost(lostAt)).start();
