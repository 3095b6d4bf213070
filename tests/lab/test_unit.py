"""The unit as it is shipped, run by a real systemd: it restricts what it says, and the watch works in it.

systemd is the first process of namespaces of its own, inside the lab: see boot_unit.sh.
"""

import contextlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import BINARY, LabTest, ROOT, wait_until
from stall import held, reap, thread_of
from watching import PYTHON, whole_lines

PACKAGING = ROOT / "packaging"
HERE = pathlib.Path(__file__).parent
NET_RAW = 1 << 13
CAP_SYS_RESOURCE = 1 << 24
SERVERS, ALIASES = 4, 8

CONFIG = """
site = "lab"
[inventory]
files = ["/etc/rollcall/fleet.csv"]
[sweep]
interval = "5s"
group_rate = 2000
[judgement]
confirm_span = "5s"
[history]
folder = "/var/lib/rollcall"
[alerts]
[[alerts.command]]
name = "file"
command = ["/usr/bin/tee", "-a", "/var/lib/rollcall/told"]
[[alerts.webhook]]
name = "hook"
url = "http://127.0.0.1:8080/taken"
[http]
token_file = "/etc/rollcall/token"
"""
LOG = "[Service]\nStandardError=append:/run/rollcall.log\n"
# One that the watchdog ends, and the watchdog itself, which systemd ends. ROLLCALL_HELD_THREADS names
# others, each as often as it is written; "rollcall" is the first thread.
WATCHED_AND_WATCHDOG = "rollcall-web rc-watchdog"
BARE = "[Unit]\nDefaultDependencies=no\n"


def cgroups():
    """Where the machine has its unified hierarchy."""
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, path, kind, *_ = line.split()
        if kind == "cgroup2":
            return pathlib.Path(path)
    raise AssertionError("no cgroup2 file system is mounted: systemd cannot run")


class CGroup(contextlib.AbstractContextManager):
    """One of the test's own, that systemd takes for the root."""

    def __init__(self, name):
        self.path = cgroups() / name

    def __enter__(self):
        self.path.mkdir()
        return self

    def __exit__(self, *_):
        def gone():
            folders = [self.path, *self.path.rglob("*/")]
            for folder in sorted(folders, reverse=True):
                with contextlib.suppress(OSError):  # its processes have not quite ended
                    folder.rmdir()
            return not self.path.exists()
        wait_until(gone, "the processes of the unit to end", 15)


def descriptors_max(wanted):
    """Not every host lets even its systemd go beyond its own limit."""
    status = pathlib.Path("/proc/self/status").read_text()
    held = int(status.split("CapEff:")[1].split()[0], 16)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return wanted if held & CAP_SYS_RESOURCE else min(wanted, limit)


def probe_unit(text):
    """The same restrictions around another program, which ends by itself."""
    kept = [line for line in text.splitlines()
            if not line.startswith(("Type=", "ExecStart=", "ExecReload=", "WatchdogSec=", "Restart"))]
    place = kept.index("[Service]") + 1
    kept[place:place] = ["Type=oneshot", "StandardOutput=file:/run/probe.json",
                         "StandardError=append:/run/probe.log",
                         f"ExecStart={PYTHON} -I /usr/bin/probe_sandbox.py"]
    return "\n".join(kept) + "\n"


