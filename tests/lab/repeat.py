"""Runs lab tests again and again beside busy loops, as on a monitor whose processor others use.

    sudo python3 -B repeat.py --times 50 --busy 4 test_story test_loss test_verify.Verify.test_x

Each run of each name is its own process, so that a lab is built anew. Prints a line a run and the
output of each that failed; exit 1 when one did. The loops end with the script, also after a failure.
"""

import argparse
import contextlib
import multiprocessing
import os
import pathlib
import subprocess
import sys
import time

TIMES_MAX, BUSY_MAX, SECONDS_MAX = 1000, 64, 600


def spin(until):
    while time.monotonic() < until and os.getppid() != 1:
        for _ in range(100000):
            pass


@contextlib.contextmanager
def busy_loops(count):
    loops = [multiprocessing.Process(target=spin, args=(time.monotonic() + 6 * 3600,), daemon=True)
             for _ in range(count)]
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.terminate()
            loop.join()


def run(name):
    started = time.monotonic()
    try:
        ended = subprocess.run([sys.executable, "-B", "-m", "unittest", name], text=True,
                               cwd=pathlib.Path(__file__).parent, timeout=SECONDS_MAX,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        failed, output = ended.returncode != 0, ended.stdout
    except subprocess.TimeoutExpired as late:
        failed, output = True, f"still running after {SECONDS_MAX} s\n{late.stdout}"
    return failed, output, time.monotonic() - started


def bounded(maximum):
    def number(text):
        value = int(text)
        if not 0 <= value <= maximum:
            raise argparse.ArgumentTypeError(f"a number from 0 to {maximum}")
        return value
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=bounded(TIMES_MAX), default=50)
    parser.add_argument("--busy", type=bounded(BUSY_MAX), default=4, help="busy loops beside it")
    parser.add_argument("names", nargs="+", help="modules, classes or tests, as unittest takes them")
    arguments = parser.parse_args()
    failures = {name: 0 for name in arguments.names}
    with busy_loops(arguments.busy):
        for number in range(1, arguments.times + 1):
            for name in arguments.names:
                failed, output, seconds = run(name)
                failures[name] += failed
                print(f"{number}/{arguments.times} {name}: {'FAILED' if failed else 'ok'}, "
                      f"{seconds:.0f} s", flush=True)
                if failed:
                    print(output, flush=True)
    for name, count in failures.items():
        print(f"{name}: {arguments.times - count} passed, {count} failed")
    return any(failures.values())


if __name__ == "__main__":
    sys.exit(main())
