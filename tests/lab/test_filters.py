"""Filters on the way that treat SYNs and connects differently, or let through only so many.

One address of web2 is dead beside each filter: it alone is named. Where the filter
lets too few connections through, or too few are made to tell what it lets through, nobody is called
missing.
"""

import os
import unittest

import test_matrix as matrix
import topologies
from harness import BINARY, require
from topologies import Network
from watching import RoomForNeighbours

# Both families, so that the filters are held to be of neither.
TOPOLOGIES = {"IPv4": topologies.routed, "IPv6": topologies.link_local_gateway}
MAYBE = matrix.Verdict("nobody is missing", "exit 0 or 3", (0, 3), matrix.NOBODY, words="")


def forward(net, rules):
    net.nft("gateway", f"""
table inet filters {{
  set seen4 {{ typeof ip daddr . tcp sport; timeout 1m; flags dynamic; size 65535; }}
  set seen6 {{ typeof ip6 daddr . tcp sport; timeout 1m; flags dynamic; size 65535; }}
  chain only {{
    type filter hook forward priority 0;
    {rules}
  }}
}}""")


def high_ports(net):
    """SYNs of the ports that a sweep asks from are dropped; the kernel's connects pass."""
    topologies.dead_address(net)
    forward(net, "tcp dport 80 tcp sport >= 61000 drop")


def first_syns(net):
    """A scrubber that drops the first SYN of each connection: only the kernel sends a second one."""
    topologies.dead_address(net)
    forward(net, "".join(f"""
    tcp dport 80 tcp flags & (syn | ack) == syn {family} daddr . tcp sport != @{seen} \
      add @{seen} {{ {family} daddr . tcp sport }} drop""" for family, seen in (("ip", "seen4"), ("ip6", "seen6"))))


def full_table(net):
    """A firewall whose table holds few connections of all servers together."""
    forward(net, "tcp dport 80 tcp flags & (syn | ack) == syn ct state new limit rate over 4/second "
            "burst 4 packets drop")


FILTERS = {"high ports": (high_ports, matrix.NAMED),
           "first SYN": (first_syns, matrix.NAMED),
           "full table": (full_table, MAYBE)}


def verify(net, verdict, fault):
    """Not in the time of an undisturbed path: connects alone tell."""
    fault(net)
    matrix.check(verdict, net, net.start(BINARY, "verify", "--format", "json", "-i", net.fleet, "web2",
                                         "--wait", f"{matrix.VERIFY_WAIT}s").finish(60))


RUNS = {"sweep": matrix.sweep, "verify": verify}


def run_case(family, filter, command):
    """None, or what went wrong."""
    fault, verdict = FILTERS[filter]
    if (filter, command) == ("first SYN", "verify"):
        verdict = MAYBE  # the connects of six addresses are too few to tell
    try:
        with Network(TOPOLOGIES[family]) as net:
            RUNS[command](net, verdict, fault)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


class Filters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        require(os.geteuid() == 0, "the lab scenarios need root: they make network namespaces")
        require(os.access(BINARY, os.X_OK), f"{BINARY} is missing: build it first")
        cls.enterClassContext(RoomForNeighbours(512))

    def hold(self, command):
        only = os.environ.get("ROLLCALL_FILTER", "")
        cases = [(family, filter, command) for family in TOPOLOGIES for filter in FILTERS
                 if only in filter]
        matrix.hold(self, command, cases, run_case)

    def test_sweep(self):
        self.hold("sweep")

    def test_verify(self):
        self.hold("verify")


if __name__ == "__main__":
    unittest.main(verbosity=2)
