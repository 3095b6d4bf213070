"""The shipped dashboard and rules against the metrics that a watch really shows.

    check_dashboard.py METRICS    METRICS: a file of Prometheus text, as GET /metrics answers
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "packaging" / "grafana" / "rollcall.json"
RULES = ROOT / "packaging" / "prometheus" / "rollcall.rules.yml"
# What Grafana puts in before it asks.
VARIABLES = {"$__rate_interval": "5m", "$job": "rollcall", "$instance": ".*"}
# Of Prometheus itself.
OTHERS = {"up"}
NAME = re.compile(r"\b(?:rollcall|process)_[a-z_]+\b")


def names_shown(metrics):
    """Names of samples, by the types that the text gives its families."""
    names = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", metrics, re.MULTILINE):
        suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        names.update(name + suffix for suffix in suffixes)
    return names


def labels_of(metrics):
    """{name of a sample: names of its labels}, as far as it has samples"""
    found = {}
    for name, labels in re.findall(r"^([a-z_]+)\{(.*)\} ", metrics, re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r'(?:^|,)([a-z_]+)="', labels))
    return found


def dashboard():
    return json.loads(DASHBOARD.read_text())


def expressions():
    """(where, PromQL) of every query of the dashboard"""
    board = dashboard()
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for annotation in board["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]


def plain(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def unknown_names(text, metrics):
    return set(NAME.findall(text)) - names_shown(metrics) - OTHERS


def unknown_labels(text, metrics):
    """Selectors of labels that no sample of that metric has."""
    known, wrong = labels_of(metrics), set()
    for name, selector in re.findall(r"\b((?:rollcall|process)_[a-z_]+)\{([^}]*)\}", text):
        asked = set(re.findall(r'([a-z_]+)\s*[=!]~?"', selector)) - {"job", "instance", "le"}
        if name in known or name in names_shown(metrics):
            wrong.update(f"{name}{{{label}}}" for label in asked - known.get(name, set()))
    return wrong


class Dashboard(unittest.TestCase):
    metrics = ""

    def test_panels_have_numbers_of_their_own_and_places_that_do_not_overlap(self):
        panels = dashboard()["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = {}
        for panel in panels:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"])
                         for y in range(at["y"], at["y"] + at["h"])):
                self.assertNotIn(cell, taken, (panel["title"], taken.get(cell)))
                taken[cell] = panel["title"]

    def test_a_number_is_of_now_and_not_the_last_of_a_watch_that_is_gone(self):
        for panel in dashboard()["panels"]:
            if panel["type"] != "stat":
                continue
            for target in panel["targets"]:
                self.assertTrue(target.get("instant") and not target.get("range", True),
                                panel["title"])

    def test_every_query_is_promql(self):
        rules = [{"record": f"query:{i}", "expr": plain(expression)}
                 for i, (_, expression) in enumerate(expressions())]
        self.assertGreater(len(rules), 20)
        self.assertEqual([rule for rule in rules if "$" in rule["expr"]], [])
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
            file.flush()
            done = subprocess.run(["promtool", "check", "rules", file.name], text=True,
                                  capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{len(rules)} rules found", done.stdout)

    def test_every_metric_that_it_and_the_rules_name_exists_with_these_labels(self):
        texts = {**{where: expression for where, expression in expressions()},
                 **{variable["name"]: variable["query"]["query"]
                    for variable in dashboard()["templating"]["list"]
                    if variable["type"] == "query"},
                 "rules": RULES.read_text()}
        for where, text in texts.items():
            with self.subTest(where):
                self.assertEqual(unknown_names(text, self.metrics), set())
                self.assertEqual(unknown_labels(text, self.metrics), set())

    def test_a_name_or_label_that_is_not_there_is_seen(self):
        self.assertEqual(unknown_names("rate(rollcall_probes_total[5m])", self.metrics),
                         {"rollcall_probes_total"})
        self.assertEqual(unknown_labels('rollcall_targets{status="up",job="x"}', self.metrics),
                         {"rollcall_targets{status}"})


if __name__ == "__main__":
    Dashboard.metrics = pathlib.Path(sys.argv[1]).read_text()
    unittest.main(argv=sys.argv[:1], verbosity=2)
