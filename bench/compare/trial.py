"""One tool let loose on one fleet, judged against the truth."""

import dataclasses
import ipaddress
import os
import pathlib
import tempfile

import measured
from lab import Rate
from tools import number


@dataclasses.dataclass
class Outcome:
    tool: str
    asked: int
    rate: float       # SYNs a second as the far end saw them; 0 where nobody counted
    seconds: float
    cpu_per_million: float
    peak_mb: float
    missed: int       # answer, but were not found
    phantoms: int     # do not answer, but were "found"
    found: int
    busy: float       # share of the CPUs that others used just before
    in_time: bool     # else it was stopped, and is judged by what it had written by then


class Fleet:
    def __init__(self, lab, timeout, patience):
        self.timeout = timeout    # of one trial
        self.patience = patience  # before it, for others to leave the machine alone
        network = ipaddress.ip_network(lab.prefix)
        first = int(network.network_address)
        self.lab = lab
        self.everybody = set(range(first, first + network.num_addresses))
        with open(lab.silent, encoding="ascii") as lines:
            self.silent = {number(line.strip()) for line in lines}

    def __len__(self):
        return len(self.everybody)


def let_loose(tool, fleet, rate, counted=True):
    with tempfile.TemporaryDirectory() as folder:
        # zmap gives up root before it opens its file.
        os.chmod(folder, 0o777)
        out = pathlib.Path(folder) / "out"
        busy = measured.wait_for_quiet(fleet.patience)
        command = fleet.lab.inside("monitor", *tool.command(fleet.lab, out, int(rate)))
        if counted:
            with Rate(fleet.lab) as witness:
                took = measured.run(command, fleet.timeout)
            per_second = witness.per_second()
        else:
            took, per_second = measured.run(command, fleet.timeout), 0.0
        # Rollcall says with 2 that addresses are missing; nobody ends with a signal.
        if took.exit not in (0, 2, None):
            raise RuntimeError(f"{tool.name} failed with {took.exit}: {took.stderr[-1500:]}")
        # Nothing is known of anybody from a tool that wrote nothing, whichever way it writes.
        found = tool.found(out, fleet.everybody) if out.exists() else set()
    return Outcome(
        tool=tool.name, asked=len(fleet), rate=per_second, seconds=took.seconds,
        cpu_per_million=took.cpu_s * 1e6 / len(fleet), peak_mb=took.peak_mb,
        missed=len(fleet.everybody - fleet.silent - found), phantoms=len(found & fleet.silent),
        found=len(found), busy=busy, in_time=took.exit is not None)
