"""A sick disk under a watch: it goes on, tells what happens from memory, says so, and heals with the disk."""

import os
import sqlite3
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


class UnreadMemory(WatchLab):
    """The state folder cannot be read at a start: what it holds is unknown, and never taken for nothing."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.lab.script, "heal")

    def log(self):
        return self.watch.stderr_so_far()

    def wait_for_log(self, words, seconds=30):
        self.wait_for(lambda: words in self.log(), f"the log to say: {words}", seconds)

    def stop_with_an_incident(self, is_killed=False):
        """web02 is partly down and told, web03 silenced; the watch has ended."""
        self.start_watch()
        self.wait_for_a_sweep()
        self.ask("silence", "add", "--group", "web03", "--for", "1h", "--by", "anna", "--reason", "disks",
                 "--token-file", self.token)
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for(lambda: self.told() == [("opened", "web02")], "web02 to be told", 60)
        self.id = self.ask("status")["incidents"][0]["id"]
        if is_killed:
            self.kill_watch()
        else:
            self.assertEqual(self.end_watch().exit, 0)

    def open_ids(self):
        return [incident["id"] for incident in self.ask("status")["incidents"]]

    def assert_goes_on(self):
        """The incident is the same one, the silence holds, and the end is told."""
        self.wait_for(lambda: self.open_ids() == [self.id], "the remembered incident", 30)
        self.lab.script("break", "web03", "--after", "5")
        self.wait_for(lambda: len(self.open_ids()) == 2, "web03 to be missing", 60)
        self.lab.script("heal")
        self.wait_for(lambda: self.open_ids() == [], "the ends", 60)
        self.wait_for(lambda: self.told() == [("opened", "web02"), ("ended", "web02")], "the end of web02", 10)
        self.wait_for(lambda: self.ask("status")["history_rows_waiting"] == 0, "all written", 60)
        self.assertEqual(self.end_watch().exit, 0)
        self.assert_history_is_whole()
        incidents = {i["subject"]: i for i in self.stored_incidents()}
        self.assertEqual(sorted(incidents), ["web02", "web03"])
        self.assertTrue(all(i["ended_at"] for i in incidents.values()), incidents)

    def assert_unread_for(self, heal):
        """Sweeps go on and the problem is shown; then `heal` makes the folder readable."""
        self.wait_for_a_sweep()
        self.wait_for(lambda: any("not read yet" in problem
                                  for problem in self.ask("status")["vantage"]["problems"]), "the problem", 30)
        heal()
        self.wait_for_log("what was remembered holds again", 60)
        self.assert_goes_on()

    def test_a_disk_that_is_full_when_it_starts(self):
        self.try_a_full_disk()

    def test_a_disk_that_is_full_when_it_starts_after_a_kill(self):
        self.try_a_full_disk(is_killed=True)

    def try_a_full_disk(self, is_killed=False):
        mount("-t", "tmpfs", "-o", "size=3m", "rollcall-test", self.state)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.state], check=True)
        self.addCleanup(self.end_watch)  # goes first
        self.stop_with_an_incident(is_killed)
        ballast = self.state / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        self.start_watch()
        self.assertEqual(self.open_ids(), [self.id], "it is read, although nothing can be written")
        self.wait_for_a_sweep()
        self.wait_for_log("free some space")
        ballast.unlink()
        self.assert_goes_on()

    def test_a_lock_of_another_program(self):
        self.stop_with_an_incident()
        other = sqlite3.connect(self.state / "history.db", isolation_level=None)
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        self.start_watch()
        self.assert_unread_for(other.close)

    def test_files_of_another_owner(self):
        self.stop_with_an_incident()
        files = [self.state, *self.state.iterdir()]
        for path in files:
            os.chown(path, 65534, 65534)
            path.chmod(0o700 if path.is_dir() else 0o600)
        self.start_watch()
        self.assert_unread_for(lambda: [os.chown(path, 0, 0) for path in files])

    def test_a_folder_that_is_mounted_after_the_start(self):
        self.stop_with_an_incident()
        late, below = self.folder / "late", self.folder / "below"
        self.state.rename(late)
        self.state.mkdir()
        self.start_watch()
        self.wait_for_a_sweep()
        self.assertEqual(self.open_ids(), [])
        self.state.rename(below)
        late.rename(self.state)
        self.wait_for_log("another file system was mounted over it", 60)
        self.assert_goes_on()

    def test_a_table_that_is_missing_until_it_is_put_back(self):
        self.stop_with_an_incident()
        with sqlite3.connect(self.state / "history.db") as database:
            database.execute("ALTER TABLE silences RENAME TO silences_away")
        def put_back():
            with sqlite3.connect(self.state / "history.db") as database:
                database.execute("ALTER TABLE silences_away RENAME TO silences")
        self.start_watch()
        self.assert_unread_for(put_back)


if __name__ == "__main__":
    unittest.main(verbosity=2)
