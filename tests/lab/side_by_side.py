"""Runs scenario files at once: those that mostly wait, each with a small lab of its own.

    side_by_side.py MODULE...
"""

import subprocess
import sys
import tempfile


def main(modules):
    running = []
    for module in modules:
        output = tempfile.TemporaryFile("w+")
        running.append((module, output, subprocess.Popen(
            [sys.executable, "-B", "-m", "unittest", "-v", module], stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT)))
    failed = []
    for module, output, process in running:
        if process.wait() != 0:
            failed.append(module)
        output.seek(0)
        print(f"== {module}: {'FAILED' if module in failed else 'ok'}\n{output.read()}", flush=True)
    return 1 if failed or not running else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
