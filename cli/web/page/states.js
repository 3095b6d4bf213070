// What a watch may hold of a target and of a group, with how each is ordered, named and coloured.
// Colours live in style.css; a shape goes with each, so that nothing hangs on colour alone.

// By the byte of /api/v1/map.
export const kStates = ['new', 'up', 'closed', 'suspect', 'missing', 'never-answered'];
export const kUp = 1;

export const kStateWords = {
  'new': 'not yet judged',
  'up': 'answers',
  'closed': 'bound, but its service does not listen',
  'suspect': 'failed a sweep; not yet confirmed',
  'missing': 'does not answer, confirmed',
  'never-answered': 'has never answered since it is known',
};

// Worst first: the order of tiles and of the list.
export const kTroubles = ['down', 'partial_after_reboot', 'partial', 'service_down', 'unstable',
                          'cannot_judge'];

export const kTroubleWords = {
  'down': 'down',
  'partial_after_reboot': 'partial after reboot',
  'partial': 'partial',
  'service_down': 'service down',
  'unstable': 'unstable',
  'cannot_judge': 'cannot judge',
  'failing': 'failing',
  'settling': 'settling',
  'suspect': 'suspect',
  'never-answered': 'never answered so far',
  'up': 'up',
};

// "down", ..., "settling", "suspect", "never-answered" or "up": the one word for a group.
export function standingOf(group) {
  if (group.settling) return 'settling';
  if (group.trouble) return group.trouble;
  if (group.suspects > 0) return 'suspect';
  return group.never_answered > 0 ? 'never-answered' : 'up';
}

export function isNotUp(group) {
  return standingOf(group) !== 'up';
}

const kRank = [...kTroubles, 'settling', 'suspect', 'never-answered', 'up'];
const kByName = new Intl.Collator('en', {numeric: true});

// web9 before web10. Comparing names is slow, so each group gets its rank once.
export function rankByName(groups) {
  [...groups].sort((a, b) => kByName.compare(a.group, b.group))
    .forEach((group, rank) => { group.rank = rank; });
}

export function compareNames(a, b) {
  return a.rank - b.rank;
}

// What nobody silenced, then the worst, then what lost the most.
export function compareTrouble(a, b) {
  return Number(a.silenced) - Number(b.silenced) ||
    kRank.indexOf(standingOf(a)) - kRank.indexOf(standingOf(b)) ||
    b.missing - a.missing || compareNames(a, b);
}

// {name: "rgb(...)"} of the theme that holds now.
export function themeColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    states: kStates.map((state) => read(`--state-${state}`)),
    ground: read('--map-ground'), ink: read('--ink'), faint: read('--faint'),
    line: read('--line'), mark: read('--mark'), trouble: read('--trouble'),
    accent: read('--accent'), ground_ink: read('--ground'),
  };
}
