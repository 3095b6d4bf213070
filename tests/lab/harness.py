"""What the lab scenarios share: a lab of their own, the binary run in it, counters on its wires.

Needs root and the built binary; without either every scenario fails and says why.
Environment: ROLLCALL_BINARY (default build/release/cli/rollcall), ROLLCALL_LAB_PREFIX (so that a
caller can take down what a killed test has left), ROLLCALL_KNOWN_SWEEP (default
build/release/tests/lab/known_sweep).
"""

import dataclasses
import ipaddress
import json
import os
import pathlib
import random
import select
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB_SCRIPT = ROOT / "scripts" / "lab.sh"
STATE_ROOT = pathlib.Path("/run/rollcall-lab")
BINARY = os.environ.get("ROLLCALL_BINARY", str(ROOT / "build" / "release" / "cli" / "rollcall"))
KNOWN_SWEEP = os.environ.get("ROLLCALL_KNOWN_SWEEP",
                             str(ROOT / "build" / "release" / "tests" / "lab" / "known_sweep"))

# The proof that RSTs leave: up to 8 targets a way, and once more where the first round found fault.
PREFLIGHT_SYNS_MAX = 16


def require(condition, what):
    if not condition:
        raise RuntimeError(what)


def wait_until(condition, what, seconds=10.0):
    """Waits for a condition, never for time; fails by name after a generous while."""
    deadline = time.monotonic() + seconds
    while not condition():
        require(time.monotonic() < deadline, f"waited {seconds} s for: {what}")
        select.select([], [], [], 0.02)


def addresses_of(ranges):
    """["10.0.0.1", "10.0.0.5-10.0.0.7"] -> the set of its addresses as text."""
    found = set()
    for text in ranges:
        first, _, last = text.partition("-")
        low, high = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
        found.update(str(ipaddress.ip_address(value)) for value in range(int(low), int(high) + 1))
    return found


@dataclasses.dataclass
class Outcome:
    exit: int
    stdout: str
    stderr: str
    seconds: float
    rss_mb: float

    @property
    def document(self):
        try:
            return json.loads(self.stdout)
        except ValueError:
            raise AssertionError(f"no JSON on stdout\n{self}") from None

    @property
    def groups(self):
        return {group["group"]: group for group in self.document["groups_not_up"]}

    @property
    def complaints(self):
        return self.stderr.splitlines()

    def __str__(self):
        return (f"exit {self.exit} after {self.seconds:.2f} s, {self.rss_mb:.1f} MB\n"
                f"stdout: {self.stdout[:2000]}\nstderr: {self.stderr[:4000]}")


class Running:
    """A process under way, with its output in files, so that a full pipe never stops it."""

    def __init__(self, command, env=None):
        self._out = tempfile.TemporaryFile()
        self._err = tempfile.TemporaryFile()
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=self._out,
            stderr=self._err, env={**os.environ, **(env or {})})

    def interrupt(self):
        self._process.send_signal(signal.SIGINT)

    def terminate(self):
        self._process.send_signal(signal.SIGTERM)

    def ended(self):
        descriptor = os.pidfd_open(self._process.pid)
        try:
            return bool(select.select([descriptor], [], [], 0)[0])
        finally:
            os.close(descriptor)

    def stderr_so_far(self):
        return self._text(self._err)

    def finish(self, timeout):
        descriptor = os.pidfd_open(self._process.pid)
        try:
            in_time = select.select([descriptor], [], [], timeout)[0]
        finally:
            os.close(descriptor)
        seconds = time.monotonic() - self._started
        if not in_time:
            self._process.kill()
        # wait4 and not wait: it alone tells this child's peak memory.
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        outcome = Outcome(self._process.returncode, self._text(self._out), self._text(self._err),
                          seconds, usage.ru_maxrss / 1024)
        self._out.close()
        self._err.close()
        require(in_time, f"still running after {timeout} s: {self._process.args}\n{outcome}")
        return outcome

    @staticmethod
    def _text(file):
        size = os.fstat(file.fileno()).st_size
        return os.pread(file.fileno(), size, 0).decode("utf-8", "replace")


