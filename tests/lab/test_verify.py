"""The reboot runbook, as an operator lives it: verify, break, verify, heal while verify waits."""

import random
import re
import tempfile
import time
import unittest

from harness import BINARY, LabTest, wait_until


class Verify(LabTest):
    KIND = "story"
    OPTIONS = ("--servers", "2")

    def start_verify(self, *arguments):
        return self.lab.start(BINARY, "verify", "-i", self.lab.fleet, *arguments)

    def verify(self, *arguments):
        return self.start_verify(*arguments).finish(90)

    def wait_for(self, running, text):
        wait_until(lambda: re.search(text, running.stderr_so_far()), f"verify to say {text!r}", 30)

    def test_the_story_from_healthy_over_silently_broken_to_healed(self):
        seed = random.randrange(1 << 32)
        k = random.Random(seed).randrange(1, 254)
        print(f"seed {seed}: the script stops silently after alias {k}", flush=True)
        missing = "198.18.2.254" if k == 253 else f"198.18.2.{k + 1}-198.18.2.254"

        # 1. All is well.
        healthy = self.verify("web02", "--wait", "20s")
        self.assertEqual(healthy.exit, 0, healthy)

        # 2. A reboot; the script that binds the aliases stops early and says nothing. verify says it.
        self.lab.script("break", "web02", "--after", k)
        broken = self.verify("web02", "--wait", "20s", "--format", "json", "--by", "anna",
                             "--note", "kernel update")
        print(f"exit {broken.exit} after {broken.seconds:.1f} s", flush=True)
        self.assertEqual(broken.exit, 2, broken)
        self.assertLess(broken.seconds, 25)
        self.assertEqual(broken.document["schema"], "rollcall.verify/1")
        self.assertEqual(broken.document["by"], "anna")
        self.assertEqual(broken.document["note"], "kernel update")
        self.assertFalse(broken.document["verified"])
        self.assertEqual(broken.groups["web02"]["missing"], [missing])

        # 3. The script runs again while another verify waits.
        waiting = self.start_verify("web02", "--wait", "60s")
        self.wait_for(waiting, f"web02: {k} of 254 answer, missing {re.escape(missing)}")
        self.lab.script("heal", "web02")
        bound_at = time.monotonic()
        healed = waiting.finish(60)
        after = time.monotonic() - bound_at
        print(f"exit {healed.exit} {after:.1f} s after the last alias was bound", flush=True)
        self.assertEqual(healed.exit, 0, healed)
        self.assertLess(after, 3)
        self.assertIn("UP: all 254 addresses answer", healed.stdout)
        self.assertIn("all 254 addresses answer", healed.complaints[-1])

    def test_a_reboot_during_verify_says_down_then_counts_up_then_passes(self):
        self.lab.script("break", "web01", "--flush")
        running = self.start_verify("web01", "--wait", "60s")
        self.wait_for(running, "web01: 0 of 254 answer")
        for k in (60, 150):
            self.lab.script("break", "web01", "--after", k)
            self.wait_for(running, f"web01: {k} of 254 answer")
        self.lab.script("heal", "web01")
        verified = running.finish(60)
        self.assertEqual(verified.exit, 0, verified)
        self.assertIn("all 254 addresses answer", verified.complaints[-1])

    def test_half_of_a_server_under_a_name_that_only_looks_alike_is_verified_with_it(self):
        fleet = self.scratch / "look_alike.csv"
        self.addCleanup(self.lab.script, "heal", "web02")
        self.lab.script("break", "web02", "--after", 127)
        for first, second in (("web02", "web02\u00a0"), ("caf\u00e9", "cafe\u0301"),
                              ("web02", "web\u200b02")):
            fleet.write_text("address,ports,group\n198.18.1.1-198.18.1.254,80,web01\n"
                             f"198.18.2.1-198.18.2.127,80,{first}\n"
                             f"198.18.2.128-198.18.2.254,80,{second}\n")
            for asked in (first, second):
                done = self.lab.start(BINARY, "verify", "-i", fleet, asked, "--wait", "0").finish(60)
                self.assertEqual(done.exit, 2, f"{asked!a}: {done}")
                self.assertIn("127 of 254 answer", done.stdout)
        fleet.write_text("address,ports,group\n198.18.2.1-198.18.2.127,80,web02\n"
                         "198.18.2.128-198.18.2.254,80,web02 # the new ones\n")
        done = self.lab.start(BINARY, "verify", "-i", fleet, "web02", "--wait", "0").finish(60)
        self.assertEqual(done.exit, 3, done)
        self.assertIn("3:36: a comment behind a row", done.stderr)

    def test_a_stopped_service_is_a_warning(self):
        self.lab.script("break", "web01", "--service")
        self.addCleanup(self.lab.script, "heal", "web01")
        verified = self.verify("web01", "--wait", "0")
        self.assertEqual(verified.exit, 1, verified)
        self.assertIn("SERVICE_DOWN", verified.stdout)

    def test_the_note_of_a_group_that_is_not_up_is_printed(self):
        self.lab.script("break", "web02", "--after", "10")
        self.addCleanup(self.lab.script, "heal", "web02")
        with tempfile.NamedTemporaryFile("w") as notes:
            notes.write("# what we learned\nweb02: after a reboot run ipaliases twice\n")
            notes.flush()
            broken = self.verify("web02", "--wait", "0", "--notes", notes.name)
            swept = self.lab.sweep("-i", self.lab.fleet, "--notes", notes.name, "--format", "text")
        self.assertEqual(broken.exit, 2, broken)
        self.assertIn("run ipaliases twice", broken.stdout)
        self.assertEqual(swept.exit, 2, swept)
        self.assertIn("run ipaliases twice", swept.stdout)

    def test_an_interrupt_says_what_is_known_and_that_it_is_not_conclusive(self):
        self.lab.script("break", "web02", "--after", "10")
        self.addCleanup(self.lab.script, "heal", "web02")
        running = self.start_verify("web02", "--wait", "60s")
        self.wait_for(running, "web02: 10 of 254 answer")
        running.interrupt()
        ended = running.finish(10)
        self.assertEqual(ended.exit, 3, ended)
        self.assertIn("INCONCLUSIVE", ended.stdout)

    def test_mistakes_are_clear_errors(self):
        cases = {
            "unknown group": (("web1",), r"unknown group 'web1'.*'web01'"),
            "bad wait": (("web01", "--wait", "5 parsecs"), r"--wait: '5 parsecs' is no length of time"),
            "no group": ((), r"GROUP"),
            "notes missing": (("web01", "--notes", "/nonexistent"), r"/nonexistent"),
        }
        for name, (arguments, expected) in cases.items():
            with self.subTest(name):
                refused = self.verify(*arguments)
                self.assertEqual(refused.exit, 3, refused)
                self.assertRegex(refused.stderr, expected)


if __name__ == "__main__":
    unittest.main()
