// The watch's API as promises. Paths are relative to the page, which a proxy may show below a path
// of its own. Every answer is checked for its status; problems (RFC 9457) become
// errors whose message a person can read.

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

const kPatience_ms = 10000;

async function problemOf(response) {
  const fallback = `the watch answered ${response.status} ${response.statusText}`.trim();
  try {
    const problem = await response.json();
    return problem.detail || problem.title || fallback;
  } catch {
    return fallback;
  }
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(path, {
      signal: AbortSignal.timeout(kPatience_ms), credentials: 'same-origin', ...options,
    });
  } catch {
    throw new Refused(0, 'the watch does not answer');
  }
  if (!response.ok) throw new Refused(response.status, await problemOf(response));
  return response;
}

export async function getJson(path) {
  return (await send(path)).json();
}

// {version, cells}: one byte a target, in row order.
export async function getMap() {
  const response = await send('api/v1/map');
  const cells = new Uint8Array(await response.arrayBuffer());
  return {version: Number(response.headers.get('X-Rollcall-Version')), cells};
}

function withParameters(path, parameters) {
  const query = new URLSearchParams(parameters).toString();
  return query ? `${path}?${query}` : path;
}

// Up to `most` elements of a paged list, whether there are more, and the oldest picture in it.
export async function getPages(path, key, parameters = {}, most = Infinity) {
  const list = [];
  let next = null;
  let version = Infinity;
  do {
    const page = await getJson(
      withParameters(path, next === null ? parameters : {...parameters, after: next}));
    for (const element of page[key]) list.push(element);
    version = Math.min(version, page.version);
    next = page.next ?? null;
  } while (next !== null && list.length < most);
  return {list, more: next !== null, version};
}

export function groupPath(name) {
  return `api/v1/groups/${encodeURIComponent(name)}`;
}

// Watches may share a host behind a proxy: each has its own path, and its own token.
const tokenKey = () => `rollcall-token:${location.pathname}`;

export const token = {
  get: () => sessionStorage.getItem(tokenKey()),
  set: (value) => sessionStorage.setItem(tokenKey(), value),
  forget: () => sessionStorage.removeItem(tokenKey()),
};

// X-Rollcall-Request: a form or a page of somebody else cannot send it.
export async function write(method, path, body) {
  const headers = {'X-Rollcall-Request': '1'};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  const response = await send(path, {method, headers, body: JSON.stringify(body)});
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}
