"""SIGTERM at any moment, with receivers and sources that hang: it ends in time, and nothing is lost."""

import random
import select
import signal
import time
import unittest

from watching import PYTHON, TELL_A_FILE, WatchLab

PATIENCE = 10  # seconds, of whoever stops it
ENDS = 5

# To its end this one waits for a name server that is silent.
NOWHERE = """
[[alerts.webhook]]
name = "nowhere"
url = "http://receiver.example.net/"
"""
SILENT_NAME_SERVER = """
table inet rollcall_silence {
  chain forward { type filter hook forward priority 0; udp dport 53 drop; }
}"""
# A source that takes the question and never answers.
HANGS = """
import pathlib, socket, sys, time
listener = socket.create_server(("127.0.0.1", 8081))
pathlib.Path(sys.argv[1]).touch()
connection, _ = listener.accept()
pathlib.Path(sys.argv[2]).touch()
time.sleep(600)
"""


class TheEnd(WatchLab):
    SERVERS, ALIASES = ENDS, 16
    ALERTS = TELL_A_FILE + NOWHERE

    def assert_it_ends_in_time(self):
        begun = time.monotonic()
        ended = self.end_watch()
        seconds = time.monotonic() - begun
        print(f"ended in {seconds:.2f} s", flush=True)
        self.assertEqual(ended.exit, 0, ended)
        self.assertLess(seconds, PATIENCE)

    def silence_the_name_server(self):
        self.lab.run("router", "nft", "-f", "-", input=SILENT_NAME_SERVER)
        self.addCleanup(self.lab.run, "router", "nft", "delete", "table", "inet", "rollcall_silence")
        resolver = self.folder / "resolv.conf"
        resolver.write_text("nameserver 198.18.1.1\noptions timeout:30\n")
        return ("unshare", "--mount", "sh", "-c",
                f'mount --bind {resolver} /etc/resolv.conf && exec "$@"', "sh")

    def test_in_mid_sweep_with_alerts_under_way(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        print(f"seed {seed}", flush=True)
        wrapper = self.silence_the_name_server()
        self.addCleanup(self.lab.script, "heal")
        self.start_watch(*wrapper)
        self.wait_for_a_sweep()
        broken = {}
        for number in range(1, ENDS + 1):
            server = f"web{number:02}"
            broken[server] = chance.randrange(1, self.ALIASES)
            self.lab.script("break", server, "--after", self.ALIASES - broken[server])
            # One with silence in it, which takes seconds.
            self.wait_for(lambda: self.ask("status")["sweeping"], "a sweep under way", 30)
            select.select([], [], [], chance.uniform(0, 6))
            self.assert_it_ends_in_time()
            self.assert_history_is_whole()
            self.start_watch(*wrapper)
        self.wait_for(lambda: len(self.told()) >= ENDS, "all to be told", 60)
        self.lab.script("heal")
        self.wait_for(lambda: len(self.told()) >= 2 * ENDS, "all to end", 60)
        self.assert_it_ends_in_time()
        self.assertEqual(sorted(self.told()),
                         sorted((change, server) for server in broken for change in ("opened", "ended")))
        missing = self.rows("SELECT grp, count(*), count(DISTINCT address) FROM transitions "
                            "WHERE to_state = 'missing' GROUP BY grp ORDER BY grp")
        self.assertEqual(missing, [(server, count, count) for server, count in broken.items()])
        # What could not be told is kept for better times.
        pending = self.rows("SELECT receiver, count(*) FROM outbox WHERE settled_at IS NULL "
                            "AND key NOT LIKE '%/changed/%' GROUP BY receiver")
        self.assertEqual(pending, [("nowhere", 2 * ENDS)])

    def test_while_it_waits_for_a_source_at_its_start(self):
        listens, asked = self.folder / "listens", self.folder / "asked"
        source = self.lab.start(PYTHON, "-I", "-c", HANGS, listens, asked)
        self.addCleanup(lambda: (source._process.kill(), source.finish(5)))
        self.wait_for_file(listens)
        self.config.write_text(self.config.read_text().replace(
            "[inventory]", '[inventory]\nurls = ["http://127.0.0.1:8081/"]'))
        self.launch_watch()
        self.wait_for_file(asked)
        begun = time.monotonic()
        self.send(signal.SIGTERM)
        self.watch.finish(PATIENCE)
        print(f"ended in {time.monotonic() - begun:.2f} s", flush=True)
        self.watch = None

    def wait_for_file(self, path):
        self.wait_for(path.exists, f"{path.name}", 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
