#!/usr/bin/env python3
"""The shells' completions name exactly the commands, options and choices that --help names.

    completion_test.py BINARY SOURCE_FOLDER
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

COMMANDS_MAX = 100
OPTION = re.compile(r"^  ((?:-\w,)?--[\w-]+)(?: ([a-z][a-z_-]*(?:\|[a-z_-]+)+)(?:$| ))?", re.M)
WORD = re.compile(r"^  [A-Z]+ ([a-z]+(?:\|[a-z]+)+)", re.M)
COMMAND = re.compile(r"^  ([a-z][\w-]*)", re.M)


def run(*command):
    # In an empty folder: where a command is due, the names of files are not what is offered.
    with tempfile.TemporaryDirectory() as nowhere:
        done = subprocess.run(command, text=True, capture_output=True, timeout=20, check=False,
                              stdin=subprocess.DEVNULL, cwd=nowhere)
    if done.returncode != 0 or done.stderr:
        raise RuntimeError(f"{command}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def section(text, title):
    """From the line `title:` to the next empty line."""
    found = re.search(rf"^{title}:\n(.*?)(?:\n\n|\Z)", text, re.M | re.S)
    return found.group(1) if found else ""


class Command:
    def __init__(self, binary, path):
        self.path = path
        text = run(binary, *path, "--help")
        self.options, self.choices, self.words = set(), {}, set()
        for names, choices in OPTION.findall(section(text, "Options")):
            self.options.update(names.split(","))
            if choices:
                self.choices[names.split(",")[-1]] = set(choices.split("|"))
        self.commands = set(COMMAND.findall(section(text, "Subcommands")))
        for words in WORD.findall(section(text, "Positionals")):
            self.words.update(words.split("|"))

    def __str__(self):
        return " ".join(("rollcall", *self.path))


def commands_of(binary):
    found, waiting = [], [()]
    while waiting:
        command = Command(binary, waiting.pop())
        found.append(command)
        if len(found) > COMMANDS_MAX:
            raise RuntimeError("the help has no end")
        waiting += [(*command.path, name) for name in sorted(command.commands)]
    return found


class Bash:
    def __init__(self, folder):
        self._file = folder / "rollcall.bash"

    def replies(self, *words):
        """What is offered for the last word."""
        script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rollcall; ' \
                 'printf "%s\\n" "${COMPREPLY[@]}"'
        return set(run("bash", "--norc", "-c", script, "bash", str(self._file), "rollcall",
                       *words).split())

    def options(self, command):
        return self.replies(*command.path, "-")

    def commands(self, command):
        return {word for word in self.replies(*command.path, "") if not word.startswith("-")}

    def files(self, *words):
        """The names offered for the last word, where they are offered as names of files."""
        script = 'compopt() { echo "$@"; }; source "$1"; shift; COMP_WORDS=("$@"); ' \
                 'COMP_CWORD=$(($# - 1)); touch "a file"; mkdir folder; _rollcall; ' \
                 'printf "%s\\n" "${COMPREPLY[@]}"'
        how, *names = run("bash", "--norc", "-c", script, "bash", str(self._file), "rollcall",
                          *words).splitlines() or [""]
        return set(names) if how == "-o filenames" else None

    def choices(self, command, option):
        return self.replies(*command.path, option, "")


class Zsh:
    """The specifications that the completion gives to zsh's _arguments and _describe."""

    SCRIPT = """
compdef() { }
_arguments() { print -rl -- "$@"; state=command; return 1 }
_describe() { print -rl -- "COMMANDS" "${(@P)2}" }
source $1
$2 || true
"""

    def __init__(self, folder):
        self._file = folder / "_rollcall"

    def specifications(self, command):
        function = "_".join(("_rollcall", *command.path))
        lines = run("zsh", "-f", "-c", self.SCRIPT, "zsh", str(self._file), function).splitlines()
        at = lines.index("COMMANDS") if "COMMANDS" in lines else len(lines)
        return lines[:at], lines[at + 1:]

    def _by_option(self, command):
        """{option: the rest of its specification}"""
        found = {}
        for line in self.specifications(command)[0]:
            option = re.match(r"(?:\([^)]*\)|\*)*(--?[\w-]+)\[(.*)", line)
            if option:
                found[option.group(1)] = option.group(2)
        return found

    def options(self, command):
        return set(self._by_option(command))

    def commands(self, command):
        options, commands = self.specifications(command)
        words = [re.match(r"\d:[^:]*:\((.*)\)$", line) for line in options]
        return {line.partition(":")[0] for line in commands} | {
            word for found in words if found for word in found.group(1).split()}

    def choices(self, command, option):
        listed = re.search(r"\(([^)]*)\)$", self._by_option(command)[option])
        return set(listed.group(1).split()) if listed else set()


class Completion(unittest.TestCase):
    binary = folder = None

    def test_each_shell_offers_exactly_what_help_names(self):
        commands = commands_of(self.binary)
        self.assertGreater(len(commands), 5)
        self.assertIn("--lane", {option for command in commands for option in command.choices},
                      "no choices were found in the help")
        for shell in (Bash(self.folder), Zsh(self.folder)):
            for command in commands:
                with self.subTest(shell=type(shell).__name__, command=str(command)):
                    self.assertEqual(shell.options(command), command.options)
                    self.assertEqual(shell.commands(command), command.commands | command.words)
                    for option, choices in command.choices.items():
                        self.assertEqual(shell.choices(command, option), choices, option)

    def test_bash_offers_files_where_files_are_wanted_alone(self):
        shell = Bash(self.folder)
        for words in (("sweep", "-i"), ("verify", "web42", "-o"), ("check-config",),
                      ("inventory", "check"), ("watch", "--config")):
            self.assertEqual(shell.files(*words, ""), {"a file", "folder"}, words)
            self.assertEqual(shell.files(*words, "fo"), {"folder"}, words)
        for words in (("verify",), ("sweep",), ("bench",), ("silence", "end"), ("inventory",)):
            self.assertIsNone(shell.files(*words, ""), words)


if __name__ == "__main__":
    Completion.binary = pathlib.Path(sys.argv[1]).resolve()
    Completion.folder = pathlib.Path(sys.argv[2]).resolve() / "packaging" / "completion"
    unittest.main(argv=sys.argv[:1], verbosity=2)
