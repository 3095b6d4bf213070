// Incidents over time, in lanes, so that none hides another: [{incident, from, to, lane}], in
// seconds.
export function intoLanes(incidents, now) {
  const ends = [];
  return incidents.map((incident) => ({
    incident, from: Date.parse(incident.started_at) / 1000,
    to: incident.ended_at ? Date.parse(incident.ended_at) / 1000 : now,
  })).sort((a, b) => a.from - b.from).map((bar) => {
    const free = ends.findIndex((end) => end <= bar.from);
    const lane = free >= 0 ? free : ends.length;
    ends[lane] = bar.to;
    return {...bar, lane};
  });
}
