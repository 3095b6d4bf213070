#!/usr/bin/env python3
"""Holds the arrows between the folders: who may include whom, and how large a file may grow.

    include_rule.py ROOT          prints every violation; exit 1 if there is one
    include_rule.py --self-test   proves that each kind of violation is caught
"""

import pathlib
import re
import sys
import tempfile
import unittest

CODE_FOLDERS = ("engine", "capture", "scheduler", "cli", "bench")
OTHER_FOLDERS = ("cmake", "tests", "docs", "scripts", "packaging", "build")
FORBIDDEN_NAMES = {"common", "util", "utils", "misc"}
LINES_MAX = 600
COUNTED = {".cc", ".h", ".py", ".sh", ".js", ".css", ".html"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)

ENGINE = ("engine/",)
BELOW = ENGINE + ("capture/", "scheduler/")  # what any folder of cli/ may use, unless it says less
# For each layer the places that it may include, beside itself; the longest matching layer holds.
# A place that ends in "/" is a folder with all below it, else one header.
ALLOWED = {
    "engine/": (),  # a new folder of the engine is drawn here before it includes anything
    "engine/base/": (),
    "engine/inventory/": ("engine/base/",),
    "engine/packet/": ("engine/base/",),
    "engine/send/": ("engine/base/", "engine/inventory/", "engine/packet/"),
    "capture/": ("engine/base/", "engine/inventory/", "engine/packet/"),
    "scheduler/": ENGINE + ("scheduler/", "capture/observation.h"),
    "scheduler/verdict/": ENGINE,
    "scheduler/recheck/": ENGINE,
    "scheduler/history/": ENGINE + ("scheduler/watch/events.h",),
    "scheduler/alert/": ENGINE + ("scheduler/watch/events.h", "scheduler/watch/incidents/silences.h",
                                  "scheduler/history/"),
    "bench/": ENGINE + ("capture/", "scheduler/"),
    "cli/": BELOW + ("cli/",),
    "cli/process/": ENGINE,
    "cli/doctor/": BELOW,
    "cli/run/": BELOW + ("cli/doctor/", "cli/process/"),
    "cli/config/": BELOW + ("cli/run/lanes.h",),
    "cli/service/": BELOW + ("cli/service/", "cli/config/", "cli/process/", "cli/run/run_sweep.h"),
    "cli/service/process/": ENGINE + ("cli/config/",),
    "cli/service/inventory/": BELOW + ("cli/config/", "cli/service/process/"),
    "cli/service/journal/": BELOW + ("cli/config/", "cli/service/process/"),
    "cli/service/snapshot/": BELOW + ("cli/config/certificates.h",),
    "cli/web/http/": ENGINE + ("scheduler/history/", "scheduler/alert/transport/secret.h",
                               "scheduler/recheck/",
                               "cli/config/", "cli/service/process/log.h",
                               "cli/service/snapshot/snapshot_publisher.h",
                               "cli/service/snapshot/web_status.h"),
    "cli/web/metrics/": BELOW + ("cli/service/snapshot/", "cli/web/http/"),
    "cli/web/page/": (),
    "cli/web/api/": BELOW + ("cli/config/", "cli/service/", "cli/web/"),
    "cli/render/": BELOW + ("cli/process/",),
    "cli/files/": ENGINE + ("cli/process/",),
    "cli/options/": BELOW + ("cli/files/", "cli/process/", "cli/render/", "cli/run/"),
    "cli/client/": ENGINE + ("scheduler/alert/transport/secret.h", "cli/config/", "cli/options/",
                             "cli/process/"),
    "cli/bench/": BELOW + ("cli/bench/network/", "cli/doctor/", "cli/process/", "cli/render/", "cli/run/"),
    "cli/bench/network/": ENGINE + ("cli/process/",),
}


def layer_of(path):
    matching = [layer for layer in ALLOWED if path.startswith(layer)]
    return max(matching, key=len) if matching else None


def may_include(path, header):
    layer = layer_of(path)
    if layer_of(header) == layer and layer != "engine/":
        return True
    return any(header.startswith(place) if place.endswith("/") else header == place
               for place in ALLOWED[layer])


def includes_of(root, file):
    for header in INCLUDE.findall(file.read_text(encoding="utf-8", errors="replace")):
        beside = file.parent / header
        if not (root / header).is_file() and beside.is_file():
            yield beside.resolve().relative_to(root.resolve()).as_posix()
        else:
            yield header


def include_violations(root):
    for folder in CODE_FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in (".cc", ".h"):
                continue
            path = file.relative_to(root).as_posix()
            for header in includes_of(root, file):
                if not (root / header).is_file():
                    yield f'{path}: includes "{header}", which is no header of this tree'
                elif not may_include(path, header):
                    yield f'{path}: must not include "{header}"'


def shape_violations(root):
    for entry in sorted(root.iterdir()):
        if not entry.is_dir() or entry.name.startswith(".") or entry.name == "build":
            continue
        if entry.name not in CODE_FOLDERS + OTHER_FOLDERS and any(
                file.suffix in (".cc", ".h") for file in entry.rglob("*")):
            yield f"{entry.name}/: no such code folder belongs at the top"
        for path in sorted(entry.rglob("*")):
            where = path.relative_to(root).as_posix()
            if path.is_dir() and path.name in FORBIDDEN_NAMES:
                yield f"{where}/: a folder named after nothing"
            elif path.is_file() and path.suffix in COUNTED:
                lines = path.read_bytes().count(b"\n")
                if lines > LINES_MAX:
                    yield f"{where}: {lines} lines, at most {LINES_MAX}"


