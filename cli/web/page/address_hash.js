// What is looked at, in the URL's hash: #q=web4&group=web42&order=name&span=86400. A link shows
// to a colleague what one sees oneself. Pure but for the two functions at the end.

const kKeys = ['q', 'group', 'order', 'span'];

export function parseHash(hash) {
  const read = new URLSearchParams(hash.replace(/^#/, ''));
  const known = kKeys.filter((key) => read.has(key));
  return Object.fromEntries(known.map((key) => [key, read.get(key)]));
}

export function formatHash(state) {
  const written = new URLSearchParams();
  for (const key of kKeys) {
    if (state[key]) written.set(key, state[key]);
  }
  return written.toString();
}

export function readHash() {
  return parseHash(location.hash);
}

// Without a step in the browser's history, which each typed letter would be.
export function noteInHash(changes) {
  const hash = formatHash({...readHash(), ...changes});
  history.replaceState(null, '', hash ? `#${hash}` : location.pathname);
}
