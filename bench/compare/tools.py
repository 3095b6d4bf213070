"""How each tool is asked for one port of a whole prefix, and how its answer is read."""

import ipaddress
import pathlib
import re
import shutil
import subprocess
import sys

from lab import ROLLCALL, SELF

WAIT_S = 2  # for late answers, the same for those that take it as an option
UNLIMITED = 10_000_000
CONNECT_SCRIPT = pathlib.Path(__file__).with_name("connect_script.py")


def number(address):
    return int(ipaddress.IPv4Address(address))


def addresses_in(path, pattern):
    """The addresses that `pattern` finds, one a line at most."""
    found = set()
    matcher = re.compile(pattern)
    with open(path, encoding="ascii", errors="replace") as lines:
        for line in lines:
            match = matcher.match(line)
            if match:
                found.add(number(match.group(1)))
    return found


class Tool:
    """One way to ask; `found` reads what it says answers, out of all."""

    name = ""

    def command(self, lab, out, rate):
        raise NotImplementedError

    def found(self, out, everybody):
        raise NotImplementedError

    def version(self):
        program = shutil.which(self.name)
        done = subprocess.run([program, "--version"], text=True, stdin=subprocess.DEVNULL,
                              capture_output=True, check=False)
        match = re.search(r"\d+\.\d+(\.\d+)*", done.stdout + done.stderr)
        return match.group(0) if match else "unknown"


class Rollcall(Tool):
    """It names who is missing; everybody else answered."""

    def __init__(self, name, *options):
        self.name, self.options = name, options

    def command(self, lab, out, rate):
        return [ROLLCALL, "sweep", "-i", lab.fleet, "--rate", rate, "--group-rate", UNLIMITED,
                "--format", "csv", "-o", out, *self.options]

    def found(self, out, everybody):
        return everybody - addresses_in(out, r"(\d+\.\d+\.\d+\.\d+),")

    def version(self):
        done = subprocess.run([ROLLCALL, "--version"], text=True, capture_output=True, check=True)
        return done.stdout.split()[-1]


class Zmap(Tool):
    name = "zmap"

    def command(self, lab, out, rate):
        # Its own list of reserved networks holds the lab's.
        return ["zmap", "-q", "-p", "80", "-i", "eth0", "-G", lab.far_mac, "-S", SELF, "-r", rate,
                "-c", WAIT_S, "-b", "/dev/null", "-o", out, lab.prefix]

    def found(self, out, everybody):
        return addresses_in(out, r"(\d+\.\d+\.\d+\.\d+)$")


class Masscan(Tool):
    name = "masscan"

    def command(self, lab, out, rate):
        return ["masscan", lab.prefix, "-p80", "--rate", rate, "--wait", WAIT_S, "-e", "eth0",
                "--source-ip", SELF, "--router-mac", lab.far_mac, "-oL", out]

    def found(self, out, everybody):
        return addresses_in(out, r"open tcp 80 (\d+\.\d+\.\d+\.\d+) ")


class Nmap(Tool):
    name = "nmap"

    def command(self, lab, out, rate):
        return ["nmap", "-sS", "-Pn", "-n", "-p", "80", "-T4", "-oG", out, lab.prefix]

    def found(self, out, everybody):
        return addresses_in(out, r"Host: (\d+\.\d+\.\d+\.\d+) .*80/open/")


class Fping(Tool):
    """ICMP echo, not TCP: whether an address is bound, not whether it serves."""

    name = "fping"

    def command(self, lab, out, rate):
        return ["sh", "-c", 'fping -q -a -r 1 -i 0.1 -f "$0" >"$1" 2>/dev/null; test $? -le 1',
                lab.listing, out]

    def found(self, out, everybody):
        return addresses_in(out, r"(\d+\.\d+\.\d+\.\d+)$")


class ConnectScript(Tool):
    name = "connect script, 1,000 at once"

    def command(self, lab, out, rate):
        return [sys.executable, CONNECT_SCRIPT, lab.prefix, "80", out]

    def found(self, out, everybody):
        return addresses_in(out, r"(\d+\.\d+\.\d+\.\d+)$")

    def version(self):
        return ".".join(map(str, sys.version_info[:3])) + " (Python)"


ONE_SYN = Rollcall("rollcall, one SYN", "--attempts", "1", "--no-recheck")
UNCONFIRMED = Rollcall("rollcall --no-recheck", "--no-recheck")
SWEEP = Rollcall("rollcall sweep")
# Each asks every address once, so that what is missing was lost.
RATE_TOOLS = (ONE_SYN, Masscan(), Zmap())
EVERY_TOOL = (SWEEP, UNCONFIRMED, Nmap(), Zmap(), Masscan(), ConnectScript(), Fping())
SMALL_TOOLS = (SWEEP, Nmap(), Fping())