class SynCounter:
    """Counts, where it stands, the SYNs and RSTs that arrive.

    With twice=True also the SYNs that an address gets a second time from the same port, at some
    cost a packet.
    """

    TWICE = """
table inet rollcall_count {
  set seen { type ipv4_addr . inet_service; size 4194304; flags dynamic; }
  chain inward {
    ip daddr . tcp sport @seen counter name repeated
    add @seen { ip daddr . tcp sport }
  }
}"""
    RULES = """
table inet rollcall_count {
  counter syns { }
  counter repeated { }
  counter resets { }
  chain inward {
    type filter hook prerouting priority -400;
    iifname lo return
    meta l4proto != tcp return
    tcp flags & rst == rst counter name resets
    tcp flags & (syn | ack | rst) != syn return
    counter name syns
  }
}"""

    def __init__(self, lab, space, twice=False):
        self._lab, self._space = lab, space
        self._rules = self.RULES + (self.TWICE if twice else "")

    def __enter__(self):
        self._nft("-f", "-", input=self._rules)
        return self

    def __exit__(self, *_):
        self._nft("delete", "table", "inet", "rollcall_count")

    def read(self):
        # Terse, and the whole ruleset: any narrower listing first fetches every address in the set.
        listed = json.loads(self._nft("-t", "-j", "list", "ruleset"))["nftables"]
        counters = [entry["counter"] for entry in listed if "counter" in entry]
        return {counter["name"]: counter["packets"] for counter in counters
                if counter["table"] == "rollcall_count"}

    def syns(self):
        return self.read()["syns"]

    def _nft(self, *words, input=None):
        return self._lab.run(self._space, "nft", *words, input=input)


class Lab:
    """A lab that is up inside a `with`, under a name that no other process uses."""

    _made = 0

    def __init__(self, kind, *options):
        Lab._made += 1
        prefix = os.environ.get("ROLLCALL_LAB_PREFIX", "test")
        self.name = f"{prefix}-{os.getpid()}-{Lab._made}"
        self._up = ("up", kind, *options)
        self.fleet = None

    def __enter__(self):
        require(os.geteuid() == 0, "the lab scenarios need root: they make network namespaces")
        self.fleet = self.script(*self._up).strip()
        return self

    def __exit__(self, *_):
        self.script("down")

    def script(self, *words):
        done = self._call(*words, timeout=120)
        require(done.returncode == 0, f"lab.sh {words} failed: {done.stdout}{done.stderr}")
        return done.stdout

    def run(self, space, *command, input=None):
        done = self._call("exec", space, *command, input=input, timeout=60)
        require(done.returncode == 0, f"{command} in {space} failed: {done.stderr[:2000]}")
        return done.stdout

    def _call(self, *words, timeout, input=None):
        return subprocess.run([LAB_SCRIPT, "--name", self.name, *map(str, words)], text=True,
                              input=input or "", capture_output=True, timeout=timeout, check=False)

    def start(self, *command, space="monitor", env=None):
        return Running([LAB_SCRIPT, "--name", self.name, "exec", space, *command], env)

    def start_sweep(self, *arguments, binary=None, wrapper=(), env=None):
        binary = binary or BINARY
        require(os.access(binary, os.X_OK), f"{binary} is missing: build it first")
        form = () if "--format" in arguments else ("--format", "json")
        return self.start(*wrapper, binary, "sweep", *form, *arguments, env=env)

    def sweep(self, *arguments, timeout=60, **how):
        return self.start_sweep(*arguments, **how).finish(timeout)


class KnownSweep:
    """A sweep of `fleet` whose every tuple and cookie is known; see known_sweep.cc."""

    def __init__(self, lab, monitor, fleet):
        require(os.access(KNOWN_SWEEP, os.X_OK), f"{KNOWN_SWEEP} is missing: build it first")
        self._lab, self._fleet = lab, fleet
        self.key = random.SystemRandom().randrange(2**64)
        print(f"key {self.key}", flush=True)
        # (address, port) -> [(own port, cookie) for each attempt]
        self.tuples = {}
        listed = lab.run("monitor", KNOWN_SWEEP, self.key, "tuples", monitor, fleet)
        for line in listed.splitlines():
            address, port, _, own_port, cookie = line.split()
            self.tuples.setdefault((address, int(port)), []).append((int(own_port), int(cookie)))

    def start(self, rate):
        return self._lab.start(KNOWN_SWEEP, self.key, "sweep", rate, self._fleet)


class LabTest(unittest.TestCase):
    """A scenario file's cases share one lab: KIND and OPTIONS say which."""

    KIND = None
    OPTIONS = ()
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab(cls.KIND, *cls.OPTIONS))
        cls.scratch = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def assert_sweep(self, outcome, exit, conclusive=True):
        self.assertEqual(outcome.exit, exit, str(outcome))
        document = outcome.document
        self.assertEqual(document["schema"], "rollcall.sweep/1", str(outcome))
        self.assertEqual(document["conclusive"], conclusive, str(outcome))
        self.assertEqual(sum(document["counts"].values()), document["targets"], str(outcome))
        # Else the connects alone may have found the verdicts, without a single probe.
        self.assertEqual(document["path"]["send_errors"], 0, str(outcome))
        return document
