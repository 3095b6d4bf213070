"""The doctor's findings on a real kernel: above all, whether the kernel's own RST leaves."""

import shutil
import unittest

import harness
from harness import LabTest, SynCounter

IPV6_TARGETS = ("-p", "80", "2001:db8:42::1-2001:db8:42::20")

# What administrators write; each is proven to be found and, by the doctor's own command, mended.
# description, hook, rules; whether loopback alone shows it
INVALID = "ct state invalid drop"
TRAPS = (
    ("on output", "output", (INVALID,), True),
    ("on output, loopback spared", "output", ("oifname lo accept", INVALID), False),
    ("on input", "input", (INVALID,), True),
    ("on input, loopback spared", "input", ("iifname lo accept", INVALID), False),
)


class Doctor(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/16")

    def setUp(self):
        self.addCleanup(self.lab.run, "monitor", "nft", "flush", "ruleset")

    def doctor(self, *arguments, wrapper=(), binary=harness.BINARY):
        command = (*wrapper, binary, "doctor", "--format", "json", *arguments)
        outcome = self.lab.start(*command).finish(30)
        self.assertEqual(outcome.document["schema"], "rollcall.doctor/1", str(outcome))
        self.assertEqual(outcome.stderr, "", str(outcome))
        checks = {check["check"]: check for check in outcome.document["checks"]}
        self.assertEqual(len(checks), len(outcome.document["checks"]), "two checks of one name")
        return outcome, checks

    def assert_healthy(self, *arguments):
        outcome, checks = self.doctor(*arguments)
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertEqual(checks["rst"]["status"], "ok", str(outcome))
        return outcome, checks

    def assert_trapped(self, hook, *arguments):
        outcome, checks = self.doctor(*arguments)
        self.assertEqual(outcome.exit, 3, str(outcome))
        failed = [check["check"] for check in checks.values() if check["status"] == "fail"]
        self.assertEqual(failed, ["rst"], str(outcome))
        words = "drops the kernel's RST" if hook == "output" else "keeps SYN-ACKs"
        self.assertIn(words, checks["rst"]["text"])
        return checks["rst"]["mend"]

    def trap(self, hook, rules):
        chain = f"add chain inet own base {{ type filter hook {hook} priority 0; }}"
        lines = ["add table inet own", chain, *(f"add rule inet own base {r}" for r in rules)]
        self.lab.run("monitor", "nft", "-f", "-", input="\n".join(lines) + "\n")

    def assert_every_syn_was_reset(self, wire):
        self.assertGreater(wire.syns(), 0)
        harness.wait_until(lambda: wire.read()["resets"] >= wire.syns(), "a RST for each SYN")

    def test_a_healthy_host_can_scan(self):
        wire = self.enterContext(SynCounter(self.lab, "target"))
        _, checks = self.assert_healthy("-i", self.lab.fleet)
        self.assertIn("eth0 via 198.19.255.2", checks["route"]["text"])
        self.assertIn("seen leaving on eth0 (IPv4)", checks["rst"]["text"])
        _, checks = self.assert_healthy(*IPV6_TARGETS)
        self.assertIn("seen leaving on eth0 (IPv6)", checks["rst"]["text"])
        self.assert_healthy("-i", self.lab.fleet, "--lane", "ip")
        self.assert_every_syn_was_reset(wire)

    def test_without_targets_nothing_leaves_the_host(self):
        with SynCounter(self.lab, "target") as wire:
            _, checks = self.assert_healthy()
            self.assertIn("on loopback", checks["rst"]["text"])
            seen = wire.read()
            self.assertEqual((seen["syns"], seen["resets"]), (0, 0))
            # The counter does count: with targets a few SYNs leave.
            self.assert_healthy("-i", self.lab.fleet)
            self.assertIn(wire.syns(), range(1, 9))

    def test_a_firewall_that_drops_what_is_invalid_is_found_and_mended(self):
        for description, hook, rules, loopback_shows_it in TRAPS:
            for arguments in (("-i", self.lab.fleet), IPV6_TARGETS, ()):
                with self.subTest(description, arguments=arguments):
                    self.trap(hook, rules)
                    if arguments or loopback_shows_it:
                        mend = self.assert_trapped(hook, *arguments)
                        self.lab.run("monitor", "bash", "-c", mend)
                    self.assert_healthy(*arguments)
                self.lab.run("monitor", "nft", "flush", "ruleset")

    def test_over_raw_ip_the_same_rule_does_no_harm(self):
        # The kernel sees those SYNs leave, so that answer and RST are valid to it.
        self.trap("output", (INVALID,))
        self.assert_healthy("-i", self.lab.fleet, "--lane", "ip")

    def test_a_blocked_input_leaves_no_target_half_open(self):
        self.trap("input", (INVALID,))
        with SynCounter(self.lab, "target") as wire:
            self.assert_trapped("input", "-i", self.lab.fleet)
            self.assert_every_syn_was_reset(wire)

    def test_a_trap_is_found_though_no_target_answers(self):
        silent = ("10.0.255.1-10.0.255.4", "-p", "80")
        addresses = [f"10.0.255.{i}" for i in range(1, 5)]
        for address in addresses:
            route = ("blackhole", address, "table", "local")
            self.lab.run("target", "ip", "route", "add", *route)
            self.addCleanup(self.lab.run, "target", "ip", "route", "del", *route)
        outcome, checks = self.doctor(*silent)
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertEqual(checks["rst"]["status"], "warn", str(outcome))
        self.assertIn("none of 4 targets", checks["rst"]["text"])
        self.trap("output", ("oifname lo accept", INVALID))
        self.assert_trapped("output", *silent)

    # A second link between monitor and target, by which replies and RSTs can go another way.
    def second_link(self):
        spaces = [f"{self.lab.name}.{space}" for space in ("monitor", "target")]
        self.lab.run("monitor", "ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth1",
                     "netns", spaces[1])
        self.addCleanup(self.lab.run, "monitor", "ip", "link", "del", "eth1")
        for space, host in (("monitor", 1), ("target", 2)):
            self.lab.run(space, "ip", "addr", "add", f"198.19.254.{host}/24", "dev", "eth1")
            self.lab.run(space, "ip", "link", "set", "eth1", "up")

    def sysctl(self, space, name, value, after):
        self.addCleanup(self.lab.run, space, "sysctl", "-qw", f"{name}={after}")
        self.lab.run(space, "sysctl", "-qw", f"{name}={value}")

    def test_lo_that_is_down_is_no_firewall_and_refuses_nothing(self):
        self.addCleanup(self.lab.run, "monitor", "ip", "link", "set", "lo", "up")
        self.lab.run("monitor", "ip", "link", "set", "lo", "down")
        _, checks = self.doctor()
        self.assertEqual(checks["rst"]["status"], "warn", str(checks))
        self.assertEqual(checks["rst"]["mend"], "ip link set lo up")
        self.assert_healthy("-i", self.lab.fleet)

    def test_a_server_that_is_down_is_verified_even_behind_a_firewall_that_drops_rsts(self):
        self.addCleanup(self.lab.run, "target", "ip", "route", "del", "blackhole", "10.0.255.9",
                        "table", "local")
        self.lab.run("target", "ip", "route", "add", "blackhole", "10.0.255.9", "table", "local")
        fleet = self.scratch / "down.csv"
        fleet.write_text("address,ports,group\n10.0.255.9,80,down\n")
        self.trap("output", (INVALID,))
        outcome = self.lab.start(harness.BINARY, "verify", "--format", "json", "-i", fleet, "down",
                                 "--wait", "6s").finish(60)
        self.assertNotEqual(outcome.stdout, "", "refused: " + str(outcome))

    def test_reverse_path_filtering_is_named_with_its_setting(self):
        self.second_link()
        self.sysctl("monitor", "net.ipv4.conf.eth1.rp_filter", 1, 0)
        # Else its ARP requests name a target's address, and rp_filter drops these too.
        self.lab.run("target", "sysctl", "-qw", "net.ipv4.conf.eth1.arp_announce=2")
        # The target answers by the second link, where the monitor has no route to it.
        self.lab.run("target", "ip", "route", "replace", "198.19.255.1/32", "via", "198.19.254.1")
        self.addCleanup(self.lab.run, "target", "ip", "route", "del", "198.19.255.1/32")
        outcome, checks = self.doctor("-i", self.lab.fleet)
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIn("rp_filter", checks["rst"]["text"])
        self.assertIn("come in on eth1", checks["rst"]["text"])
        self.lab.run("monitor", "bash", "-c", checks["rst"]["mend"])
        self.assert_healthy("-i", self.lab.fleet)

    def test_a_rst_that_leaves_by_another_interface_is_seen_there(self):
        self.second_link()
        # Bound to eth0 a probe takes the main table's route; the kernel's RST follows the rule.
        self.lab.run("monitor", "ip", "route", "add", "10.0.0.0/16", "via", "198.19.254.2",
                     "table", "77")
        rule = ("from", "198.19.255.1", "table", "77")
        self.addCleanup(self.lab.run, "monitor", "ip", "rule", "del", *rule)
        self.lab.run("monitor", "ip", "rule", "add", *rule)
        _, checks = self.assert_healthy("-i", self.lab.fleet, "--interface", "eth0")
        self.assertIn("by way of eth1", checks["rst"]["text"])

    def test_without_the_capability_that_alone_fails(self):
        # Somewhere that nobody may execute it from, whatever the checkout's permissions.
        self.scratch.chmod(0o755)
        binary = self.scratch / "rollcall"
        shutil.copy(harness.BINARY, binary)
        binary.chmod(0o755)
        fleet = self.scratch / "fleet.csv"
        shutil.copy(self.lab.fleet, fleet)
        fleet.chmod(0o644)
        drop = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
                "--bounding-set=-all")
        outcome, checks = self.doctor("-i", fleet, wrapper=drop, binary=binary)
        self.assertEqual(outcome.exit, 3, str(outcome))
        failed = [check["check"] for check in checks.values() if check["status"] == "fail"]
        self.assertEqual(failed, ["capability"], str(outcome))
        self.assertIn("setcap cap_net_raw+ep", checks["capability"]["mend"])

    def test_a_port_range_that_overlaps_is_a_warning_with_its_mend(self):
        sysctl = ("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=32768 60999")
        self.addCleanup(self.lab.run, "monitor", *sysctl)
        reserved = ("sysctl", "-q", "-w", "net.ipv4.ip_local_reserved_ports=")
        self.addCleanup(self.lab.run, "monitor", *reserved)
        self.lab.run("monitor", "sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=1024 65535")
        outcome, checks = self.doctor()
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertEqual(checks["ports"]["status"], "warn", str(outcome))
        self.lab.run("monitor", "bash", "-c", checks["ports"]["mend"])
        _, checks = self.doctor()
        self.assertEqual(checks["ports"]["status"], "ok", str(outcome))

    def test_the_text_form_is_one_line_a_check(self):
        outcome = self.lab.start(harness.BINARY, "doctor").finish(30)
        self.assertEqual(outcome.exit, 0, str(outcome))
        for line in outcome.stdout.splitlines():
            self.assertRegex(line, r"^((ok|warn|fail) +[a-z_]+ +\S|  +mend: )", str(outcome))

    def test_an_interface_that_is_not_there_fails_the_route(self):
        outcome, checks = self.doctor("--interface", "nosuch0")
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertEqual(checks["route"]["status"], "fail", str(outcome))
        self.assertIn("nosuch0", checks["route"]["text"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
