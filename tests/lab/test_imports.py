"""Inventories from where operators keep them: real output of ip(8), /etc/ips, Prometheus file_sd."""

import json
import subprocess
import unittest

import harness
from harness import LabTest

# The servers' own addresses; the fleet is the aliases.
UPLINKS = "198.19.0.0/16"
SERVERS = ("web01", "web02", "web03")


class Imports(LabTest):
    KIND = "story"
    OPTIONS = ("--servers", len(SERVERS), "--aliases", 254)

    def setUp(self):
        self.fleet = self.scratch / f"{self._testMethodName}.csv"

    def inventory(self, *words, input="", exit=0):
        done = subprocess.run([harness.BINARY, "inventory", *map(str, words)], input=input, text=True,
                              capture_output=True, timeout=30, check=False)
        self.assertEqual(done.returncode, exit, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def import_addresses_of(self, server, *more, exit=0):
        listing = self.lab.run(server, "ip", "-j", "addr")
        return self.inventory("import", "--from", "ip-addr", "-", "--group", server, "--interface",
                              "eth0", "--exclude", UPLINKS, "--into", self.fleet, *more,
                              input=listing, exit=exit)

    def assert_is_the_fleet(self):
        self.assertIn("no difference in 3 groups", self.inventory("diff", self.lab.fleet, self.fleet))

    def test_ip_addr_of_every_server_is_the_fleet_and_a_sweep_finds_it_open(self):
        for server in SERVERS:
            self.import_addresses_of(server, "-p", 80)
        self.assert_is_the_fleet()
        document = self.assert_sweep(self.lab.sweep("-i", self.fleet), exit=0)
        self.assertEqual(document["counts"]["open"], 254 * len(SERVERS))

    def test_the_addresses_of_a_half_bound_server_do_not_replace_the_whole(self):
        self.addCleanup(self.lab.script, "heal", "web02")
        self.import_addresses_of("web02", "-p", 80)
        whole = self.fleet.read_bytes()
        self.lab.script("break", "web02", "--after", 200)
        said = self.import_addresses_of("web02", exit=3)
        self.assertIn("- 198.18.2.201-198.18.2.254 (54)", said)
        self.assertIn("would lose 54 of its 254 addresses", said)
        self.assertEqual(self.fleet.read_bytes(), whole)

    def test_etc_ips_with_comments_crlf_and_blank_lines_is_the_fleet(self):
        for server in SERVERS:
            lines = (harness.STATE_ROOT / self.lab.name / "ips" / server).read_text().splitlines()
            # The first one as the server's main address, which that file does not hold.
            main = lines.pop(0).split(":")[0]
            lines[0:0] = ["# aliases of " + server, ""]
            lines.insert(40, "   ")
            lines[80] += "  # a customer's"
            source = self.scratch / server
            source.write_bytes("\r\n".join(lines).encode())
            self.inventory("import", "--from", "etc-ips", source, "--main", main, "--group", server,
                           "-p", 80, "--into", self.fleet)
        self.assert_is_the_fleet()

    def test_file_sd_that_prometheus_accepts_is_the_fleet(self):
        targets = self.scratch / "targets.json"
        targets.write_text(json.dumps([
            {"targets": [f"198.18.{number}.{host}:80" for host in range(1, 255)],
             "labels": {"server": server, "job": "web"}}
            for number, server in enumerate(SERVERS, 1)], indent=1))
        config = self.scratch / "prometheus.yml"
        config.write_text("scrape_configs:\n- job_name: web\n  file_sd_configs:\n"
                          f"  - files: [{targets}]\n")
        self.check_with_prometheus(config, accepts=True)
        self.inventory("import", "--from", "file-sd", targets, "--group-label", "server", "--into",
                       self.fleet)
        self.assert_is_the_fleet()
        # What Prometheus refuses is refused here too, and changes nothing.
        whole = self.fleet.read_bytes()
        targets.write_text(targets.read_text()[:-40])
        self.check_with_prometheus(config, accepts=False)
        said = self.inventory("import", "--from", "file-sd", targets, "--group-label", "server",
                              "--into", self.fleet, exit=3)
        self.assertIn("not valid JSON", said)
        self.assertEqual(self.fleet.read_bytes(), whole)

    def check_with_prometheus(self, config, accepts):
        done = subprocess.run(["promtool", "check", "config", config], text=True,
                              capture_output=True, timeout=30, check=False)
        self.assertEqual(done.returncode == 0, accepts, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
