"""A real Prometheus scrapes a real watch, and the shipped rules tell the story of a half reboot."""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

from harness import BINARY, LAB_SCRIPT, LabTest, ROOT, wait_until

PYTHON = "/usr/bin/python3"
WATCH, PROMETHEUS = "127.0.0.1:9750", "127.0.0.1:9090"
RULES = ROOT / "packaging" / "prometheus" / "rollcall.rules.yml"
SERVERS, ALIASES, UP = 8, 40, 23
SETTLING = 5

CONFIG = """
site = "lab"
[inventory]
files = ["{fleet}"]
[sweep]
interval = "5s"
group_rate = 2000
[judgement]
confirm_span = "5s"
settling = "{settling}s"
[history]
folder = "{folder}/state"
[http]
token_file = "{folder}/token"
"""

SCRAPING = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: rollcall
    static_configs: [{{targets: ["{watch}"]}}]
  - job_name: blackbox
    metrics_path: /probe
    params: {{module: [tcp_connect]}}
    static_configs: [{{targets: ["198.18.7.1:80", "198.18.7.{alias}:80"]}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: "{watch}"}}
"""


class PrometheusScrapes(LabTest):
    KIND = "story"
    OPTIONS = ("--servers", SERVERS, "--aliases", ALIASES)

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "state").mkdir()
        (self.folder / "token").write_text("a secret\n")
        config = self.folder / "rollcall.toml"
        config.write_text(CONFIG.format(fleet=self.lab.fleet, settling=SETTLING,
                                        folder=self.folder))
        self.watch = self.lab.start(BINARY, "watch", "--config", config)
        self.addCleanup(self.end_watch)
        scraping = self.folder / "prometheus.yml"
        scraping.write_text(SCRAPING.format(rules=RULES, watch=WATCH, alias=ALIASES))
        prometheus = self.lab.start(
            "prometheus", f"--config.file={scraping}", f"--storage.tsdb.path={self.folder / 'tsdb'}",
            f"--web.listen-address={PROMETHEUS}", "--log.level=warn")
        self.addCleanup(lambda: (prometheus._process.kill(), prometheus.finish(10)))

    def end_watch(self):
        self.watch._process.send_signal(signal.SIGTERM)
        ended = self.watch.finish(15)
        self.assertEqual(ended.exit, 0, ended)

    # Asking both of them, from where they are.

    def get(self, url, accept="*/*"):
        """(status, type, body); (0, "", "") where nobody listens"""
        code = ("import sys, urllib.request as r, urllib.error as e\n"
                "try: a = r.urlopen(r.Request(sys.argv[1], headers={'Accept': sys.argv[2]}), timeout=5)\n"
                "except e.HTTPError as error: a = error\n"
                "except OSError: sys.exit('nobody')\n"
                "print(a.status, a.headers['Content-Type'], sep='\\n')\n"
                "sys.stdout.write(a.read().decode())")
        done = self.lab._call("exec", "monitor", PYTHON, "-I", "-c", code, url, accept, timeout=20)
        if done.returncode:
            self.assertIn("nobody", done.stderr)
            return 0, "", ""
        status, kind, body = done.stdout.split("\n", 2)
        return int(status), kind, body

    def metrics(self, accept="*/*"):
        status, kind, body = self.get(f"http://{WATCH}/metrics", accept)
        self.assertEqual(status, 200, body)
        return kind, body

    def prometheus(self, path, **query):
        url = f"http://{PROMETHEUS}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        status, _, body = self.get(url)
        return {} if status in (0, 503) else json.loads(body)["data"]  # it is still starting

    def query(self, expression):
        """[(labels, value)]"""
        found = self.prometheus("query", query=expression).get("result", ())
        return [(sample["metric"], float(sample["value"][1])) for sample in found]

    def firing(self):
        """{(alert, group or instance): annotations}"""
        return {(alert["labels"]["alertname"],
                 alert["labels"].get("group", alert["labels"].get("instance"))): alert["annotations"]
                for alert in self.prometheus("alerts").get("alerts", ()) if alert["state"] == "firing"}

    def wait_for(self, condition, what, seconds):
        try:
            wait_until(condition, what, seconds)
        except RuntimeError as error:
            raise AssertionError(f"{error}\nfiring: {self.firing()}\n"
                                 f"{self.watch.stderr_so_far()[-4000:]}") from None

    def client(self, *arguments):
        return self.lab.run("monitor", BINARY, *arguments, "--token-file", self.folder / "token")

    def assert_lint_is_clean(self, metrics):
        lint = subprocess.run(["promtool", "check", "metrics"], input=metrics, text=True,
                              capture_output=True, timeout=30, check=False)
        self.assertEqual((lint.returncode, lint.stdout + lint.stderr), (0, ""))

    def assert_the_dashboard_knows(self, metrics):
        shown = self.folder / "shown.prom"
        shown.write_text(metrics)
        checked = subprocess.run(
            [sys.executable, "-B", ROOT / "tests" / "packaging" / "check_dashboard.py", shown],
            text=True, capture_output=True, timeout=60, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    # The story.

    def test_the_alert_of_a_silent_partial_reboot_fires_and_resolves(self):
        self.wait_for(lambda: self.query("rollcall_ready == 1"), "a first sweep", 60)
        kind, healthy = self.metrics()
        self.assertIn("text/plain; version=0.0.4", kind)
        self.assert_lint_is_clean(healthy)
        self.assertIn(f'rollcall_targets{{state="up"}} {SERVERS * ALIASES}\n', healthy)
        self.assertNotIn('group="web', healthy)
        self.assertEqual(self.firing(), {})

        # What nobody is to be told of.
        self.client("silence", "add", "--group", "web03", "--for", "1h", "--by", "anna",
                    "--reason", "new disks")
        self.addCleanup(self.lab.script, "heal")
        self.lab.script("break", "web03", "--flush")
        self.lab.script("break", "web07", "--flush")
        self.wait_for(lambda: ("RollcallGroupDown", "web07") in self.firing(), "web07 to be down", 60)
        self.lab.script("break", "web07", "--after", UP)
        began = time.monotonic()
        story = ("RollcallPartialAfterReboot", "web07")
        self.wait_for(lambda: story in self.firing(), "the story's alert", SETTLING + 45)
        print(f"told {time.monotonic() - began:.1f} s after it came back half", flush=True)
        firing = self.firing()
        self.assertEqual(set(firing), {story}, "web07 alone, once, and nothing of web03")
        # Those that were about to come up when the rule was evaluated are up in the next one.
        told = f"{ALIASES - UP} targets of web07 do not answer"
        self.wait_for(lambda: told in self.firing().get(story, {}).get("description", ""), told, 60)

        _, troubled = self.metrics()
        self.assert_lint_is_clean(troubled)
        self.assert_the_dashboard_knows(troubled)
        self.assertEqual(
            {(labels["state"], value) for labels, value in
             self.query('rollcall_group_targets{group="web07"}')},
            {("up", UP), ("missing", ALIASES - UP)})
        self.assertEqual([labels["group"] for labels, _ in self.query("rollcall_group_silenced")],
                         ["web03"])

        # As blackbox_exporter would have told it.
        self.assertEqual({labels["instance"]: value for labels, value in self.query("probe_success")},
                         {"198.18.7.1:80": 1, f"198.18.7.{ALIASES}:80": 0})
        self.assertEqual(self.get(f"http://{WATCH}/probe?target=192.0.2.1")[0], 404)

        self.lab.script("heal")
        self.wait_for(lambda: not self.firing(), "the alert to resolve", 60)
        self.wait_for(lambda: self.query("min(probe_success) == 1"), "both to answer", 30)
        self.assertEqual(
            {labels["group"] for labels, _ in self.query(
                'count_over_time(ALERTS{alertname="RollcallPartialAfterReboot"}[1h])')}, {"web07"})

    def test_prometheus_takes_openmetrics_and_every_sample_of_it(self):
        self.wait_for(lambda: self.query("rollcall_sweeps_total > 0"), "a first sweep", 60)
        kind, text = self.metrics("application/openmetrics-text;version=1.0.0,*/*;q=0.1")
        self.assertIn("application/openmetrics-text; version=1.0.0", kind)
        self.assertTrue(text.endswith("# EOF\n"))
        scraped = {target["labels"]["job"]: target
                   for target in self.prometheus("targets", state="active")["activeTargets"]}
        self.assertEqual((scraped["rollcall"]["health"], scraped["rollcall"]["lastError"]), ("up", ""))
        # It asks for OpenMetrics first; only there bounds of buckets are written so.
        self.assertTrue(self.query('rollcall_probe_rtt_seconds_bucket{le="1.0"}'))
        samples = sum(not line.startswith("#") for line in text.splitlines())
        ((_, taken),) = self.query('scrape_samples_post_metric_relabeling{job="rollcall"}')
        self.assertEqual(taken, samples)
        for counter in ("rollcall_probes_sent_total", 'rollcall_replies_total{kind="syn_ack"}',
                        "rollcall_probe_rtt_seconds_count"):
            ((_, value),) = self.query(counter)
            self.assertGreaterEqual(value, SERVERS * ALIASES, counter)
