// Numbers, times and lists as a person reads them. Pure.

const kCount = new Intl.NumberFormat('en-US');

export function count(n) {
  return kCount.format(n);
}

export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

// 0.4 s, 12 s, 4 min, 3 h, 12 d; whole seconds where a whole number is given
export function duration(seconds) {
  if (seconds < 10 && !Number.isInteger(seconds)) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

export function ago(date, now = new Date()) {
  const seconds = (now - date) / 1000;
  return seconds < 2 ? 'just now' : `${duration(Math.round(seconds))} ago`;
}

const two = (n) => String(n).padStart(2, '0');

export function clock(date) {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function day(date) {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

// The day only where it is another than today.
export function moment(date, now = new Date()) {
  return day(date) === day(now) ? clock(date) : `${day(date)} ${clock(date)}`;
}

export function percent(share) {
  if (share === 0) return '0 %';
  if (share < 0.001) return '< 0.1 %';
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

export function milliseconds(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  return `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export function rate(pps) {
  return pps >= 10000 ? `${Math.round(pps / 1000)}k/s` : `${count(Math.round(pps))}/s`;
}

// ["a", "b", "c"] and 2 -> "a, b and 1 more"
export function shortList(items, most) {
  if (items.length <= most) return items.join(', ');
  return `${items.slice(0, most).join(', ')} and ${count(items.length - most)} more`;
}

// ["syn:timeout", "syn:timeout", "connect:timeout"] -> "syn:timeout ×2, connect:timeout"
export function evidenceText(evidence) {
  const runs = [];
  for (const word of evidence) {
    const last = runs.at(-1);
    if (last && last.word === word) last.times += 1;
    else runs.push({word, times: 1});
  }
  return runs.map((run) => (run.times > 1 ? `${run.word} ×${run.times}` : run.word)).join(', ');
}
