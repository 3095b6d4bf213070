#!/usr/bin/env python3
"""A watch of very many targets for a while: are its intervals kept, and what does it cost?

Against the BPF responder of the rate lab, in network namespaces. Needs root and the build. Prints the
figures, and exits with 1 where one misses its bar: every interval kept, 25 % of a core outside of the
kernel, 200 MB, and no growth of memory from the second quarter to the last.
"""

import argparse
import contextlib
import json
import math
import os
import pathlib
import signal
import sqlite3
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lab"))
from harness import BINARY, Lab, wait_until  # noqa: E402

PER_GROUP = 250
CORE_SHARE_MAX = 0.25
RSS_MB_MAX = 200
GROWTH_MB_MAX = 5  # from the second quarter to the last
DESCRIPTORS_GROWTH_MAX = 5  # one a sweep would be more
LATE_MAX = 0.5  # of an interval
LOOK_EVERY = 2     # seconds
TICKS = os.sysconf("SC_CLK_TCK")

CONFIG = """
[inventory]
files = ["{fleet}"]
refresh = "1m"
[sweep]
interval = "{interval}s"
rate = {rate}
[history]
folder = "{state}"
[alerts]
heartbeat = "10s"
[[alerts.command]]
command = ["/usr/bin/tee", "{told}"]
[http]
token_file = "{token}"
"""


def write_fleet(path, targets):
    """10.0.0.0 onwards, each 250 addresses a group."""
    lines = ["address,ports,group"]
    for first in range(0, targets, PER_GROUP):
        last = min(first + PER_GROUP, targets) - 1
        text = "-".join(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in (first, last))
        lines.append(f"{text},80,group{first // PER_GROUP}")
    path.write_text("\n".join(lines) + "\n")


class Watched:
    """What a process has used up to now."""

    def __init__(self, pid, state):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        self.at = time.monotonic()
        self.user, self.kernel = int(fields[11]) / TICKS, int(fields[12]) / TICKS
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        self.rss_mb = int(status.split("VmRSS:")[1].split()[0]) / 1024
        self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        self.history_kb = sum(path.stat().st_size for path in state.glob("history.db*")) / 1024


def rows(state, query):
    with contextlib.closing(sqlite3.connect(f"file:{state}/history.db?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def sweeps(state, targets):
    """[(start in seconds, whether every target was judged)] of those of the whole fleet."""
    return [(at / 1e9, unknown == 0 and conclusive == 1) for at, unknown, conclusive in rows(
        state, "SELECT at, unknown, conclusive FROM sweeps "
               f"WHERE targets = {targets} ORDER BY at")]


def has_swept(state, targets):
    try:
        return bool(sweeps(state, targets))
    except sqlite3.OperationalError:  # no file yet, or no table in it
        return False


def history_bytes(state):
    (pages,), (size,) = rows(state, "PRAGMA page_count")[0], rows(state, "PRAGMA page_size")[0]
    return pages * size


def soak(options, folder, lab):
    state = folder / "state"
    state.mkdir()
    write_fleet(folder / "fleet.csv", options.targets)
    (folder / "token").write_text("a secret\n")
    (folder / "rollcall.toml").write_text(CONFIG.format(
        fleet=folder / "fleet.csv", interval=options.interval, rate=options.rate, state=state,
        told=folder / "told", token=folder / "token"))
    running = lab.start(BINARY, "watch", "--config", folder / "rollcall.toml")
    pid = running._process.pid
    try:
        wait_until(lambda: has_swept(state, options.targets), "the first sweep", 60)
        first, looks = Watched(pid, state), []
        bytes_before = history_bytes(state)
        while time.monotonic() < first.at + options.seconds:
            time.sleep(LOOK_EVERY)  # a measurement at intervals, no condition
            looks.append(Watched(pid, state))
        bytes_after = history_bytes(state)
        running._process.send_signal(signal.SIGTERM)
    finally:
        if not running.ended():
            running._process.send_signal(signal.SIGTERM)
        ended = running.finish(20)
    if ended.exit != 0:
        raise RuntimeError(f"the watch did not end well: {ended}")
    return figures_of(options, first, looks, sweeps(state, options.targets),
                      bytes_after - bytes_before)


def figures_of(options, first, looks, swept, history_growth):
    last = looks[-1]
    seconds = last.at - first.at
    # Quarters, the first for warming up; but so long that each has a sweep, which takes and gives back.
    size = max(len(looks) // 4, math.ceil(1.5 * options.interval / LOOK_EVERY))
    begin = max(0, min(size, len(looks) - 2 * size))

    def growth(of, extreme):
        return extreme(map(of, looks[-size:])) - extreme(map(of, looks[begin:begin + size]))

    starts = [at for at, _ in swept]
    late = [b - a for a, b in zip(starts, starts[1:])
            if b - a > (1 + LATE_MAX) * options.interval]
    return {
        "targets": options.targets,
        "interval_s": options.interval,
        "seconds": round(seconds, 1),
        "sweeps": len(swept),
        "intervals_missed": len(late),
        "sweeps_not_conclusive": sum(not judged for _, judged in swept),
        "user_share_of_a_core": round((last.user - first.user) / seconds, 4),
        "kernel_share_of_a_core": round((last.kernel - first.kernel) / seconds, 4),
        "rss_mb_max": round(max(look.rss_mb for look in looks), 1),
        "rss_mb_growth": round(growth(lambda look: look.rss_mb, max), 2),
        # Between sweeps, when none is open for one.
        "descriptors_growth": growth(lambda look: look.descriptors, min),
        "history_kb_max": round(max(look.history_kb for look in looks)),
        "history_kb_an_hour": round(history_growth / 1024 * 3600 / seconds),
    }


def misses(options, figures):
    wanted = int(figures["seconds"] / options.interval)
    checks = {
        f"fewer than {wanted} sweeps": figures["sweeps"] < wanted,
        "an interval was missed": figures["intervals_missed"] > 0,
        "a sweep did not judge every target": figures["sweeps_not_conclusive"] > 0,
        "too much of a core": figures["user_share_of_a_core"] > CORE_SHARE_MAX,
        "too much memory": figures["rss_mb_max"] > RSS_MB_MAX,
        "memory grows": figures["rss_mb_growth"] > GROWTH_MB_MAX,
        "descriptors are lost": figures["descriptors_growth"] > DESCRIPTORS_GROWTH_MAX,
    }
    return [words for words, missed in checks.items() if missed]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=100_000)
    parser.add_argument("--interval", type=int, default=10, help="seconds")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--rate", type=int, default=50_000, help="probes a second")
    options = parser.parse_args()
    with Lab("rate", "--prefix", "10.0.0.0/15") as lab, tempfile.TemporaryDirectory() as folder:
        figures = soak(options, pathlib.Path(folder), lab)
    print(json.dumps(figures, indent=1))
    missed = misses(options, figures)
    for words in missed:
        print(f"watch_soak: {words}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
