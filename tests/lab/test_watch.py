"""`rollcall watch` end to end: a reboot that silently goes half wrong, a real Alertmanager, kill -9."""

import json
import os
import pathlib
import random
import signal
import subprocess
import time
import unittest

from harness import ROOT, addresses_of, wait_until
from watching import PYTHON, WatchLab

AM = "http://127.0.0.1:9093"
AM_CONFIG = """
route:
  receiver: nobody
  group_by: [alertname, group, site]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
  routes: [{matchers: ['alertname="RollcallGroup"'], receiver: sink}]
receivers:
  - name: nobody
  - {name: sink, webhook_configs: [{url: "http://127.0.0.1:8080/taken"}]}
"""


class Watch(WatchLab):
    SERVERS, ALIASES = 20, 254
    ALERTS = f"""
[alerts]
heartbeat = "10s"
[[alerts.alertmanager]]
name = "am"
url = "{AM}"
"""

    # The Alertmanager and whom it pages.

    def start_alertmanager(self):
        configuration = self.folder / "am.yml"
        configuration.write_text(AM_CONFIG)
        self.pages = self.folder / "pages"
        pages = self.enterContext(self.pages.open("w"))
        sink = subprocess.Popen(
            [str(ROOT / "scripts" / "lab.sh"), "--name", self.lab.name, "exec", "monitor", PYTHON,
             "-B", str(ROOT / "tests" / "scheduler" / "alert" / "sinks.py"), "http", "8080"],
            stdout=pages, stdin=subprocess.DEVNULL)
        self.addCleanup(lambda: (sink.kill(), sink.wait()))
        manager = self.lab.start(
            "prometheus-alertmanager", f"--config.file={configuration}",
            f"--storage.path={self.folder / 'am'}", "--web.listen-address=127.0.0.1:9093",
            "--cluster.listen-address=", "--log.level=error")
        self.addCleanup(lambda: (manager._process.kill(), manager.finish(10)))
        wait_until(lambda: self.http(f"{AM}/-/ready") is not None, "the Alertmanager", 30)

    def http(self, url):
        code = ("import sys, urllib.request as r; "
                "sys.stdout.write(r.urlopen(sys.argv[1], timeout=5).read().decode())")
        done = subprocess.run(
            [str(ROOT / "scripts" / "lab.sh"), "--name", self.lab.name, "exec", "monitor", PYTHON,
             "-I", "-c", code, url], text=True, capture_output=True, timeout=20, check=False)
        return done.stdout if done.returncode == 0 else None

    def alerts(self):
        """{group: alert}, of those that fire; one group with two of them fails."""
        listed = json.loads(self.http(f"{AM}/api/v2/alerts?active=true") or "[]")
        about = [alert for alert in listed if "group" in alert["labels"]]
        found = {alert["labels"]["group"]: alert for alert in about}
        self.assertEqual(len(found), len(about), listed)
        return found

    def paged(self, group):
        """What the sink was told of a group: ["firing", "resolved"]"""
        told = []
        for line in self.pages.read_text().splitlines():
            body = json.loads(json.loads(line).get("body", "{}"))
            if body.get("commonLabels", {}).get("group") == group:
                told.append(body["status"])
        return told

    # The stories.

    def test_a_silent_partial_reboot_is_one_alert_through_kills_and_healing_ends_it(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        up = chance.randrange(5, self.ALIASES - 5)
        print(f"seed {seed}: web07 comes back with {up} of {self.ALIASES}", flush=True)
        expected = addresses_of([f"198.18.7.{up + 1}-198.18.7.{self.ALIASES}"])
        self.start_alertmanager()
        self.start_watch()
        self.wait_for_a_sweep()
        self.assertEqual(self.ask("status")["last_sweep"]["open"], self.SERVERS * self.ALIASES)
        self.addCleanup(self.lab.script, "heal")

        # A maintenance window keeps web03 quiet through all of it.
        silenced = self.ask("silence", "add", "--group", "web03", "--for", "1h", "--by", "anna",
                            "--reason", "new disks", "--token-file", self.token)
        self.ask("note", "web07", "run ipaliases twice", "--by", "anna", "--token-file", self.token)

        # The reboot: nothing answers. Killed at some moment while it finds that out.
        self.lab.script("break", "web07", "--flush")
        self.lab.script("break", "web03", "--flush")
        chances = [chance.uniform(0, 8) for _ in range(2)]
        print(f"killed {chances} s after the reboot, then after the settling began", flush=True)
        time.sleep(chances[0])  # a random moment is what is wanted, no condition
        self.kill_watch()
        self.start_watch()
        self.wait_for(lambda: self.trouble_of("web07") == "down", "web07 to be down", 60)
        self.wait_for(lambda: "web07" in self.alerts(), "the alert", 10)

        # The script that binds the aliases stops early and says nothing.
        self.lab.script("break", "web07", "--after", up)
        self.wait_for(lambda: self.groups()["web07"]["settling"], "web07 to settle", 30)
        time.sleep(chances[1])
        self.kill_watch()
        self.start_watch()
        # It knows what it knew, before any sweep.
        self.assertEqual([i["subject"] for i in self.ask("incidents")["incidents"]
                          if i["subject"] == "web07"], ["web07"])
        settled_by = time.monotonic() + self.SETTLING

        def is_told():
            notes = self.alerts().get("web07", {}).get("annotations", {})
            return notes.get("trouble") == "partial_after_reboot"

        self.wait_for(is_told, "the alert to tell the story", self.SETTLING + 45)
        after = time.monotonic() - settled_by
        print(f"told {after:.1f} s after the settling time's end", flush=True)
        self.assertLess(after, 45)
        annotations = self.alerts()["web07"]["annotations"]
        verified = self.client("verify", "-i", self.lab.fleet, "web07", "--wait", "0", "--by", "otto",
                               "--watch", "http://127.0.0.1:9750", "--token-file", self.token)
        self.assertEqual(verified.returncode, 2, verified)
        self.assertEqual([i["verified_by"] for i in self.ask("incidents")["incidents"]
                          if i["subject"] == "web07"], [["otto (not passed)"]], verified.stderr)
        self.assertEqual(addresses_of(annotations["missing"].split(", ")), expected)
        self.assertEqual(annotations["note"], "run ipaliases twice")
        self.assertEqual(set(self.alerts()), {"web07"})
        status = self.client("status")
        self.assertEqual(status.returncode, 2, status)
        self.assertIn(f"web07  partial_after_reboot  {up} of {self.ALIASES} answer", status.stdout)

        # Healed.
        self.lab.script("heal")
        self.wait_for(lambda: self.paged("web07") == ["firing", "resolved"],
                      "the alert to be resolved", 60)
        self.wait_for(lambda: self.groups() == {}, "all groups to be up", 30)
        self.wait_for(lambda: self.client("status").returncode == 0, "the status to be well", 30)
        self.assertEqual(self.paged("web03"), [])
        ended = self.end_watch()
        self.assertEqual(ended.exit, 0, ended)
        self.assert_history(silenced["id"])

    def assert_history(self, silence):
        self.assert_history_is_whole()
        incidents = self.stored_incidents()
        self.assertEqual(sorted(i["subject"] for i in incidents), ["web03", "web07"], incidents)
        self.assertTrue(all(i["ended_at"] for i in incidents), incidents)
        silenced = self.rows("SELECT DISTINCT silenced_by FROM incident_events e JOIN incidents i "
                             "ON i.name = e.incident WHERE i.name LIKE 'web03@%'")
        self.assertEqual(silenced, [(silence,)])
        # Each target went missing once and came back once, whatever was killed in between.
        for group in ("web03", "web07"):
            for state in ("missing", "up"):
                times = self.rows(
                    f"SELECT count(*), count(DISTINCT address) FROM transitions WHERE grp = '{group}' "
                    f"AND to_state = '{state}' AND from_state != 'suspect' OR grp = '{group}' AND "
                    f"to_state = '{state}' AND '{state}' = 'missing'")
                self.assertEqual(times, [(self.ALIASES, self.ALIASES)], (group, state))
        self.assertEqual(self.rows("SELECT count(*) FROM outbox WHERE settled_at IS NULL"), [(0,)])

    def test_a_bad_or_shrunken_inventory_is_refused_and_the_last_good_one_outlives_a_restart(self):
        whole = self.fleet.read_text()
        targets = self.SERVERS * self.ALIASES
        self.start_watch()
        for name, text, why in (
                ("broken", whole + "198.18.999.1,80,web99\n", f"{self.fleet}:{self.SERVERS + 2}:1"),
                ("shrunken", "\n".join(whole.splitlines()[:self.SERVERS // 2]) + "\n", "it lost")):
            with self.subTest(name):
                self.fleet.write_text(text)
                reloads = self.notify.count("RELOADING=1")
                self.send(signal.SIGHUP)
                self.wait_for(lambda: why in self.ask("status")["inventory"]["problem"],
                              "the refusal", 10)
                self.assertGreater(self.notify.count("RELOADING=1"), reloads)
                self.assertEqual(self.ask("status")["inventory"]["targets"], targets)
                self.assertEqual(self.end_watch().exit, 0)
                self.start_watch()
                status = self.ask("status")
                self.assertEqual(status["inventory"]["targets"], targets)
                self.assertIn(why, status["inventory"]["problem"])
        # It goes on sweeping what it has, and takes what is in order again.
        self.wait_for_a_sweep()
        self.fleet.write_text(whole + "198.18.1.1,443,web01\n")
        self.send(signal.SIGHUP)
        self.wait_for(lambda: self.ask("status")["inventory"]["targets"] == targets + 1,
                      "the mended inventory", 15)
        self.assertEqual(self.ask("status")["inventory"]["problem"], "")
        self.wait_for(lambda: self.notify.count("WATCHDOG=1") >= 2, "the watchdog to be fed", 10)
        ended = self.end_watch()
        self.assertEqual(ended.exit, 0, ended)
        self.assertIn("STOPPING=1", self.notify.heard)

    def test_sigterm_in_mid_sweep_ends_within_ten_seconds(self):
        self.lab.script("break", "web02", "--flush")
        self.addCleanup(self.lab.script, "heal", "web02")
        self.start_watch()
        self.wait_for(lambda: self.ask("status")["sweeping"], "a sweep with silence in it", 30)
        begun = time.monotonic()
        ended = self.end_watch()
        print(f"ended in {time.monotonic() - begun:.1f} s", flush=True)
        self.assertEqual(ended.exit, 0, ended)
        self.assertLess(time.monotonic() - begun, 10)

    def test_it_needs_no_more_than_the_unit_grants(self):
        """A user of its own, cap_net_raw, and nothing that exec could give back."""
        for path in (self.folder, self.state, *self.folder.iterdir()):
            os.chown(path, 65534, 65534)
        self.start_watch("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                         "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw",
                         "--bounding-set=-all,+net_raw", "--no-new-privs")
        self.wait_for_a_sweep()
        self.assertEqual(self.ask("status")["last_sweep"]["open"], self.SERVERS * self.ALIASES)
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        held = {line.split(":")[0]: int(line.split()[1], 16) for line in status.splitlines()
                if line.startswith("Cap")}
        # The thread that sweeps has it: test_privileges.py.
        self.assertEqual(held, {"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapBnd": 1 << 13,
                                "CapAmb": 0})

    def test_only_who_knows_the_token_changes_anything(self):
        self.start_watch()
        other = self.folder / "other"
        other.write_text("not the secret\n")
        for token, why in ((other, "is not this watch's"), (None, "wants its bearer token")):
            with self.subTest(token=token):
                words = () if token is None else ("--token-file", token)
                refused = self.client("note", "web01", "x", "--by", "eve", *words)
                self.assertEqual(refused.returncode, 3, refused)
                self.assertIn(why, refused.stderr)
        self.assertEqual(self.client("silence", "list").stdout, "no silences\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
