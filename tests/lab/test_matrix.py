"""Topologies x faults x commands: what each of them says, held against docs/topologies.md.

With UPDATE_GOLDEN=1 the table there is written anew. A cell alone:
ROLLCALL_MATRIX='ECMP,gateway dead,sweep' (each may be empty).
"""

import concurrent.futures
import dataclasses
import json
import os
import re
import time
import unittest

import topologies
from harness import BINARY, ROOT, addresses_of, require, wait_until
from topologies import ADDRESSES, SERVERS, Network
from watching import RoomForNeighbours

DOCUMENT = ROOT / "docs" / "topologies.md"
BEGIN, END = "<!-- generated -->\n", "<!-- end -->\n"
COMMANDS = ("sweep", "verify", "watch")
WORKERS = {"sweep": 5, "verify": 5, "watch": 14}  # a watch mostly waits
VERIFY_WAIT = 5  # seconds
WATCH_QUIET = 20  # seconds in which a watch has nothing to tell
WATCH_TELLS = 75  # seconds until it has told at the latest
WATCH_GOES_ON = 12  # seconds in which an incident may not end: two intervals and a bit
NOBODY, ONE, SERVER = "nobody", "one address", "the server"


CONFIG = """
[inventory]
files = ["{fleet}"]
[sweep]
interval = "5s"
{source}
[judgement]
confirm_span = "5s"
settling = "10s"
[history]
folder = "{state}"
"""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a command has to say: its exit codes, what is missing, and with exit code 3 the words.

    A watch has to open one incident with `trouble`, or none.
    """

    name: str
    meaning: str
    exits: tuple
    missing: str
    words: str = ""  # a regular expression, with {gateway} and {link}
    group: str | None = None  # the verdict of web2
    trouble: str | None = None
    beside: str | None = None  # a scope of which there may be another incident


NAMED = Verdict("named", "exit 2, exactly the dead address is missing; incident `partial`", (2,), ONE,
                group="partial", trouble="partial")
DOWN = Verdict("down", "exit 2, exactly the dead server is down; incident `down`", (2,), SERVER,
               group="down", trouble="down")
DOWN_BY_HOP = dataclasses.replace(
    DOWN, name="down and next hop", beside="next_hop", meaning="incident `down`, and one that no address "
    "answers by way of the next hop, which itself answers")
GATEWAY = Verdict("gateway", "exit 3, nobody is missing, the reason names the gateway; incident "
                  "`cannot_judge` with the same reason", (3,), NOBODY,
                  "the gateway {gateway} (was lost during the sweep: it )?does not answer "
                  "(ARP|neighbour discovery)",
                  trouble="cannot_judge")
LINK = Verdict("link", "exit 3, nobody is missing, the reason names the link; incident "
               "`cannot_judge` with the same reason", (3,), NOBODY, "{link} (has no carrier|was lost)",
               trouble="cannot_judge")
SILENCE = Verdict("silence", "exit 3, nobody is missing, the reason is that no address answers by way "
                  "of the link; incident `cannot_judge` with the same reason", (3,), NOBODY,
                  "no address answers by way of the link on {link}", trouble="cannot_judge")
UP = Verdict("up", "exit 0, nobody is missing; no incident", (0,), NOBODY)
LOSSY = Verdict("up or unknown", "exit 0, or 3 for the loss, nobody is missing; no incident", (0, 3),
                NOBODY, "loses|lost")
LIMITED = Verdict("limited", "exit 0, or 3 with the reason that the group limits new connections, "
                  "nobody is missing; no incident but `cannot_judge`", (0, 3), NOBODY, "limited: web2")

ROWS = {
    "routed": ("one gateway leads to all servers", topologies.routed),
    "on-link": ("the servers are in the monitor's subnet", topologies.on_link),
    "/32 on-link": ("a route for each address on the link, no subnet", topologies.host_routes),
    "two gateways": ("one leads to web1, another to web2 and web3", topologies.two_gateways),
    "ECMP": ("a multipath route over two gateways", topologies.ecmp),
    "interface a server": ("each server is the next hop on an interface of its own",
                           topologies.interface_a_server),
    "rule by source": ("a policy rule for the source address, given by --source",
                       topologies.rule_by_source),
    "rule by port": ("a policy rule for the port", topologies.rule_by_port),
    "link-local gateway": ("IPv6, the gateway is known by its link-local address",
                           topologies.link_local_gateway),
    "IPv6 next hop": ("IPv4 routed by way of an IPv6 next hop", topologies.ipv6_next_hop),
    "tun": ("an interface without a link layer", topologies.tun_of(topologies.ARPHRD_NONE)),
    "PPP": ("the same, of the link type that PPP has", topologies.tun_of(topologies.ARPHRD_PPP)),
    "GRE": ("the same, of the link type that GRE has", topologies.tun_of(topologies.ARPHRD_IPGRE)),
    "direct return": ("requests pass a balancer, the servers answer directly (DSR)",
                      topologies.direct_return),
    "source on lo": ("the source address is on lo", topologies.source_on_lo),
    "asymmetric return": ("answers arrive by another interface than questions leave",
                          topologies.asymmetric_return),
}

COLUMNS = {
    "all up": (topologies.nothing, UP),
    "one address dead": (topologies.dead_address, NAMED),
    "one server dead": (topologies.dead_server, DOWN),
    "gateway dead": (topologies.dead_gateway, GATEWAY),
    "own link down": (topologies.link_down, LINK),
    "5 % loss": (topologies.loss, LOSSY),
    "rationed server": (topologies.ration, LIMITED),
}

NO_GATEWAY = ("there is no gateway that could be asked: no address on the link answers, and whether the "
              "link or all servers died cannot be told")
ONE_SERVER = ("for the server that is verified, no answer on a link that cannot be asked counts as the "
              "server's death: the link itself is up")
ONE_HOP = "the next hop leads to this server alone, so its silence is an incident as well"
# (row, column, command) -> what is right there instead, and why.
CELLS = {
    **{(row, "gateway dead", command): (SILENCE, NO_GATEWAY)
       for row in ("on-link", "/32 on-link", "tun", "PPP", "GRE") for command in ("sweep", "watch")},
    **{(row, "gateway dead", "verify"): (DOWN, ONE_SERVER)
       for row in ("on-link", "/32 on-link", "tun", "PPP", "GRE")},
    ("interface a server", "one server dead", "watch"): (DOWN_BY_HOP, ONE_HOP),
}


def expected(row, column, command):
    """The verdict of a cell, and why it is not the column's."""
    return CELLS.get((row, column, command), (COLUMNS[column][1], None))


