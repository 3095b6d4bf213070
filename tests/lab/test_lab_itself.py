"""The lab shows what it says, and leaves nothing behind."""

import os
import pathlib
import signal
import subprocess
import unittest

from harness import LAB_SCRIPT, STATE_ROOT, Lab, SynCounter, wait_until

CONNECT = """
import socket, sys
for address in sys.argv[1:]:
    try:
        socket.create_connection((address, 80), timeout=1.5).close()
        print("open")
    except ConnectionRefusedError:
        print("closed")
    except OSError:
        print("missing")
"""


def namespaces(lab):
    return [path.name for path in pathlib.Path("/run/netns").glob(f"{lab.name}.*")]


def listeners(lab):
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if f"{STATE_ROOT}/{lab.name}/" in command:
            found.append(command)
    return found


class LabItself(unittest.TestCase):
    def asked(self, lab, *addresses):
        return lab.run("monitor", "/usr/bin/env", "python3", "-c", CONNECT, *addresses).split()

    def assert_nothing_left(self, lab):
        self.assertEqual(namespaces(lab), [])
        self.assertFalse((STATE_ROOT / lab.name).exists())
        # Killed before its namespace went, a listener's entry in /proc may outlive it a moment.
        wait_until(lambda: not listeners(lab), "the lab's processes to be gone")

    def test_each_kind_goes_up_and_leaves_nothing(self):
        for kind, address in (("story", "198.18.1.1"), ("scale", "10.15.255.255"),
                              ("mixed", "198.19.2.254")):
            with self.subTest(kind):
                with Lab(kind) as lab:
                    self.assertEqual(self.asked(lab, address), ["open"])
                    self.assertNotEqual(listeners(lab), [])
                    self.assertIn(lab.name, lab.script("list"))
                self.assert_nothing_left(lab)
                lab.script("down")

    def test_every_cable_ends_inside_the_lab(self):
        for kind in ("story", "scale", "mixed"):
            with self.subTest(kind), Lab(kind) as lab:
                spaces = [name.removeprefix(f"{lab.name}.") for name in namespaces(lab)]
                links = [line for space in spaces
                         for line in lab.run(space, "ip", "-o", "link", "show", "up").splitlines()]
                cables = [line for line in links if line.split()[1] not in ("lo:", "br0:")]
                self.assertGreaterEqual(len(cables), 2)
                for line in cables:
                    self.assertIn(f"link-netns {lab.name}.", line)

    def test_the_breaks_and_the_heal_of_a_server_are_what_they_say(self):
        with Lab("story", "--servers", 2, "--aliases", 12) as lab:
            def ask():
                return self.asked(lab, "198.18.1.1", "198.18.2.5", "198.18.2.6", "198.19.0.2")
            self.assertEqual(ask(), ["open"] * 4)
            for how, expected in ((("--after", 5), ["open", "open", "missing", "open"]),
                                  (("--flush",), ["open", "missing", "missing", "open"]),
                                  (("--service",), ["open", "closed", "closed", "closed"]),
                                  (("--off",), ["open", "missing", "missing", "missing"])):
                with self.subTest(how):
                    self.assertEqual(lab.script("break", "web02", *how), "", "it is to be silent")
                    self.assertEqual(ask(), expected)
                    lab.script("heal", "web02")
                    self.assertEqual(ask(), ["open"] * 4)

    def test_unbinding_and_loss_hit_what_they_say(self):
        with Lab("scale", "--prefix", "10.0.0.0/24") as lab:
            for way in ((), ("--unreachable",)):
                with self.subTest(way):
                    listing = lab.script("break", "--unbind", 3, "--seed", 5, *way).strip()
                    unbound = pathlib.Path(listing).read_text(encoding="ascii").split()
                    self.assertEqual(len(unbound), 3)
                    self.assertEqual(self.asked(lab, *unbound, "10.0.0.0"),
                                     ["missing"] * 3 + ["open"])
                    lab.script("heal")
                    self.assertEqual(self.asked(lab, *unbound), ["open"] * 3)
            lab.script("loss", 100)
            self.assertEqual(self.asked(lab, "10.0.0.1"), ["missing"])
            lab.script("loss", 0)
            with SynCounter(lab, "target", twice=True) as wire:
                self.assertEqual(self.asked(lab, "10.0.0.1"), ["open"])
                self.assertEqual((wire.syns(), wire.read()["repeated"]), (1, 0))

    def test_the_counter_sees_an_address_that_is_asked_twice_from_one_port(self):
        with Lab("scale", "--prefix", "10.0.0.0/24") as lab:
            lab.script("break", "--unbind", 256)
            with SynCounter(lab, "target", twice=True) as wire:
                # The kernel repeats an unanswered SYN after a second.
                self.assertEqual(self.asked(lab, "10.0.0.1"), ["missing"])
                self.assertEqual((wire.syns(), wire.read()["repeated"]), (2, 1))

    def test_a_failed_start_takes_back_what_it_made_and_nothing_else(self):
        lab = Lab("scale")
        foreign = f"{lab.name}.target"
        subprocess.run(["ip", "netns", "add", foreign], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "del", foreign], check=True)
        with self.assertRaisesRegex(RuntimeError, foreign):
            lab.__enter__()
        self.assertEqual(namespaces(lab), [foreign])
        self.assertFalse((STATE_ROOT / lab.name).exists())

    def test_an_interrupted_start_leaves_nothing(self):
        lab = Lab("story")
        starting = subprocess.Popen(
            [LAB_SCRIPT, "--name", lab.name, "up", "story", "--servers", "60", "--aliases", "10"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: len(namespaces(lab)) > 4, "the lab to be half up")
        starting.send_signal(signal.SIGTERM)
        self.assertNotEqual(starting.wait(timeout=30), 0, "it was up before the signal")
        self.assert_nothing_left(lab)

    def test_down_spares_a_stranger_that_has_a_listener_s_old_pid(self):
        with Lab("scale") as lab:
            stranger = subprocess.Popen(["sleep", "60"])
            self.addCleanup(stranger.wait)
            self.addCleanup(stranger.kill)
            pid_file = STATE_ROOT / lab.name / "pids" / "stranger"
            pid_file.write_text(f"{stranger.pid} 1\n", encoding="ascii")
        self.assertIsNone(stranger.poll())
        self.assert_nothing_left(lab)

    def test_bad_commands_are_refused(self):
        for words in (("up",), ("up", "story", "--servers", "0"),
                      ("up", "story", "--servers", "-1"),
                      ("up", "scale", "--prefix", "8.8.8.0/24"), ("break", "web01", "--off"),
                      ("frobnicate",), ("--name", "../x", "list"), ("exec", "monitor", "true")):
            with self.subTest(words):
                done = subprocess.run([LAB_SCRIPT, "--name", f"none{os.getpid()}", *words],
                                      capture_output=True, text=True, timeout=30, check=False)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
