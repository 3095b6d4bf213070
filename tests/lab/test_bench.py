"""`rollcall bench` in labs of its own and on named targets, and the responder behind them."""

import json
import os
import pathlib
import subprocess
import unittest

from harness import BINARY, PREFLIGHT_SYNS_MAX, ROOT, LabTest, Running, require, wait_until

RESPONDER = os.environ.get(
    "ROLLCALL_RESPONDER", str(ROOT / "build" / "release" / "cli" / "bench" / "rate_responder"))
PREFIX = "10.9.0.0/20"
ADDRESSES = 1 << 12
SILENT_SHARE = 0.01
STEP = ("--seconds", "0.2")


def host_state():
    """What a lab of its own must leave as it was."""
    links = subprocess.run(["ip", "-o", "-br", "link"], capture_output=True, text=True, check=True)
    return (sorted(line.split()[0] for line in links.stdout.splitlines()),
            sorted(path.name for path in pathlib.Path("/run/netns").glob("*")),
            pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8"))


def bench(*arguments, timeout=60, wrapper=()):
    require(os.geteuid() == 0, "needs root: it makes network namespaces")
    return Running([*wrapper, BINARY, "bench", *arguments]).finish(timeout)


class OwnLab(unittest.TestCase):
    def setUp(self):
        before = host_state()
        self.addCleanup(lambda: self.assertEqual(host_state(), before, "something is left"))

    def measured(self, *arguments):
        outcome = bench(*arguments, *STEP, "--format", "json")
        self.assertEqual(outcome.exit, 0, str(outcome))
        document = outcome.document
        self.assertEqual(document["schema"], "rollcall.bench/1")
        self.assertGreater(document["host"]["cpus"], 0)
        self.assertTrue(document["host"]["kernel"])
        self.assertGreater(document["host"]["netdev_max_backlog"], 0)
        print(json.dumps(document)[:1500], flush=True)
        return document

    def test_send_measures_every_lane_and_the_interface_agrees_with_the_kernel(self):
        rows = self.measured("send")["send"]
        self.assertEqual({row["lane"] for row in rows}, {"io_uring", "sendmmsg", "ip"})
        self.assertEqual({row["batch"] for row in rows}, {1, 16, 64})
        for row in rows:
            self.assertGreater(row["frames"], 0, row)
            # Beside our frames only ARP and neighbour discovery leave a lab.
            sent = row["sent_pps"] / row["accepted_pps"]
            self.assertAlmostEqual(sent, 1, delta=0.02, msg=row)

    def test_loop_verifies_every_address_at_a_rate_that_any_machine_holds(self):
        loop = self.measured("loop", "--rate", "10000")["loop"]
        step = loop["steps"][0]
        self.assertEqual(step["expected"], step["verified"], step)
        self.assertEqual(step["asked_pps"], 10000)
        self.assertGreater(step["rtt_ms"]["p50"], 0)
        self.assertGreater(loop["loss_free_pps"], 0)

    def test_recheck_connects_to_a_real_stack(self):
        recheck = self.measured("recheck")["recheck"]
        self.assertGreater(recheck["connected"], 0)
        self.assertLessEqual(recheck["in_flight_max"], 4096)
        self.assertEqual(recheck["refused"] + recheck["local_errors"], 0, recheck)

    def test_an_interrupt_ends_it_at_once_and_takes_the_lab_along(self):
        running = Running([BINARY, "bench", "loop", "--seconds", "60", "--rate", "1000"])
        threads = pathlib.Path(f"/proc/{running._process.pid}/task")
        wait_until(lambda: len(list(threads.iterdir())) > 1, "a sweep is under way")
        running.interrupt()
        outcome = running.finish(20)
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIn("interrupted", outcome.stderr)
        self.assertEqual(outcome.stdout, "")

    def test_without_root_it_says_what_to_do(self):
        outcome = bench("loop", wrapper=("setpriv", "--reuid", "65534", "--clear-groups"))
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIn("sudo", outcome.stderr)

    def test_an_interface_without_targets_is_refused(self):
        outcome = bench("send", "--interface", "lo")
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIn("need targets", outcome.stderr)


class RateLab(LabTest):
    KIND = "rate"
    OPTIONS = ("--prefix", PREFIX, "--silent", str(SILENT_SHARE))

    def counts(self):
        return json.loads(self.lab.run("target", RESPONDER, "counts", "eth0"))

    def silent(self):
        listing = pathlib.Path(self.lab.fleet).with_name("unbound.txt")
        return listing.read_text(encoding="ascii").split()

    def test_exactly_the_silent_addresses_do_not_answer_and_all_is_counted(self):
        silent = self.silent()
        self.assertAlmostEqual(len(silent), ADDRESSES * SILENT_SHARE, delta=2)
        before = self.counts()
        outcome = self.lab.sweep("-i", self.lab.fleet, "--rate", 20000, "--group-rate", 20000,
                                 "--no-recheck")
        document = self.assert_sweep(outcome, exit=2)
        named = [target["address"] for target in document["targets_not_open"]]
        self.assertEqual(sorted(named), sorted(silent))
        path, after = document["path"], self.counts()
        syns = after["syns"] - before["syns"]
        others = syns - path["probes_sent"] - path["canary_probes"]
        self.assertIn(others, range(PREFLIGHT_SYNS_MAX + 1))
        wait_until(lambda: self.counts()["resets"] == self.counts()["answered"],
                   "the kernel's RST for every SYN-ACK")

    def test_named_targets_are_measured_at_no_more_than_the_rate_and_against_who_answers(self):
        answering = ADDRESSES - len(self.silent())
        outcome = self.lab.start(BINARY, "bench", "loop", "-i", self.lab.fleet, "--rate", 20000,
                                 "--group-rate", 20000, *STEP, "--format", "json").finish(60)
        self.assertEqual(outcome.exit, 0, str(outcome))
        loop = outcome.document["loop"]
        self.assertLessEqual(max(step["asked_pps"] for step in loop["steps"]), 20000)
        for step in loop["steps"]:
            self.assertEqual(step["expected"] % answering, 0, step)
            self.assertGreater(step["expected"], 0, step)


if __name__ == "__main__":
    unittest.main(verbosity=2)
