"""docs/benchmarks.md and its plot."""

import datetime
import os
import platform
import statistics
import subprocess


def spread(values, form="{:,.0f}"):
    """The median, and how far the rounds lay apart."""
    middle = form.format(statistics.median(values))
    low, high = form.format(min(values)), form.format(max(values))
    return middle if low == high else f"{middle} ({low}-{high})"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |",
             "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def by_tool(outcomes):
    grouped = {}
    for outcome in outcomes:
        grouped.setdefault(outcome.tool, []).append(outcome)
    return grouped.items()


def name_of(tool, rounds):
    return tool if all(one.in_time for one in rounds) else f"{tool} (stopped: took too long)"


def rate_text(rate):
    return "not searched" if rate is None else f"{rate:,.0f}"


def fleet_table(outcomes):
    rows = []
    for tool, rounds in by_tool(outcomes):
        rows.append((name_of(tool, rounds),
                     spread([one.found for one in rounds]),
                     spread([one.missed for one in rounds]),
                     sum(one.phantoms for one in rounds),
                     spread([one.rate for one in rounds]),
                     spread([one.seconds for one in rounds], "{:.1f}"),
                     spread([one.cpu_per_million for one in rounds], "{:.1f}"),
                     spread([one.peak_mb for one in rounds])))
    return table(("tool", "found", "wrongly missing", "wrongly found", "SYN/s", "whole command, s",
                  "CPU-s a million", "peak MB"), rows)


def stack_table(outcomes):
    rows = []
    for tool, rounds in by_tool(outcomes):
        rows.append((name_of(tool, rounds), spread([one.seconds for one in rounds], "{:.1f}"),
                     spread([one.missed for one in rounds]), sum(one.phantoms for one in rounds),
                     spread([one.peak_mb for one in rounds])))
    return table(("tool", "whole command, s", "wrongly missing", "wrongly found", "peak MB"), rows)


def machine_text(outcomes):
    name = platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("model name"):
                name = line.split(": ", 1)[1].strip()
                break
    busy = [100 * one.busy for one in outcomes]
    return (f"{name}, {os.cpu_count()} CPUs, kernel {platform.release()}; other programs kept "
            f"{statistics.median(busy):.0f} % of the CPUs busy before a trial (at most "
            f"{max(busy):.0f} %)")


def plot(rates, path):
    """Loss-free rates as bars: a cluster a tool, a bar a setting."""
    settings = list(rates)
    tools = list(rates[settings[0]])
    data = ["tool\t" + "\t".join(f'"{setting}"' for setting in settings)]
    for tool in tools:
        data.append(f'"{tool}"\t' + "\t".join(f"{rates[setting][tool] or 0:.0f}"
                                               for setting in settings))
    text = "\n".join(data)
    script = f"""
set terminal svg size 760,380 font 'sans-serif,13' background 'white' noenhanced
set output '{path}'
set title 'Highest rate without a lost answer'
set style data histogram
set style histogram cluster gap 1
set style fill solid 0.85 border -1
set key outside bottom center vertical
set grid y
set yrange [0:*]
set format y "%.0f"
set ylabel 'SYN/s'
$data << DATA
{text}
DATA
plot for [column=2:{len(settings) + 1}] $data using column:xtic(1) title columnheader(column)
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True, capture_output=True)


def write(path, *, command, versions, size, silent, rounds, rates, fleets, stacks, small):
    now = datetime.datetime.now(datetime.timezone.utc)
    plot_path = path.with_suffix(".svg")
    plot(rates, plot_path)
    outcomes = [one for ways in fleets.values() for group in ways.values() for one in group]
    outcomes += stacks[1] + small[1]
    parts = [f"""# Measured beside others

Written by `{command}` on {now:%Y-%m-%d}; figures are medians of {rounds} interleaved round(s), with
the lowest and highest in brackets.

- Machine: {machine_text(outcomes)}. Both ends of the cable (veth) are on it.
- Versions: {"; ".join(f"{tool} {version}" for tool, version in versions.items())}.

## Pure rate: {size:,} addresses, {silent:,} of them silent

The far end is a BPF program that answers SYNs at next to no cost (`scripts/lab.sh up rate`), and knows
who does not answer. SYN/s are counted there; CPU seconds are those of the whole machine, softirqs and
far end included. *At its loss-free rate*: each tool at the highest rate at which it lost nothing;
*flat out*: told to send as fast as it can. Every tool asks each address once and waits 2 s (rollcall
0.4 s) for late answers, but for *rollcall sweep*, which asks up to three times and confirms the silent
by connects.

![Loss-free rates]({plot_path.name})
"""]
    for setting, rate_of in rates.items():
        parts.append(f"### {setting[0].upper()}{setting[1:]}\n")
        parts.append(table(("tool", "loss-free SYN/s"),
                           [(tool, rate_text(rate)) for tool, rate in rate_of.items()]))
        for how, outcomes in fleets[setting].items():
            parts.append(f"{how}:\n\n{fleet_table(outcomes)}")
    parts.append("""## Whole commands against the kernel's own TCP

The far end is a kernel that owns every address, with one listener (`scripts/lab.sh up scale`). Rollcall,
zmap and masscan are given the same rate; nmap and fping go as they do. fping asks by ICMP echo: it sees
what is bound, not what serves.
""")
    for title, outcomes in (stacks, small):
        parts.append(f"### {title}\n\n{stack_table(outcomes)}")
    path.write_text("\n".join(parts), encoding="utf-8")
