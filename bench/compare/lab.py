"""The labs that the tools are let loose in, and the settings of the machine around them."""

import contextlib
import ipaddress
import json
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "lab.sh"
ROLLCALL = ROOT / "build" / "release" / "cli" / "rollcall"
RESPONDER = ROOT / "build" / "release" / "cli" / "bench" / "rate_responder"
BACKLOG = pathlib.Path("/proc/sys/net/core/netdev_max_backlog")
STEERED_BACKLOG = "20000"
SELF = "198.19.255.1"
COUNT_EVERY_MS = 10


class Lab(contextlib.AbstractContextManager):
    """monitor - target; `silent` holds the addresses that do not answer."""

    def __init__(self, kind, prefix, *options):
        self.name = f"cmp-{os.getpid()}-{kind}"
        self.prefix = prefix
        self._up = ("up", kind, "--prefix", prefix, *options)

    def __enter__(self):
        self.fleet = pathlib.Path(self.script(*self._up).strip())
        self.silent = self.fleet.with_name("unbound.txt")
        self.listing = self.fleet.with_name("everybody.txt")
        self.listing.write_text("".join(f"{address}\n" for address in
                                        ipaddress.ip_network(self.prefix)), encoding="ascii")
        self.far_mac = self.run("target", "cat", "/sys/class/net/eth0/address").strip()
        return self

    def __exit__(self, *_):
        self.script("down")

    def script(self, *words):
        done = subprocess.run([SCRIPT, "--name", self.name, *map(str, words)], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"lab.sh {words}: {done.stderr}")
        return done.stdout

    def run(self, space, *command):
        return self.script("exec", space, *command)

    def inside(self, space, *command):
        """The command's words, so that it runs in a namespace and replaces what starts it."""
        return ["ip", "netns", "exec", f"{self.name}.{space}", *command]


class Rate(contextlib.AbstractContextManager):
    """How fast SYNs arrive at the responder: the same witness for every tool."""

    def __init__(self, lab):
        self._lab = lab
        self._log = tempfile.TemporaryFile("w+")

    def __enter__(self):
        self._process = subprocess.Popen(
            self._lab.inside("target", RESPONDER, "counts", "eth0", "--every-ms",
                             str(COUNT_EVERY_MS), "--times", "100000"),
            stdin=subprocess.DEVNULL, stdout=self._log)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    def per_second(self):
        """Over the middle 80 % of the SYNs, so that start and stragglers do not blur it."""
        self._log.seek(0)
        lines = self._log.read().splitlines()
        # The last line may be half a line: the writer was stopped.
        samples = [json.loads(line) for line in lines if line.endswith("}")]
        first, last = samples[0]["syns"], samples[-1]["syns"]
        low, high = (first + share * (last - first) for share in (0.1, 0.9))
        begin = next(sample for sample in samples if sample["syns"] >= low)
        end = next(sample for sample in samples if sample["syns"] >= high)
        if end["at_s"] <= begin["at_s"]:
            return 0.0
        return (end["syns"] - begin["syns"]) / (end["at_s"] - begin["at_s"])


@contextlib.contextmanager
def as_the_kernel_comes(_lab):
    yield


@contextlib.contextmanager
def steered(lab):
    """Receive steering to the second core and a long backlog; put back afterwards."""
    before = BACKLOG.read_text(encoding="ascii")
    steer = "echo {} >/sys/class/net/eth0/queues/rx-0/rps_cpus"
    BACKLOG.write_text(STEERED_BACKLOG, encoding="ascii")
    try:
        lab.run("monitor", "sh", "-c", steer.format(2))
        yield
        lab.run("monitor", "sh", "-c", steer.format(0))
    finally:
        BACKLOG.write_text(before, encoding="ascii")


SETTINGS = {"as the kernel comes": as_the_kernel_comes,
            f"RPS to the second core, netdev_max_backlog {int(STEERED_BACKLOG):,}": steered}
