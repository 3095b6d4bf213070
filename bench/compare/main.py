"""Lets rollcall and its peers loose on the same fleets and writes down what came of it."""

import argparse
import dataclasses
import pathlib
import shutil
import signal
import sys

import report
import tools
from lab import ROOT, SETTINGS, Lab
from search import loss_free_rate
from trial import Fleet, let_loose

SILENT_SHARE = "0.01"
STACK_RATE = 50_000
LOSSY_RATE = 50_000  # for a tool that loses something at every rate, or was not searched
AT_EASE = "At its loss-free rate"
SEED = 5


@dataclasses.dataclass
class Size:
    prefix: str       # of the pure-rate lab
    settings: dict
    rounds: int
    stack: tuple      # prefix and unbound addresses on the kernel's stack
    small: tuple
    timeout: int      # of one trial, in seconds
    patience: int     # before it, for a quiet machine
    search: bool = True


FULL = Size("10.0.0.0/12", SETTINGS, 3, ("10.0.0.0/16", 237), ("10.0.0.0/20", 15), 120, 20)
# One setting only: the one that has something to put back.
QUICK = Size("10.0.0.0/18", dict(list(SETTINGS.items())[-1:]), 1, ("10.0.0.0/21", 15),
             ("10.0.0.0/24", 3), 10, 0, search=False)


def say(text):
    print(f"compare: {text}", file=sys.stderr, flush=True)


def search(fleet, tool):
    def trial(rate):
        outcome = let_loose(tool, fleet, rate)
        say(f"  {tool.name} at {rate:,.0f}: {outcome.rate:,.0f} SYN/s, {outcome.missed} lost")
        return outcome.rate, outcome.missed

    return loss_free_rate(trial)


def one_round(fleet, rates):
    """Each tool at its loss-free rate, and each flat out."""
    at_ease = [let_loose(tool, fleet, rates[tool.name] or LOSSY_RATE) for tool in tools.RATE_TOOLS]
    at_ease.append(let_loose(tools.SWEEP, fleet, rates[tools.ONE_SYN.name] or LOSSY_RATE))
    return at_ease, [let_loose(tool, fleet, tools.UNLIMITED) for tool in tools.RATE_TOOLS]


def compare_rates(size):
    """-> (rates by setting and tool, outcomes by setting and way of asking, the fleet)"""
    rates, fleets = {}, {}
    with Lab("rate", size.prefix, "--silent", SILENT_SHARE) as lab:
        fleet = Fleet(lab, size.timeout, size.patience)
        for setting, around in size.settings.items():
            say(setting)
            with around(lab):
                rates[setting] = {tool.name: search(fleet, tool) if size.search else None
                                  for tool in tools.RATE_TOOLS}
                at_ease, flat_out = [], []
                for turn in range(size.rounds):
                    say(f"round {turn + 1} of {size.rounds}")
                    eased, fast = one_round(fleet, rates[setting])
                    at_ease += eased
                    flat_out += fast
                fleets[setting] = {AT_EASE if size.search else f"At {LOSSY_RATE:,}/s": at_ease,
                                   "Flat out": flat_out}
        return rates, fleets, fleet


def compare_stack(size, prefix_and_unbound, contenders):
    prefix, unbound = prefix_and_unbound
    outcomes = []
    with Lab("scale", prefix) as lab:
        lab.script("break", "--unbind", unbound, "--seed", SEED)
        fleet = Fleet(lab, size.timeout, size.patience)
        for turn in range(size.rounds):
            say(f"{prefix} on the kernel's stack, round {turn + 1} of {size.rounds}")
            outcomes += [let_loose(tool, fleet, STACK_RATE, counted=False) for tool in contenders]
    return f"{len(fleet):,} addresses, {unbound} of them unbound", outcomes


def versions():
    named = [tools.SWEEP, *(tool for tool in tools.EVERY_TOOL
                            if not isinstance(tool, tools.Rollcall))]
    return {tool.name.split()[0] if tool is tools.SWEEP else tool.name: tool.version()
            for tool in named}


def main():
    parser = argparse.ArgumentParser(prog="bench/compare.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="small fleets, one round, no search: proves that it works, no more")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "benchmarks.md",
                        help="the report; its plot goes beside it (default: docs/benchmarks.md)")
    options = parser.parse_args()
    if options.quick and options.output == parser.get_default("output"):
        parser.error("--quick needs --output: its figures are not fit for the documentation")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that labs and settings go back
    for name in ("masscan", "zmap", "nmap", "fping", "gnuplot"):
        if shutil.which(name) is None:
            sys.exit(f"compare: {name} is missing; bench/compare.sh installs it")
    size = QUICK if options.quick else FULL
    rates, fleets, fleet = compare_rates(size)
    report.write(options.output, command=" ".join(["bench/compare.sh", *sys.argv[1:]]),
                 versions=versions(), size=len(fleet), silent=len(fleet.silent),
                 rounds=size.rounds, rates=rates, fleets=fleets,
                 stacks=compare_stack(size, size.stack, tools.EVERY_TOOL),
                 small=compare_stack(size, size.small, tools.SMALL_TOOLS))
    say(f"written: {options.output}")


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, OSError) as error:
        sys.exit(f"compare: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