def violations(root):
    root = pathlib.Path(root)
    return list(include_violations(root)) + list(shape_violations(root))


class Rule(unittest.TestCase):
    TREE = ("engine/base/clock.h", "engine/inventory/scope.h", "engine/packet/cookie.h",
            "engine/send/pacer.h", "capture/observation.h", "capture/correlator.h",
            "scheduler/verdict/fold.h", "scheduler/recheck/connector.h", "scheduler/sweep/sweep.h",
            "scheduler/watch/events.h", "scheduler/watch/watch.h", "scheduler/history/batch.h",
            "scheduler/alert/outbox.h", "cli/commands.h", "cli/options/choice.h",
            "cli/render/render.h", "cli/run/run_sweep.h", "cli/service/service.h",
            "cli/web/api/api.h", "cli/web/http/server.h", "bench/harness.h", "tests/fake_clock.h")

    def found_with(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in self.TREE + (path,):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text if name == path else "", encoding="utf-8")
            return violations(root)

    def test_catches_every_arrow_that_points_the_wrong_way(self):
        for path, header in (
                ("engine/base/x.cc", "engine/packet/cookie.h"),
                ("engine/packet/x.cc", "engine/inventory/scope.h"),
                ("engine/inventory/x.h", "engine/packet/cookie.h"),
                ("engine/packet/x.h", "engine/send/pacer.h"),
                ("engine/new/x.h", "engine/new/x.h"),
                ("engine/send/x.cc", "capture/observation.h"),
                ("capture/x.cc", "engine/send/pacer.h"),
                ("capture/x.cc", "scheduler/sweep/sweep.h"),
                ("scheduler/sweep/x.cc", "capture/correlator.h"),
                ("scheduler/verdict/x.cc", "scheduler/sweep/sweep.h"),
                ("scheduler/verdict/x.cc", "capture/observation.h"),
                ("scheduler/recheck/x.cc", "scheduler/verdict/fold.h"),
                ("scheduler/history/x.cc", "scheduler/alert/outbox.h"),
                ("scheduler/history/x.cc", "scheduler/watch/watch.h"),
                ("scheduler/alert/x.cc", "scheduler/watch/watch.h"),
                ("scheduler/sweep/x.cc", "cli/render/render.h"),
                ("cli/x.cc", "tests/fake_clock.h"),
                ("cli/x.cc", "bench/harness.h"),
                ("bench/x.cc", "cli/render/render.h"),
                ("cli/doctor/x.cc", "cli/run/run_sweep.h"),
                ("cli/run/x.cc", "cli/render/render.h"),
                ("cli/config/x.cc", "cli/service/service.h"),
                ("cli/service/x.cc", "cli/web/http/server.h"),
                ("cli/service/journal/x.cc", "cli/service/service.h"),
                ("cli/web/http/x.cc", "cli/web/api/api.h"),
                ("cli/render/x.cc", "cli/options/choice.h"),
                ("cli/options/x.cc", "cli/commands.h"),
                ("cli/x.cc", "cli/absent.h")):
            with self.subTest(path=path, header=header):
                self.assertEqual(len(self.found_with(path, f'#include "{header}"\n')), 1)

    def test_lets_every_drawn_arrow_pass(self):
        for path, header in (
                ("engine/send/x.cc", "engine/inventory/scope.h"),
                ("engine/packet/x.cc", "engine/packet/cookie.h"),
                ("engine/packet/x.cc", "cookie.h"),
                ("capture/x.cc", "engine/packet/cookie.h"),
                ("scheduler/sweep/x.cc", "capture/observation.h"),
                ("scheduler/sweep/x.cc", "scheduler/verdict/fold.h"),
                ("scheduler/verdict/x.cc", "engine/inventory/scope.h"),
                ("scheduler/history/x.cc", "scheduler/watch/events.h"),
                ("scheduler/alert/x.cc", "scheduler/history/batch.h"),
                ("cli/web/x.cc", "cli/render/render.h"),
                ("cli/x.cc", "scheduler/sweep/sweep.h"),
                ("bench/x.cc", "capture/correlator.h"),
                ("tests/x.cc", "cli/render/render.h")):
            with self.subTest(path=path, header=header):
                self.assertEqual(self.found_with(path, f'#include "{header}"\n'), [])

    def test_catches_folders_named_after_nothing_and_strangers_at_the_top(self):
        for path in ("engine/util/x.h", "docs/misc/notes.md", "library/x.cc"):
            with self.subTest(path=path):
                self.assertEqual(len(self.found_with(path, "")), 1)

    def test_catches_a_file_of_more_than_600_lines(self):
        self.assertEqual(len(self.found_with("cli/x.cc", "\n" * 601)), 1)
        self.assertEqual(self.found_with("cli/x.cc", "\n" * 600), [])


def main():
    if sys.argv[1:] == ["--self-test"]:
        unittest.main(argv=sys.argv[:1], verbosity=2)
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = violations(sys.argv[1])
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
