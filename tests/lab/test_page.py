"""The status page in a real Chromium against a real watch: the story, and a fleet of 131,072.

Screenshots stay in ROLLCALL_SCREENSHOTS (default build/release/screenshots). Needs chromium, node
and, in ROLLCALL_BROWSER_DRIVER, playwright-core.
"""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest

from harness import BINARY, LAB_SCRIPT, LabTest, ROOT, Running, require, wait_until

BUILD = ROOT / "build" / "release"
SCREENSHOTS = pathlib.Path(os.environ.get("ROLLCALL_SCREENSHOTS", BUILD / "screenshots"))
DRIVER = os.environ.get("ROLLCALL_BROWSER_DRIVER",
                        str(BUILD / "tests" / "web" / "node_modules" / "playwright-core"))
TOKEN = "a secret"
ALIASES, UP = 40, 23

CONFIG = """
site = "lab"
vantage = "mon1"
[inventory]
files = ["{fleet}"]
[sweep]
interval = "{interval}s"
group_rate = 2000
[judgement]
confirm_span = "5s"
settling = "5s"
[history]
folder = "{folder}/state"
[http]
token_file = "{folder}/token"
{http}
"""


class Page(LabTest):
    INTERVAL = 5
    EXTERNAL = ""

    def setUp(self):
        require(shutil.which("chromium"), "chromium is missing: scripts/setup.sh installs it")
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "state").mkdir()
        (self.folder / "token").write_text(TOKEN + "\n")
        config = self.folder / "rollcall.toml"
        config.write_text(CONFIG.format(fleet=self.lab.fleet, folder=self.folder,
                                        interval=self.INTERVAL,
                                        http=f'external_url = "{self.EXTERNAL}"'
                                        if self.EXTERNAL else ""))
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.watch = self.lab.start(BINARY, "watch", "--config", config)
        self.addCleanup(self.end_watch)
        wait_until(lambda: self.watch.ended() or self.ready(), "a first sweep", 60)
        self.assertFalse(self.watch.ended(), self.watch.stderr_so_far())

    def end_watch(self):
        self.watch._process.terminate()
        ended = self.watch.finish(15)
        self.assertEqual(ended.exit, 0, ended)

    def ready(self):
        done = self.lab._call("exec", "monitor", BINARY, "status", timeout=30)
        return done.returncode in (0, 2)

    def browse(self, script, timeout, **environment):
        """Runs a script of tests/web whose Chromium stands where the watch does."""
        chromium = self.folder / "chromium"
        chromium.write_text(f'#!/bin/sh\nexec "{LAB_SCRIPT}" --name "{self.lab.name}" '
                            'exec monitor chromium "$@"\n')
        chromium.chmod(0o755)
        done = Running(["node", ROOT / "tests" / "web" / script], {
            "PAGE_URL": "http://127.0.0.1:9750/", "CHROMIUM": str(chromium), "DRIVER": DRIVER,
            "SCREENSHOTS": str(SCREENSHOTS), "LAB_SCRIPT": str(LAB_SCRIPT), "LAB": self.lab.name,
            "TOKEN": TOKEN, "WATCH_PID": str(self.watch._process.pid), **environment,
        }).finish(timeout)
        print(done.stdout, flush=True)
        self.assertEqual(done.exit, 0, f"{done}\n{self.watch.stderr_so_far()[-4000:]}")


class Story(Page):
    KIND = "story"
    OPTIONS = ("--servers", 3, "--aliases", ALIASES)

    def test_an_operator_sees_a_half_reboot_reads_silences_and_heals_it_in_one_page_load(self):
        self.addCleanup(self.lab.script, "heal")
        self.browse("story.js", 240, UP=str(UP), ALIASES=str(ALIASES))


class BehindAProxy(Page):
    KIND = "story"
    OPTIONS = ("--servers", 3, "--aliases", ALIASES)
    EXTERNAL = "https://noc.example.net/rollcall"

    def setUp(self):
        super().setUp()
        self.addCleanup(self.lab.script, "heal")

    def browse_through(self, mode, port):
        proxy = self.lab.start(sys.executable, "-B", ROOT / "tests" / "lab" / "prefix_proxy.py", port,
                               "/rollcall", "noc.example.net", mode)
        self.addCleanup(lambda: (proxy._process.terminate(), proxy.finish(10)))
        url = f"http://127.0.0.1:{port}/rollcall/"
        wait_until(lambda: self.lab._call("exec", "monitor", BINARY, "status", "--url", url,
                                          timeout=30).returncode == 0, "the proxy", 30)
        self.browse("proxied.js", 240, PAGE_URL=url, UP=str(UP))

    def test_the_page_works_below_a_path_that_the_proxy_cuts_off(self):
        self.browse_through("cut", 9761)

    def test_the_page_works_below_a_path_that_the_proxy_passes_on(self):
        self.browse_through("pass", 9762)


class Large(Page):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/15")  # 131,072 targets in 512 groups
    INTERVAL, MISSING = 20, "300"

    def test_a_hundred_thousand_targets_are_seen_at_once_and_pan_smoothly(self):
        self.lab.script("break", "--unbind", self.MISSING, "--within", "10.0.42.0/23")
        self.browse("large.js", 240, TARGETS=str(2**17), MISSING=self.MISSING)


if __name__ == "__main__":
    unittest.main()
