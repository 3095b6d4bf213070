"""A target that still holds an older connection of our 4-tuple is alive, whatever it answers.

Each row puts a real listener of the target's kernel into one state for the very 4-tuple that the
sweep uses next, checks what that kernel answers to the sweep's SYN, and what the sweep makes of it.
The states are those that a lost RST of ours leaves behind, so the monitor's RSTs on these tuples
are dropped. Linux answers the same connection's out-of-place segments once in
net.ipv4.tcp_invalid_ratelimit; made long here, so that "and again within it" is no race.

The last state is no busy tuple: a listener whose accept queue is full (a hung program) drops every
SYN, from any port and of any connect. Nothing tells it from an address that is gone, and nobody
can use it, so `silent` is the honest verdict: no answer to probes or to connects.
"""

import dataclasses
import socket
import unittest

from harness import KnownSweep, LabTest, wait_until
from wire import ACK, FIN, SYN, SYN_ACK, Raw, Segment, Tap, inside

MONITOR = "198.19.255.1"
PORT = 8080
FAR = 10**9  # outside any receive window
NEAR = 1000  # inside


class Peer:
    """One address of the target with a listener, and our side of a connection to it by hand."""

    def __init__(self, test, address, tuples):
        self.test, self.address = test, address
        self.own_port, self.cookie = tuples[0]
        self.before = None  # the sequence number that the connection there began with
        with inside(test.lab, "target"):
            self.listener = socket.create_server((address, PORT), backlog=16)
        test.addCleanup(self.listener.close)

    def send(self, flags, seq, ack=0):
        test = self.test
        test.raw.send(Segment(MONITOR, self.own_port, self.address, PORT, flags, seq % 2**32,
                              ack % 2**32).packet())

    def await_answer(self, flags):
        return self.test.tap.wait_for(
            lambda s: (s.source, s.peer_port, s.flags) == (self.address, self.own_port, flags),
            f"{self.address} to answer")

    def ask(self, seq, flags):
        self.send(SYN, seq)
        return self.await_answer(flags)

    def half_open(self, seq):
        self.before = seq % 2**32
        answer = self.ask(seq, SYN_ACK)
        self.test.assert_state(self, "syn-recv")
        return answer

    def half_open_without_timer(self, seq):
        """Half-open as well, but the kernel does not repeat its SYN-ACK by itself.

        A listener that defers accepting stays in SYN_RECV after our ACK, until data comes.
        """
        self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 60)
        answer = self.half_open(seq)
        self.send(ACK, seq + 1, answer.seq + 1)

    def establish(self, seq):
        self.before = seq % 2**32
        answer = self.ask(seq, SYN_ACK)
        self.send(ACK, seq + 1, answer.seq + 1)
        wait_until(lambda: self.test.has_state(self, "established"), "the handshake's end")
        return answer

    def time_wait(self, seq):
        self.establish(seq)
        connection, _ = self.listener.accept()
        connection.close()
        fin = self.await_answer(FIN | ACK)
        self.send(FIN | ACK, seq + 1, fin.seq + 1)
        wait_until(lambda: self.test.has_state(self, "time-wait"), "TIME_WAIT")


@dataclasses.dataclass
class Row:
    state: str
    prepare: object  # called with the Peer
    answer: str      # of the target's kernel to the sweep's SYN; "" for silence
    evidence: list
    verdict: str = "open"
    expect: str = "open"
    acknowledges_ours: bool = True  # else the older connection's sequence number


def same_twice(peer):
    peer.half_open_without_timer(peer.cookie)
    peer.ask(peer.cookie, SYN_ACK)


def half_open_far_twice(peer):
    peer.half_open_without_timer(peer.cookie - FAR)
    peer.ask(peer.cookie, ACK)


def established_twice(peer):
    peer.establish(peer.cookie - FAR)
    peer.ask(peer.cookie, ACK)


ANEW = ["syn:busy", "syn:syn-ack"]  # from the next attempt's port
ROWS = [
    Row("SYN_RECV, same number", lambda peer: peer.half_open(peer.cookie),
        "SYN-ACK", ["syn:syn-ack"]),
    Row("SYN_RECV, same number, again", same_twice, "", ["syn:timeout", "syn:syn-ack"]),
    Row("SYN_RECV, in window", lambda peer: peer.half_open(peer.cookie - NEAR),
        "RST", ["syn:rst", "connect:ok"]),
    Row("SYN_RECV, in window, bound wanted", lambda peer: peer.half_open(peer.cookie - NEAR),
        "RST", ["syn:rst"], verdict="closed", expect="bound"),
    Row("SYN_RECV, out of window", lambda peer: peer.half_open(peer.cookie - FAR),
        "ACK", ANEW, acknowledges_ours=False),
    Row("SYN_RECV, out of window, again", half_open_far_twice,
        "", ["syn:timeout", "syn:syn-ack"]),
    Row("ESTABLISHED", lambda peer: peer.establish(peer.cookie - FAR),
        "ACK", ANEW, acknowledges_ours=False),
    Row("ESTABLISHED, again", established_twice, "", ["syn:timeout", "syn:syn-ack"]),
    Row("TIME_WAIT, lower number", lambda peer: peer.time_wait(peer.cookie + NEAR),
        "ACK", ANEW, acknowledges_ours=False),
    Row("TIME_WAIT, higher number", lambda peer: peer.time_wait(peer.cookie - NEAR),
        "SYN-ACK", ["syn:syn-ack"]),
]


