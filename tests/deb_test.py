#!/usr/bin/env python3
"""The Debian package holds what a host needs, and what it holds runs.

    deb_test.py BUILD_FOLDER
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

FILES = {
    "usr/bin/rollcall": 0o755,
    "usr/lib/systemd/system/rollcall.service": 0o644,
    "usr/lib/sysusers.d/rollcall.conf": 0o644,
    "usr/share/man/man1/rollcall.1": 0o644,
    "usr/share/doc/rollcall/copyright": 0o644,
    "usr/share/doc/rollcall/examples/rollcall.toml": 0o644,
    "usr/share/doc/rollcall/examples/grafana/rollcall.json": 0o644,
    "usr/share/doc/rollcall/examples/prometheus/rollcall.rules.yml": 0o644,
    "usr/share/bash-completion/completions/rollcall": 0o644,
    "usr/share/zsh/vendor-completions/_rollcall": 0o644,
}


def run(*command, cwd=None):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True,
                          timeout=100, check=False, cwd=cwd)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


class Package(unittest.TestCase):
    build = None

    def test_holds_what_a_host_needs(self):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            run("cpack", "--config", self.build / "CPackConfig.cmake", "-B", folder)
            (package,) = folder.glob("*.deb")
            root = folder / "root"
            run("dpkg-deb", "--raw-extract", package, root)
            found = {path.relative_to(root).as_posix(): path.stat().st_mode & 0o777
                     for path in root.rglob("*") if path.is_file() and "DEBIAN" not in path.parts}
            self.assertEqual(found, FILES)
            control = (root / "DEBIAN" / "control").read_text()
            for library in ("libpcap0.8", "libprometheus-cpp-core1.0", "libsqlite3-0", "libsodium23",
                            "libutf8proc2", "systemd"):
                self.assertIn(library, control)
            self.assertTrue(run(root / "usr/bin/rollcall", "--version").startswith("rollcall "))
            self.assertIn("in order", run(root / "usr/bin/rollcall", "check-config",
                                          root / "usr/share/doc/rollcall/examples/rollcall.toml"))
            for script in ("postinst", "prerm"):
                run("sh", "-n", root / "DEBIAN" / script)


if __name__ == "__main__":
    Package.build = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=sys.argv[:1], verbosity=2)
