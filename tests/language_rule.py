#!/usr/bin/env python3
"""Holds comments to plain technical English (CONTRIBUTING.md, docs/GLOSSARY.md).

    language_rule.py ROOT         prints every violation; exit 1 if there is one
    language_rule.py --self-test  proves that each kind of violation is caught

A comment must not use a word of BANNED, and no sentence in it may begin with a word of BEGINNINGS:
such a sentence has no actor ("Who cannot be asked is no witness").
"""

import pathlib
import re
import sys
import tempfile
import unittest

FOLDERS = ("engine", "capture", "scheduler", "cli", "bench", "tests")
BANNED = re.compile(
    r"\b(chronicle|sight|glances?|errands?|gates?|boards?|pictures?|lots?|news|mend(?:s|ed|ing)?|"
    r"cables?|liars?|stor(?:y|ies)|nobody|somebody|whoever|anybody|everybody)\b", re.IGNORECASE)
BEGINNINGS = re.compile(r"(Who|Whom|Whose|What|Where|Of|None of|All that|Those)\b")
COMMENT = re.compile(r"(?:^|\s)//\s?(.*)$")
SENTENCE_END = re.compile(r"(?<=[.:;?!])\s+")


def comment_blocks(text):
    """Yields (line number, text) for each run of // lines."""
    block, begin = [], 0
    for number, line in enumerate(text.split("\n") + [""], 1):
        found = COMMENT.search(line)
        if found and not found[1].startswith("namespace"):
            begin = begin if block else number
            block.append(found[1])
        elif block:
            yield begin, " ".join(block)
            block = []


def violations(root):
    root = pathlib.Path(root)
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in (".cc", ".h"):
                continue
            path = file.relative_to(root).as_posix()
            for line, block in comment_blocks(file.read_text(encoding="utf-8")):
                for word in BANNED.findall(block):
                    yield f"{path}:{line}: '{word}': use the field's word"
                for sentence in map(str.strip, SENTENCE_END.split(block)):
                    if BEGINNINGS.match(sentence):
                        yield f"{path}:{line}: name the actor first: {sentence[:60]}"


class Rule(unittest.TestCase):
    def found_in(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "engine", "x.h")
            path.parent.mkdir()
            path.write_text(text, encoding="utf-8")
            return list(violations(folder))

    def test_catches_a_banned_word_in_a_comment_alone(self):
        self.assertEqual(len(self.found_in("int x;  // The Picture of it.\n")), 1)
        self.assertEqual(len(self.found_in("// The sender.\n// It asks nobody.\n")), 1)
        self.assertEqual(self.found_in('auto news = "no lots";\n'), [])
        self.assertEqual(self.found_in("// A gateway, a listing, historic, a newsletter.\n"), [])

    def test_catches_a_sentence_without_an_actor(self):
        self.assertEqual(len(self.found_in("// Who waits is not asked.\n")), 1)
        self.assertEqual(len(self.found_in("// It waits: what came\n// is lost. Those are two.\n")), 1)
        self.assertEqual(self.found_in("// Whenever it waits. Often. Thoseful.\n"), [])


def main():
    if sys.argv[1:] == ["--self-test"]:
        unittest.main(argv=sys.argv[:1], verbosity=2)
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = list(violations(sys.argv[1]))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