class BusyTuples(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/24")

    def setUp(self):
        self.lab.run("target", "sysctl", "-q", "-w", "net.ipv4.tcp_invalid_ratelimit=60000")
        self.raw = Raw(self.lab, "monitor")
        self.addCleanup(self.raw.close)
        # At the target: a probe that bypasses the queueing discipline passes no tap on its way out.
        self.tap = Tap(self.lab, "target")
        self.addCleanup(self.tap.close)

    def known_sweep(self, lines):
        fleet = self.scratch / "fleet.csv"
        fleet.write_text("\n".join(["address,ports,group,expect", *lines]) + "\n")
        return KnownSweep(self.lab, MONITOR, fleet)

    def drop_our_resets(self, own_ports):
        ports = ", ".join(map(str, own_ports))
        self.lab.run("monitor", "nft", "-f", "-", input=f"""
table ip rollcall_lost_resets {{
  chain outward {{
    type filter hook output priority 0;
    tcp dport {PORT} tcp sport {{ {ports} }} tcp flags & rst == rst drop
  }}
}}""")
        self.addCleanup(self.lab.run, "monitor", "nft", "delete", "table", "ip",
                        "rollcall_lost_resets")

    def has_state(self, peer, state):
        listed = self.lab.run("target", "ss", "-Htn", "state", state, "src",
                              f"{peer.address}:{PORT}", "dst", f"{MONITOR}:{peer.own_port}")
        return bool(listed.strip())

    def assert_state(self, peer, state):
        self.assertTrue(self.has_state(peer, state), f"{peer.address} is not in {state}")

    def answer_to_our_syn(self, seen, peer):
        """What came back on the tuple before we asked that address anything else."""
        ours = (MONITOR, peer.own_port, peer.address, PORT, SYN, peer.cookie)
        about = [s for s in seen if peer.address in (s.source, s.peer)]
        at = [dataclasses.astuple(s)[:6] for s in about].index(ours)
        for segment in about[at + 1:]:
            if segment.source == MONITOR:
                return None
            if segment.peer_port == peer.own_port:
                return segment
        return None

    def test_every_state_of_our_4_tuple_answers_as_known_and_is_never_missing(self):
        addresses = [f"10.0.0.{1 + number}" for number in range(len(ROWS))]
        known = self.known_sweep([f"{address},{PORT},rows,{row.expect}"
                                  for address, row in zip(addresses, ROWS)])
        peers = [Peer(self, address, known.tuples[address, PORT]) for address in addresses]
        self.drop_our_resets({peer.own_port for peer in peers})
        for peer, row in zip(peers, ROWS):
            row.prepare(peer)
        self.tap.segments()

        outcome = known.start(1000).finish(30)
        seen = self.tap.segments()
        document = self.assert_sweep(outcome, exit=0)
        found = {target["address"]: target
                 for target in document["targets_open"] + document["targets_not_open"]}
        for peer, row in zip(peers, ROWS):
            with self.subTest(row.state):
                answer = self.answer_to_our_syn(seen, peer)
                self.assertEqual(answer.name if answer else "", row.answer)
                if answer:
                    asked = peer.cookie if row.acknowledges_ours else peer.before
                    # An established peer acknowledges its FIN too, where it had one.
                    fin = row.state.startswith("TIME_WAIT") and not row.acknowledges_ours
                    self.assertEqual(answer.ack, (asked + 1 + fin) % 2**32)
                target = found[peer.address]
                self.assertEqual(target["evidence"], row.evidence)
                self.assertEqual(target["state"], row.verdict)
                print(f"{row.state}: {row.answer or 'silence'} -> {target['state']}", flush=True)
        self.assertEqual(document["counts"]["silent"] + document["counts"]["unreachable"], 0)

    def hang(self, address):
        with inside(self.lab, "target"):
            server = socket.create_server((address, PORT), backlog=0)
            self.addCleanup(server.close)
            # It is never accepted, and the queue holds no other.
            self.addCleanup(socket.create_connection((address, PORT), timeout=5).close)

    def test_a_listener_with_a_full_accept_queue_is_silent_to_probes_and_connects(self):
        alone, beside = "10.0.0.200", "10.0.0.201"
        for address in (alone, beside):
            self.hang(address)
        known = self.known_sweep([f"{alone},{PORT},alone,", f"{beside},{PORT};80,beside,"])
        overflows = self.overflows()
        document = self.assert_sweep(known.start(1000).finish(30), exit=2)
        silence = ["syn:timeout"] * 3 + ["connect:timeout"] * 2
        self.assertEqual([(target["address"], target["port"], target["state"], target["evidence"])
                          for target in document["targets_not_open"]],
                         [(alone, PORT, "silent", silence), (beside, PORT, "silent", silence)])
        # Where the address answers on another port, it is the service that is down.
        self.assertEqual([(group["group"], group["verdict"], group["missing"])
                          for group in document["groups_not_up"]],
                         [("alone", "down", [alone]), ("beside", "service_down", [])])
        self.assertGreaterEqual(self.overflows() - overflows, 2 * 5, "the queue was not full")

    def overflows(self):
        lines = self.lab.run("target", "cat", "/proc/net/netstat").splitlines()
        names, values = lines[0].split(), lines[1].split()
        return int(values[names.index("ListenOverflows")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
