"""What is wrong with the input or the permissions is said in words, and not one packet leaves."""

import pathlib
import random
import shutil
import unittest

import harness
from harness import LabTest, SynCounter

HEADER = "address,ports,group\n"
JUNK_SEED = 20240229
LONG_LINE_BYTES = 100 * 1000 * 1000

# description, the inventory, what stderr must name after "FILE:"
BAD_FILES = (
    ("an octet above 255", HEADER + "10.0.0.1,80,a\n10.0.0.256,80,a\n", r"3:\d+: "),
    ("words for an address", HEADER + "hello,80,a\n", r"2:\d+: "),
    ("port 0", HEADER + "10.0.0.1,0,a\n", r"2:10: "),
    ("port 70000", HEADER + "10.0.0.1,80;70000,a\n", r"2:1\d: "),
    ("no port at all", HEADER + "10.0.0.1,,a\n", r"2:\d+: "),
    ("a CIDR with host bits", HEADER + "10.0.0.1/24,80,a\n", r"2:\d+: "),
    ("a prefix of 33 bits", HEADER + "10.0.0.0/33,80,a\n", r"2:\d+: "),
    ("a reversed range", HEADER + "10.0.0.9-10.0.0.1,80,a\n", r"2:\d+: "),
    ("a range across families", HEADER + "10.0.0.9-2001:db8::1,80,a\n", r"2:\d+: "),
    ("more targets than one sweep holds", HEADER + "2001:db8::/64,80,a\n", r"2:\d+: "),
    ("nothing at all", "", r""),
    ("a header alone", HEADER, r""),
    ("a misspelt address column", "adress,ports\n10.0.0.1,80\n", r"1:\d+: "),
    ("more cells than columns", HEADER + "10.0.0.1,80,a,b\n", r"2:\d+: "),
    ("an expectation nobody knows", "address,ports,expect\n10.0.0.1,80,opne\n", r"2:\d+: "),
    ("one target in two groups", HEADER + "10.0.0.1,80,a\n10.0.0.1,80,b\n", r"3:\d+: "),
    ("JSON that is cut off", '[{"targets":["10.0.0.1:80"],', r"\d+:\d+: "),
    ("multicast", HEADER + "224.0.0.1,80,a\n", r"2:\d+: "),
    ("a range into multicast", HEADER + "223.255.255.254-224.0.0.1,80,a\n", r"2:\d+: "),
    ("broadcast", HEADER + "255.255.255.255,80,a\n", r"2:\d+: "),
    ("loopback", HEADER + "127.0.0.1,80,a\n", r"2:\d+: "),
    ("this host on this network", HEADER + "0.0.0.0,80,a\n", r"2:\d+: "),
    ("IPv6 multicast", HEADER + "ff02::1,80,a\n", r"2:\d+: "),
    ("IPv6 loopback", HEADER + "::1,80,a\n", r"2:\d+: "),
)

# description, arguments, what stderr must name
BAD_ARGUMENTS = (
    ("an unknown interface", ("10.0.0.1:80", "--interface", "nosuch0"), "nosuch0"),
    ("a source that is not ours", ("10.0.0.1:80", "--source", "192.0.2.77"), "192.0.2.77"),
    ("an output that cannot be written", ("10.0.0.1:80", "-o", "/proc/nowhere/out.json"),
     "/proc/nowhere/out.json"),
    ("a file that is not there", ("-i", "/nonexistent/fleet.csv"), "/nonexistent/fleet.csv"),
    ("multicast on the command line", ("224.0.0.1:80",), "224.0.0.1"),
    ("a target without a port", ("10.0.0.1",), "port"),
    ("a rate of nothing", ("10.0.0.1:80", "--rate", "0"), "rate"),
    ("a rate that is no number", ("10.0.0.1:80", "--rate", "fast"), "rate"),
    ("a format nobody knows", ("10.0.0.1:80", "--format", "xml"), "xml"),
    ("an unknown option", ("10.0.0.1:80", "--frobnicate"), "frobnicate"),
    ("no target at all", (), "target"),
    ("a target beside a group", ("10.0.0.1:80", "--group", "web99"), "web99"),
)


class Refusals(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/16")

    def setUp(self):
        self.wire = self.enterContext(SynCounter(self.lab, "target"))

    def assert_refused(self, outcome):
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertEqual(outcome.stdout, "", str(outcome))
        self.assertNotEqual(outcome.stderr, "", "refused without a word")
        self.assertEqual(self.wire.syns(), 0, f"packets were sent\n{outcome}")

    def test_a_bad_inventory_is_refused_by_file_line_and_column(self):
        for description, text, where in BAD_FILES:
            with self.subTest(description):
                path = self.scratch / "fleet.csv"
                path.write_text(text, encoding="utf-8")
                outcome = self.lab.sweep("-i", path)
                self.assert_refused(outcome)
                self.assertRegex(outcome.stderr, f"{path}:{where}" if where else str(path))

    def test_bad_arguments_are_refused_by_name(self):
        for description, arguments, name in BAD_ARGUMENTS:
            with self.subTest(description):
                outcome = self.lab.sweep(*arguments)
                self.assert_refused(outcome)
                self.assertIn(name, outcome.stderr)

    def test_a_group_that_is_not_in_the_inventory_is_refused(self):
        outcome = self.lab.sweep("-i", self.lab.fleet, "--group", "web99")
        self.assert_refused(outcome)
        self.assertIn("unknown group 'web99'", outcome.stderr)

    def test_binary_junk_is_refused_and_not_echoed(self):
        path = self.scratch / "junk.csv"
        path.write_bytes(random.Random(JUNK_SEED).randbytes(65536))
        outcome = self.lab.sweep("-i", path)
        self.assert_refused(outcome)
        self.assertRegex(outcome.stderr, rf"{path}:\d+:\d+: ")
        self.assertLess(len(outcome.stderr), 1000, "the junk came back")
        self.assertTrue(outcome.stderr.replace("\n", "").isprintable(), repr(outcome.stderr))

    def test_a_line_of_100_megabytes_is_refused_in_little_memory(self):
        path = self.scratch / "long.csv"
        with open(path, "wb") as out:
            for _ in range(100):
                out.write(b"1" * (LONG_LINE_BYTES // 100))
        outcome = self.lab.sweep("-i", path)
        path.unlink()
        self.assert_refused(outcome)
        self.assertRegex(outcome.stderr, rf"{path}:1:\d+: ")
        self.assertLess(len(outcome.stderr), 1000, "the line came back")
        self.assertLess(outcome.rss_mb, 100)

    def test_an_output_that_cannot_be_written_leaves_no_file_behind(self):
        folder = self.scratch / "output"
        folder.mkdir()
        (folder / "taken").mkdir()
        self.assert_refused(self.lab.sweep("10.0.0.1:80", "-o", folder / "taken"))
        self.assertEqual([entry.name for entry in folder.rglob("*")], ["taken"])

    def test_without_the_capability_one_line_names_it_and_the_mend(self):
        # Somewhere that nobody may execute it from, whatever the checkout's permissions.
        self.scratch.chmod(0o755)
        binary = self.scratch / "rollcall"
        shutil.copy(pathlib.Path(harness.BINARY), binary)
        binary.chmod(0o755)
        outcome = self.lab.sweep(
            "10.0.0.1:80", binary=str(binary),
            wrapper=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                     "--inh-caps=-all", "--bounding-set=-all"))
        self.assert_refused(outcome)
        self.assertEqual(len(outcome.complaints), 1, str(outcome))
        self.assertIn("cap_net_raw", outcome.stderr)
        self.assertIn("setcap", outcome.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
