"""What a check found: lines for people, and whether all is well."""

import subprocess
import sys


class Failure(Exception):
    """What is wrong, with what was found."""


def say(text):
    print(text, flush=True)


def require(holds, text):
    if not holds:
        raise Failure(text)


def run(words, timeout=120, **more):
    """Standard output of a program that must end well."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, **more)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def same(what, found, wanted):
    """Two sets that must be equal; says what is on one side only."""
    lacks, more = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    require(not lacks and not more, f"{what}: lacks {lacks}, has beyond {more}")


def main(checks):
    """Runs all of them and ends with 1 if one failed."""
    failed = 0
    for check in checks:
        try:
            check()
        except Failure as failure:
            failed += 1
            say(f"FAILED {check.__name__}: {failure}")
    sys.exit(1 if failed else 0)