class Unit(LabTest):
    KIND = "story"
    OPTIONS = ("--servers", SERVERS, "--aliases", ALIASES)

    def setUp(self):
        self.stage = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for folder in ("bin", "etc/rollcall", "units/rollcall.service.d"):
            (self.stage / folder).mkdir(parents=True)
        shutil.copy(BINARY, self.stage / "bin" / "rollcall")
        shutil.copy(HERE / "probe_sandbox.py", self.stage / "bin")
        shutil.copy(PACKAGING / "rollcall.sysusers", self.stage / "sysusers.conf")
        shutil.copy(PACKAGING / "rollcall.service", self.stage / "units")
        settings = self.stage / "etc" / "rollcall"
        (settings / "rollcall.toml").write_text(CONFIG)
        (settings / "token").write_text("a secret\n")
        shutil.copy(self.lab.fleet, settings / "fleet.csv")
        units = self.stage / "units"
        (units / "rollcall.service.d" / "log.conf").write_text(LOG)
        (units / "probe.service").write_text(probe_unit((PACKAGING / "rollcall.service").read_text()))
        for name in ("default", "sysinit", "basic", "shutdown"):
            (units / f"{name}.target").write_text(BARE)
        self.boot()

    def boot(self):
        group = self.enterContext(CGroup(self.lab.name))

        def enter():
            (group.path / "cgroup.procs").write_text(str(os.getpid()))

        output = self.enterContext((self.stage / "systemd.log").open("w"))
        self.outer = subprocess.Popen(
            [str(ROOT / "scripts" / "lab.sh"), "--name", self.lab.name, "exec", "monitor",
             "unshare", "--mount", "--pid", "--fork", "--cgroup", "--uts", "--ipc", "--kill-child",
             str(HERE / "boot_unit.sh"), str(self.stage)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, preexec_fn=enter)
        self.addCleanup(lambda: (self.outer.kill(), self.outer.wait()))
        self.init = None
        wait_until(self.is_up, f"systemd; {output.name}", 20)

    def is_up(self):
        if self.outer.poll() is not None:
            raise AssertionError((self.stage / "systemd.log").read_text())
        children = pathlib.Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read_text()
        if not children.split():
            return False
        self.init = int(children.split()[0])
        return self.path("/run/systemd/private").exists()

    def path(self, inside):
        return pathlib.Path(f"/proc/{self.init}/root{inside}")

    def inside(self, *command, check=True):
        done = subprocess.run(
            ["nsenter", "--target", str(self.init), "--mount", "--pid", "--net", "--cgroup", *command],
            capture_output=True, text=True, timeout=60, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: {done}\n{self.log()}\n"
                                 f"{(self.stage / 'systemd.log').read_text()}")
        return done

    def show(self, name):
        return self.inside("systemctl", "show", "--value", "-p", name, "rollcall").stdout.strip()

    def log(self):
        log = self.path("/run/rollcall.log")
        return log.read_text() if log.exists() else "no log"

    def status(self):
        """Of the process, from outside."""
        pid = int(self.show("MainPID"))
        space = pathlib.Path(f"/proc/{self.init}/ns/pid").readlink()
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                text = (entry / "status").read_text() if entry.name.isdigit() else ""
                fields = dict(line.split(":\t") for line in text.splitlines() if ":\t" in line)
                # Other runs of this test may have the same number in a namespace of theirs.
                if (fields.get("Name") == "rollcall" and fields["NSpid"].split()[-1:] == [str(pid)]
                        and (entry / "ns" / "pid").readlink() == space):
                    return fields
        raise AssertionError(f"no process {pid}")

    def ask(self):
        return json.loads(self.inside("rollcall", "status", "--format", "json", check=False).stdout)

    def wait_for(self, condition, what, seconds):
        try:
            wait_until(condition, what, seconds)
        except RuntimeError as error:
            raise AssertionError(f"{error}\n{self.log()[-6000:]}") from None

    def has_swept(self):
        try:
            return self.ask()["last_sweep"]
        except json.JSONDecodeError:  # it does not listen yet
            return None

    def sweeps(self):
        query = ("import sqlite3; d = sqlite3.connect('file:/var/lib/rollcall/history.db?mode=ro', "
                 "uri=True); print(d.execute('SELECT count(*) FROM sweeps').fetchone()[0])")
        return int(self.inside(PYTHON, "-I", "-c", query).stdout)

    def told(self):
        lines = whole_lines(self.path("/var/lib/rollcall/told"))
        return [(alert["change"], alert["incident"]["subject"]) for alert in map(json.loads, lines)
                if alert["change"] != "changed"]

    def start_sink(self):
        self.taken = self.stage / "taken"
        taken = self.enterContext(self.taken.open("w"))
        sink = subprocess.Popen(
            [str(ROOT / "scripts" / "lab.sh"), "--name", self.lab.name, "exec", "monitor", PYTHON,
             "-B", str(ROOT / "tests" / "scheduler" / "alert" / "sinks.py"), "http", "8080"],
            stdout=taken, stdin=subprocess.DEVNULL)
        self.addCleanup(lambda: (sink.kill(), sink.wait()))

    def test_the_watch_does_its_work_within_the_restrictions(self):
        self.start_sink()
        self.addCleanup(self.lab.script, "heal")
        self.inside("systemctl", "start", "rollcall")  # returns when it says that it is ready
        self.assertEqual(self.show("ActiveState"), "active")
        self.assert_confined(self.status())
        self.wait_for(lambda: self.sweeps() >= 2, "two sweeps", 30)
        status = self.ask()
        self.assertEqual(status["last_sweep"]["open"], SERVERS * ALIASES)
        self.assertEqual(status["history_rows_waiting"], 0)

        self.lab.script("break", "web02", "--after", "5")
        self.wait_for(lambda: self.told() == [("opened", "web02")], "the command to be told", 60)
        self.wait_for(lambda: '\\"opened\\"' in self.taken.read_text(), "the webhook too", 10)
        self.lab.script("heal")

        with self.path("/etc/rollcall/fleet.csv").open("a") as fleet:
            fleet.write("198.18.1.1,443,web01\n")
        self.inside("systemctl", "reload", "rollcall")
        self.wait_for(lambda: self.ask()["inventory"]["targets"] == SERVERS * ALIASES + 1,
                      "the other inventory", 15)
        self.wait_for(lambda: self.told()[1:] == [("ended", "web02")], "the end to be told", 60)
        swept = self.sweeps()
        self.wait_for(lambda: self.sweeps() >= swept + 2, "two more sweeps", 30)

        self.wait_for(lambda: self.ask()["sweeping"], "a sweep under way", 30)
        begun = time.monotonic()
        self.inside("systemctl", "stop", "rollcall")
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual((self.show("Result"), self.show("ExecMainStatus"), self.show("NRestarts")),
                         ("success", "0", "0"))
        # Nothing that it wanted was refused: it would say so.
        complaints = [line for line in self.log().splitlines()
                      if "level=info" not in line and "msg=incident" not in line]
        self.assertEqual(complaints, [])
        self.assertNotIn("io_uring", self.log())

    def test_a_watch_with_a_held_thread_is_back_within_35_seconds(self):
        self.start_sink()
        self.inside("systemctl", "start", "rollcall")
        threads = os.environ.get("ROLLCALL_HELD_THREADS", WATCHED_AND_WATCHDOG).split()
        told = []
        if {"rc-send", "rc-capture"} & set(threads):  # a sweep takes long where something is amiss
            self.wait_for(self.has_swept, "a sweep", 60)
            self.addCleanup(self.lab.script, "heal")
            self.lab.script("break", "web02", "--after", "5")
            told = [("opened", "web02")]
            self.wait_for(lambda: self.told() == told, "the incident to be told", 60)
        for name in threads:
            with self.subTest(name):
                self.hold_until_it_is_back(name)
        self.assertEqual(self.show("NRestarts"), str(len(threads)))
        self.assertEqual(self.told(), told)

    def keep_the_loader_waiting(self):
        fleet = self.path("/etc/rollcall/fleet.csv")
        if not fleet.is_fifo():
            fleet.unlink()
            os.mkfifo(fleet)
        self.inside("systemctl", "kill", "--signal", "HUP", "rollcall")

    def hold_until_it_is_back(self, name):
        self.wait_for(self.has_swept, "a sweep", 60)
        before, process = self.show("MainPID"), int(self.status()["Pid"])
        if name == "rc-loader":
            self.keep_the_loader_waiting()
        found = []

        def has_thread():
            found[:] = [process if name == "rollcall" else thread_of(process, name)]
            return found[0] is not None

        self.wait_for(has_thread, f"the thread {name}", 30)
        begun = time.monotonic()

        def is_back():
            reap(found[0])  # systemd is the parent, and hears of the end only after that
            return self.show("MainPID") not in ("0", before) and self.show("ActiveState") == "active"

        with held(found[0]):
            self.wait_for(is_back, "another process", 60)
            seconds = time.monotonic() - begun
        print(f"{name}: back after {seconds:.1f} s", flush=True)
        self.assertLess(seconds, 35)

    def assert_confined(self, status):
        capabilities = {name: int(status[f"Cap{name}"], 16) for name in ("Prm", "Eff", "Inh", "Amb", "Bnd")}
        self.assertEqual(capabilities,
                         {"Prm": 0, "Eff": 0, "Inh": 0, "Amb": 0, "Bnd": NET_RAW})
        self.assertEqual(status["Seccomp"], "2")
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Umask"], "0077")
        self.assertNotIn("0", status["Uid"].split())
        self.assertNotIn("0", status["Gid"].split() + status["Groups"].split())

    def test_what_the_unit_forbids_is_forbidden(self):
        self.inside("systemctl", "start", "probe")
        found = json.loads(self.path("/run/probe.json").read_text())
        status = found["status"]
        self.assertEqual(status["Seccomp"], "2")
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(found["tried"], {
            "write outside of its state": "EROFS",
            "write to its state": "allowed",
            "a packet socket": "allowed",
            "a raw socket": "allowed",
            "a socket of the kernel's ciphers": "EAFNOSUPPORT",
            "memory to write and execute": "EPERM",
            "set-user-id": "EPERM",
            "a user namespace": "EPERM",
            "trace": "EPERM",
            "personality": "EPERM",
            "keys": "EPERM",
            "choose its processors": "EPERM",
        })
        self.assertEqual(found["umask"], "0o77")
        self.assertFalse(found["sees processes of others"])
        self.assertEqual({"kmsg", "mem", "kvm", "vda", "sda"} & set(found["devices"]), set())
        self.assertEqual((found["descriptors"], found["core"]), (descriptors_max(65536), 0))
        # The watch has the same filters around it, and as many.
        self.start_sink()
        self.inside("systemctl", "start", "rollcall")
        self.assertEqual(self.status()["Seccomp_filters"], status["Seccomp_filters"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
