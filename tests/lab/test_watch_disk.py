"""A sick disk under a watch: it goes on, tells what happens from memory, says so, and heals with the disk."""

import os
import subprocess
import unittest

from watching import WatchLab


def mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True, capture_output=True, text=True)


class SickDisk(WatchLab):
    def setUp(self):
        super().setUp()
        mount("-t", "tmpfs", "-o", "size=3m", "rollcall-test", self.state)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.state], check=True)
        self.addCleanup(self.end_watch)  # goes first
        self.addCleanup(self.lab.script, "heal")

    def log(self):
        return self.watch.stderr_so_far()

    def wait_for_log(self, words, seconds=60):
        self.wait_for(lambda: words in self.log(), f"the log to say: {words}", seconds)

    def wait_for_told(self, *told):
        self.wait_for(lambda: self.told() == list(told), f"{told} to be told", 60)

    def fill_up(self):
        with (self.state / "ballast").open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError:
                pass

    def make_read_only(self):
        # The file system, and not this one mount of it: the lab's processes have copies of that.
        mount("-o", "remount,ro", self.state)
        mount("-o", "remount,bind,rw", self.state)

    def known_once(self, group, addresses):
        """Each of them went missing once, as the history knows it."""
        rows = self.rows("SELECT count(*), count(DISTINCT address) FROM transitions "
                         f"WHERE grp = '{group}' AND to_state = 'missing'")
        self.assertEqual(rows, [(addresses, addresses)])

    def assert_ended_well(self, *subjects):
        ended = self.end_watch()
        self.assertEqual(ended.exit, 0, ended)
        self.assert_history_is_whole()
        incidents = self.stored_incidents()
        self.assertEqual(sorted(i["subject"] for i in incidents), sorted(subjects))
        self.assertTrue(all(i["ended_at"] for i in incidents), incidents)
        self.assertEqual(self.rows("SELECT count(*) FROM outbox WHERE settled_at IS NULL"), [(0,)])

    def test_a_full_disk(self):
        self.start_watch()
        self.wait_for_a_sweep()
        self.fill_up()
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for_told(("opened", "web02"))
        self.wait_for_log("free some space")
        self.assertGreater(self.ask("status")["history_rows_waiting"], 0)
        self.lab.script("heal")
        self.wait_for_told(("opened", "web02"), ("ended", "web02"))
        (self.state / "ballast").unlink()
        self.wait_for_log("can be written again")
        self.wait_for(lambda: self.ask("status")["history_rows_waiting"] == 0, "all written", 30)
        self.known_once("web02", 3)
        self.assert_ended_well("web02")

    def test_a_disk_that_is_read_only_when_it_starts(self):
        self.start_watch()
        self.wait_for_a_sweep()
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for_told(("opened", "web02"))
        self.lab.script("break", "web03", "--after", "2")
        for end in (self.kill_watch, self.end_watch):
            end()
            self.make_read_only()
            known = [subject for _, subject in self.told()]
            self.start_watch()
            self.wait_for_log("must exist and be writable")
            # It knows what it knew, and goes on telling.
            self.assertEqual([i["subject"] for i in self.ask("status")["incidents"]], known)
            self.wait_for_told(("opened", "web02"), ("opened", "web03"))
            mount("-o", "remount,rw", self.state)
            self.wait_for_log("can be written again")
            self.wait_for(lambda: self.ask("status")["history_rows_waiting"] == 0, "all written", 30)
            self.known_once("web03", 6)
        self.lab.script("heal")
        self.wait_for(lambda: sorted(self.told()[2:]) == [("ended", "web02"), ("ended", "web03")],
                      "the ends", 60)
        self.assert_ended_well("web02", "web03")

    def garbled(self, first_byte=0):
        """What the file holds after all of it from there on was overwritten."""
        for path in self.state.glob("history.db*"):
            if not path.suffix.startswith(".corrupt"):
                with path.open("r+b") as file:
                    file.seek(first_byte)
                    file.write(os.urandom(max(path.stat().st_size - first_byte, 0)))
        return (self.state / "history.db").read_bytes()

    def assert_set_aside(self, garbage):
        self.wait_for_log("a fresh one begins")
        kept = [path.read_bytes() for path in self.state.glob("history.db.corrupt-*")]
        self.assertEqual(kept.count(garbage), 1)

    def test_a_history_that_is_broken_while_it_runs_and_one_that_is_when_it_starts(self):
        self.start_watch()
        self.wait_for_a_sweep()
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for_told(("opened", "web02"))
        self.assert_set_aside(self.garbled())
        self.wait_for(lambda: [i["subject"] for i in self.stored_incidents()] == ["web02"],
                      "what it knows in the fresh one", 30)
        # The fresh one is good for a restart.
        self.kill_watch()
        self.start_watch()
        self.assertEqual([i["subject"] for i in self.ask("status")["incidents"]], ["web02"])
        self.lab.script("heal")
        self.wait_for_told(("opened", "web02"), ("ended", "web02"))
        self.end_watch()
        self.assertFalse((self.state / "history.db-wal").exists(), "all of it is in the file itself")
        garbage = self.garbled(4096)
        self.start_watch()
        self.assert_set_aside(garbage)
        self.wait_for(lambda: self.rows("SELECT count(*) FROM sweeps WHERE open > 0") != [(0,)],
                      "a sweep in the fresh one", 30)
        self.assert_ended_well()


if __name__ == "__main__":
    unittest.main(verbosity=2)
