"""Who may do what while packets are read: nobody more than a raw socket, most threads nothing.

Capabilities are read from /proc/PID/task/*/status, of every thread of a running command.
"""

import os
import pathlib
import select
import shutil
import time
import unittest

from harness import BINARY, LabTest, Running, wait_until
from watching import WatchLab

NET_ADMIN, NET_RAW, SYS_PTRACE = 1 << 12, 1 << 13, 1 << 19
# What makes and unmakes a lab of bench's own: net_bind_service, net_admin, sys_admin, sys_resource,
# perfmon, bpf.
LAB = sum(1 << bit for bit in (10, 12, 21, 24, 38, 39))
DAC_OVERRIDE, FOWNER = 1 << 1, 1 << 3
NOBODY = 65534


def fields_of(folder):
    lines = (folder / "status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def threads_of(pid):
    """[(name, thread id, fields)], but for the kernel's own workers of an io_uring."""
    found = []
    for folder in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            fields = fields_of(folder)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if not fields["Name"].startswith("iou-"):
            found.append((fields["Name"], int(folder.name), fields))
    return found


def held(fields):
    return {name: int(fields[f"Cap{name}"], 16) for name in ("Eff", "Prm", "Inh", "Amb", "Bnd")}


def keeps(effective, permitted=None, bounding=0):
    return {"Eff": effective, "Prm": effective if permitted is None else permitted, "Inh": 0, "Amb": 0,
            "Bnd": bounding}


NOTHING = keeps(0)


class Confined(LabTest):
    """Of a sweep's kind: the first thread opens sockets, all others only use theirs."""

    KIND = "story"
    OPTIONS = ("--servers", 2, "--aliases", 8)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.script("break", "web02", "--flush")  # silence keeps a command busy for seconds

    def await_confinement(self, running, first, threads_min, others=NOTHING):
        """A new thread drops what it was born with: waited for, and never given up."""
        pid = running._process.pid
        seen = []

        def is_confined():
            if running.ended():
                raise AssertionError(f"ended before it was confined; last seen: {seen}\n"
                                     f"{running.stderr_so_far()}")
            seen[:] = [(name, thread == pid, fields["NoNewPrivs"], held(fields))
                       for name, thread, fields in threads_of(pid)]
            return len(seen) >= threads_min and all(
                new == "1" and caps == (first if is_first else others)
                for _, is_first, new, caps in seen)

        try:
            wait_until(is_confined, "every thread to be confined", 10)
        except RuntimeError as error:
            self.fail(f"{error}: {seen}")
        finally:
            if not running.ended():
                running.interrupt()
        return running.finish(30)

    def test_a_sweep_by_root(self):
        for lane in ("sendmmsg", "io_uring", "ip"):
            with self.subTest(lane):
                running = self.lab.start_sweep("-i", self.lab.fleet, "--lane", lane)
                self.await_confinement(running, keeps(NET_RAW), threads_min=3)

    def test_verify_by_root(self):
        running = self.lab.start(BINARY, "verify", "-i", self.lab.fleet, "web02", "--wait", "20s")
        self.await_confinement(running, keeps(NET_RAW), threads_min=3)

    def test_doctor_by_root(self):
        running = self.lab.start(BINARY, "doctor", "198.18.2.1:80")
        self.await_confinement(running, keeps(NET_RAW), threads_min=1)

    def test_bench_on_named_targets(self):
        running = self.lab.start(BINARY, "bench", "send", "-i", self.lab.fleet, "--seconds", "5")
        self.await_confinement(running, keeps(NET_RAW), threads_min=2)

    def test_bench_in_labs_of_its_own_sleeps_on_what_they_take(self):
        for what in ("send", "recheck"):
            with self.subTest(what):
                running = Running([BINARY, "bench", what, "--seconds", "5"])
                mine = held(fields_of(pathlib.Path("/proc/self")))["Prm"]  # not every root has all
                self.await_confinement(running, keeps(NET_RAW, NET_RAW | LAB & mine), threads_min=2)

    # Not by root, or with more than it needs at the end.

    def test_a_sweep_by_a_user_with_ambient_capabilities(self):
        fleet = self.scratch / "fleet.csv"
        shutil.copy(self.lab.fleet, fleet)
        self.scratch.chmod(0o755)
        fleet.chmod(0o644)
        wanted = "-all,+net_raw,+net_admin,+sys_ptrace"
        running = self.lab.start_sweep(
            "-i", fleet,
            wrapper=("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                     f"--inh-caps={wanted}", f"--ambient-caps={wanted}",
                     f"--bounding-set={wanted}"))
        # Without cap_setpcap nobody narrows the bounding set; exec gives nothing of it back.
        bounding = NET_RAW | NET_ADMIN | SYS_PTRACE
        self.await_confinement(running, keeps(NET_RAW, bounding=bounding), threads_min=3,
                               others=keeps(0, bounding=bounding))

    def test_a_result_in_a_folder_of_somebody_elses_is_still_put_there(self):
        folder = self.scratch / "theirs"
        folder.mkdir(mode=0o755)
        os.chown(folder, NOBODY, NOBODY)
        result = folder / "result.json"
        running = self.lab.start_sweep("-i", self.lab.fleet, "-o", result)
        # Asleep until the result is put into its place.
        first = keeps(NET_RAW, NET_RAW | DAC_OVERRIDE | FOWNER)
        self.await_confinement(running, first, threads_min=3)
        self.assertEqual([path.name for path in folder.iterdir()], ["result.json"])
        self.assertIn("rollcall.sweep/1", result.read_text())

    def test_a_result_in_a_sticky_folder_replaces_what_another_user_has_there(self):
        folder = self.scratch / "sticky"
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
        folder.chmod(0o1777)
        result = folder / "result.json"
        result.write_text("theirs")
        os.chown(result, NOBODY - 1, NOBODY)
        outcome = self.lab.sweep("-i", self.lab.fleet, "--group", "web01", "-o", result)
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertEqual([path.name for path in folder.iterdir()], ["result.json"])
        self.assertEqual(result.stat().st_uid, 0)

    def test_an_inventory_that_only_root_may_read_is_read(self):
        folder = self.scratch / "private"
        folder.mkdir()
        fleet = folder / "fleet.csv"
        shutil.copy(self.lab.fleet, fleet)
        fleet.chmod(0o600)
        for path in (fleet, folder):
            os.chown(path, NOBODY, NOBODY)
        folder.chmod(0o700)
        outcome = self.lab.sweep("-i", fleet, "--group", "web01")
        self.assertEqual(outcome.exit, 0, str(outcome))


TELL_WHAT_IT_MAY = """
[alerts]
[[alerts.command]]
name = "file"
command = ["/bin/sh", "-c", "cat /proc/self/status >> {told}"]
"""


class Watch(WatchLab):
    ALERTS = TELL_WHAT_IT_MAY

    def test_one_thread_of_a_watch_may_open_raw_sockets(self):
        self.start_watch()
        self.wait_for_a_sweep()
        self.lab.script("break", "web02", "--flush")
        self.addCleanup(self.lab.script, "heal", "web02")
        names = set()
        deadline = time.monotonic() + 60
        # In sweeps and between them: every thread, and those of a sweep were among them.
        while time.monotonic() < deadline and not {"rc-send", "rc-capture"} <= names:
            for name, thread, fields in threads_of(self.pid):
                names.add(name)
                self.assertEqual(fields["NoNewPrivs"], "1", name)
                caps = held(fields)
                if name == "rc-sweep":
                    self.assertEqual(caps, keeps(NET_RAW))
                elif caps != NOTHING:
                    # A thread of the sweep's that was born this moment.
                    self.assertEqual(caps, keeps(NET_RAW), name)
                    wait_until(lambda: self.has_nothing_or_is_gone(thread), f"{name} to drop it")
            select.select([], [], [], 0.02)
        self.assertLessEqual({"rollcall", "rollcall-web", "rc-sweep", "rc-send",
                              "rc-capture"}, names)

    def has_nothing_or_is_gone(self, thread):
        try:
            return held(fields_of(pathlib.Path(f"/proc/{self.pid}/task/{thread}"))) == NOTHING
        except (FileNotFoundError, ProcessLookupError):
            return True

    def test_verify_tells_the_watch_with_a_token_that_only_its_owner_may_read(self):
        self.start_watch()
        private = self.folder / "private"
        private.mkdir()
        token = private / "token"
        shutil.copy(self.token, token)
        token.chmod(0o600)
        for path in (token, private):
            os.chown(path, NOBODY, NOBODY)
        private.chmod(0o700)
        done = self.client("verify", "web01", "-i", self.fleet, "--wait", "20s", "--by", "anna",
                           "--watch", "http://127.0.0.1:9750", "--token-file", token)
        self.assertEqual((done.returncode, "--watch" in done.stderr), (0, False), done)

    def test_a_command_for_alerts_has_nothing_and_gains_nothing(self):
        self.start_watch()
        self.wait_for_a_sweep()
        self.lab.script("break", "web02", "--flush")
        self.addCleanup(self.lab.script, "heal", "web02")
        self.wait_for(lambda: "NoNewPrivs" in (self.told_file.read_text()
                                               if self.told_file.exists() else ""), "the alert", 60)
        told = self.told_file.read_text()
        fields = dict(line.split(":\t", 1) for line in told.splitlines() if ":\t" in line)
        self.assertEqual(held(fields), NOTHING)
        self.assertEqual(fields["NoNewPrivs"], "1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