def table():
    """What docs/topologies.md holds between its marks."""
    reasons, lines = [], []
    lines += ["| | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for row in ROWS:
        cells = []
        for column in COLUMNS:
            said = {}
            for command in COMMANDS:
                verdict, reason = expected(row, column, command)
                if reason and reason not in reasons:
                    reasons.append(reason)
                note = f" [{reasons.index(reason) + 1}]" if reason else ""
                said.setdefault(verdict.name + note, []).append(command)
            cells.append("; ".join(f"{', '.join(commands)}: {text}" if len(said) > 1 else text
                                   for text, commands in said.items()))
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    lines += ["", *(f"{number}. {reason[0].upper()}{reason[1:]}."
                    for number, reason in enumerate(reasons, 1))]
    lines += ["", "| word | meaning |", "|---|---|"]
    used = {expected(row, column, command)[0]: None
            for column in COLUMNS for row in ROWS for command in COMMANDS}
    lines += [f"| {verdict.name} | {verdict.meaning} |" for verdict in used]
    lines += ["", "| topology | |", "|---|---|"]
    lines += [f"| {row} | {meaning} |" for row, (meaning, _) in ROWS.items()]
    return "\n".join(lines) + "\n"


def words_of(verdict, net):
    return verdict.words.format(gateway=re.escape(net.gateways[0].name), link=re.escape(net.link.name))


def check(verdict, net, outcome, seconds=None):
    """Raises AssertionError with what was said instead."""
    groups, reasons = {}, ""
    if outcome.stdout:
        groups = outcome.groups
        reasons = " ".join(outcome.document["inconclusive_reasons"])
    missing = sorted(address for group in groups.values() for address in addresses_of(group["missing"]))
    addresses = net.addresses["web2"]
    right = {NOBODY: [], ONE: [addresses[2]], SERVER: sorted(addresses)}[verdict.missing]
    words = words_of(verdict, net)

    def hold(condition, what):
        if not condition:
            raise AssertionError(f"{what}\n{outcome}")

    hold(missing == right, f"missing is {missing}, not {right}")
    hold(outcome.exit in verdict.exits, f"the exit code is none of {verdict.exits}")
    hold("firewall" not in outcome.stderr, "there is no firewall")
    if outcome.exit == 3:
        hold(re.search(words, f"{reasons} {outcome.stderr}"), f"{words!r} is not said")
        hold(not outcome.stdout or not outcome.document["conclusive"], "it is called conclusive")
    if verdict.group:
        hold(groups["web2"]["verdict"] == verdict.group, f"web2 is not {verdict.group}")
    if seconds and outcome.exit == 2:
        hold(outcome.seconds < seconds, f"it took more than {seconds} s")


def sweep(net, verdict, fault):
    fault(net)
    check(verdict, net, net.start(BINARY, "sweep", "--format", "json", "-i", net.fleet,
                                  *net.options).finish(60))


def verify(net, verdict, fault):
    fault(net)
    check(verdict, net, net.start(BINARY, "verify", "--format", "json", "-i", net.fleet, "web2", "--wait",
                                  f"{VERIFY_WAIT}s", *net.options).finish(60), VERIFY_WAIT + 5)


def ask(net, *question):
    """What a running watch answers; None while it does not."""
    done = net.call("monitor", BINARY, *question, "--format", "json")
    return json.loads(done.stdout) if done.stdout.startswith("{") else None


def watch(net, verdict, fault):
    state = net.folder / "state"
    state.mkdir()
    config = net.folder / "rollcall.toml"
    config.write_text(CONFIG.format(fleet=net.fleet, state=state,
                                    source=f'source = "{net.source}"' if net.source else ""))
    running = net.start(BINARY, "watch", "--config", config)
    try:
        wait_until(lambda: (ask(net, "status") or {}).get("last_sweep"), "a first sweep", 30)
        require(ask(net, "status")["last_sweep"]["open"] == len(SERVERS) * ADDRESSES, "not all answer")
        fault(net)
        hold_incidents(net, verdict)
    except Exception as error:
        raise AssertionError(f"{error}\n{running.stderr_so_far()[-3000:]}") from None
    finally:
        running.terminate()
        running.finish(15)


def hold_incidents(net, verdict):
    """Waits for the one incident that the verdict asks for, or for none, and that it stays so."""
    words = words_of(verdict, net)
    addresses = net.addresses["web2"]
    right = {NOBODY: set(), ONE: {addresses[2]}, SERVER: set(addresses)}[verdict.missing]
    begun = time.monotonic()
    told = None
    while time.monotonic() < (told or begun) + (WATCH_GOES_ON if told else
                                                WATCH_TELLS if verdict.trouble is not None else
                                                WATCH_QUIET):
        time.sleep(0.5)
        incidents = ask(net, "incidents", "--since", "1h")["incidents"]
        if verdict is LIMITED:
            incidents = [each for each in incidents if each["now"] != "cannot_judge"]
        incidents = [each for each in incidents if each["scope"] != verdict.beside]
        if not incidents:
            continue
        require(verdict.trouble is not None and len(incidents) == 1, f"too much is told: {incidents}")
        incident = incidents[0]
        require(incident["ended_at"] is None, f"it ended: {incident}")
        require(incident["now"] == verdict.trouble, f"not {verdict.trouble}: {incident}")
        require(addresses_of(incident["missing"]) == right, f"others are missing: {incident}")
        require(verdict.group or re.search(words, incident["sentence"]),
                f"{words!r} is not said: {incident}")
        told = told or time.monotonic()
    require(told or verdict.trouble is None, "nothing was told")


def run_cell(row, column, command):
    """None, or what went wrong."""
    fault, _ = COLUMNS[column]
    try:
        with Network(ROWS[row][1]) as net:
            RUNS[command](net, expected(row, column, command)[0], fault)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


RUNS = {"sweep": sweep, "verify": verify, "watch": watch}


def hold(test, command, cells, run):
    """Runs the cells side by side; each that went wrong fails by its name."""
    with concurrent.futures.ThreadPoolExecutor(WORKERS[command]) as pool:
        for cell, wrong in zip(cells, pool.map(lambda cell: run(*cell), cells)):
            with test.subTest("/".join(cell)):
                test.assertIsNone(wrong, wrong)


class Matrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        require(os.geteuid() == 0, "the lab scenarios need root: they make network namespaces")
        require(os.access(BINARY, os.X_OK), f"{BINARY} is missing: build it first")
        cls.enterClassContext(RoomForNeighbours(512))

    def hold(self, command):
        only = [*os.environ.get("ROLLCALL_MATRIX", "").split(","), "", ""]
        cells = [(row, column, command) for row in ROWS for column in COLUMNS
                 if all(part in ("", name) for part, name in zip(only, (row, column, command)))]
        hold(self, command, cells, run_cell)

    def test_sweep(self):
        self.hold("sweep")

    def test_verify(self):
        self.hold("verify")

    def test_watch(self):
        self.hold("watch")

    def test_verify_waits_for_a_server_that_takes_its_link_down(self):
        with Network(topologies.interface_a_server) as net:
            topologies.link_down(net)
            running = net.start(BINARY, "verify", "-i", net.fleet, "web2", "--wait", "30s")
            wait_until(lambda: "eth2 has no carrier" in running.stderr_so_far(), "it to be named")
            net.ip("web2", "link set eth0 up", "route add default via 192.0.2.9")
            outcome = running.finish(60)
            self.assertEqual(outcome.exit, 0, outcome)
            self.assertLess(outcome.seconds, 15, outcome)


class Document(unittest.TestCase):
    def test_the_table_is_the_one_that_is_held(self):
        text = DOCUMENT.read_text()
        before, _, rest = text.partition(BEGIN)
        after = rest.partition(END)[2]
        right = f"{before}{BEGIN}{table()}{END}{after}"
        if os.environ.get("UPDATE_GOLDEN"):
            DOCUMENT.write_text(right)
        else:
            self.assertEqual(text, right, "UPDATE_GOLDEN=1 writes it anew")


if __name__ == "__main__":
    unittest.main(verbosity=2)
