"""The manual pages and completions say what the programs take, no more and no less."""

import json
import os
import re
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from report import Failure, require, run, same, say

PACKAGING = Path(__file__).resolve().parent.parent
ROOT = PACKAGING.parent
PAGES = sorted((PACKAGING / "man").iterdir())
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
AGENT, COLLECTOR = "forewarn-agent", "forewarn-collector"


def pages_are_sound():
    for page in PAGES:
        lint = subprocess.run(["mandoc", "-Tlint", "-W", "warning", page], capture_output=True, text=True)
        require(not lint.stdout and lint.returncode == 0, f"mandoc: {lint.stdout}")
        words = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page]
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}
        done = subprocess.run(words, capture_output=True, text=True, env=environment)
        require(not done.stderr and done.returncode == 0, f"man --warnings {page.name}: {done.stderr}")
    say(f"  {len(PAGES)} manual pages: no warning of mandoc or man")


def text_of(name):
    shown = run(["mandoc", "-Tutf8", "-O", "width=200", PACKAGING / "man" / name])
    return re.sub(r".\x08", "", shown)


def section(text, heading):
    """What stands under a heading, up to the next one that is no deeper."""
    found = re.search(rf"^( *){re.escape(heading)}\n(.*?)(?=^\1\S|^\S|\Z)", text, re.M | re.S)
    require(found, f"no section {heading}")
    return found.group(2)


def agent_help(programs):
    """Options by command, as each command's --help says them."""
    program = programs / AGENT
    text = run([program, "--help"])
    commands = re.findall(r"^  ([a-z-]+)  +\S", text, re.M)
    commands = [word for word in commands if not word.startswith("--")]
    return {word: set(OPTION.findall(run([program, word, "--help"]))) for word in commands}


def collector_help(programs):
    """Options by command, and the words that may follow it."""
    text = run([programs / COLLECTOR, "--help"])
    options, words = {}, {}
    for block in re.split(r"^  forewarn-collector ", text, flags=re.M)[1:]:
        command = block.split()[0]
        if command.startswith("--"):
            continue
        block = block.split("\n\n")[0]
        options.setdefault(command, set()).update(OPTION.findall(block))
        usage = block.split("[")[0].split("--")[0].splitlines()[0]
        follow = re.findall(r"(?:^|\|) ?([a-z]+)", usage.split(" ", 1)[1] if " " in usage else "")
        words.setdefault(command, set()).update(follow)
    return options, words


def options_of_pages(programs):
    helps = agent_help(programs)
    everywhere = set().union(*helps.values()) | {"--version", "--help"}
    same("forewarn-agent.8, options", OPTION.findall(text_of("forewarn-agent.8")), everywhere)
    for command in helps:
        require(re.search(rf"^ +{command}(\s|$)", text_of("forewarn-agent.8"), re.M), f"forewarn-agent.8 lacks {command}")
    text = text_of("forewarn-collector.8")
    options, words = collector_help(programs)
    for command in options:
        part = section(text, command)
        same(f"forewarn-collector.8, {command}", set(OPTION.findall(part)) | {"--help"}, options[command] | {"--help"})
        for word in words[command]:
            require(re.search(rf"\b{word}\b", part), f"forewarn-collector.8, {command} lacks {word}")
    for page, codes in (("forewarn-agent.8", "0123"), ("forewarn-collector.8", "0123")):
        stated = re.findall(r"^ +(\d) ", section(text_of(page), "EXIT STATUS"), re.M)
        same(f"{page}, exit status", stated, codes)
        signals = section(text_of(page), "SIGNALS")
        for signal in ("SIGTERM", "SIGINT", "SIGHUP"):
            require(signal in signals, f"{page} lacks {signal}")
    count = len(everywhere) + sum(map(len, options.values()))
    say(f"  {count} options of {len(helps) + len(options)} commands: --help and manual pages agree")


def completions(programs):
    helps = agent_help(programs)
    same("completion of forewarn-agent", complete(AGENT, []), list(helps) + ["--version", "--help"])
    for command, options in helps.items():
        same(f"completion of {command}", complete(AGENT, [command]), options | {"--help"})
    same("--format", complete(AGENT, ["once", "--format"], ""), ["table", "json", "prometheus"])
    options, words = collector_help(programs)
    same("completion of forewarn-collector", complete(COLLECTOR, []), list(options) + ["--version", "--help"])
    for command in options:
        found = set(complete(COLLECTOR, [command]))
        for word in words[command] - options[command]:
            require(word in found, f"completion of {command} lacks {word}")
            found |= set(complete(COLLECTOR, [command, word], "--"))
        found = {word for word in found if word.startswith("--")}
        same(f"completion of {command}", found | {"--help"}, options[command] | {"--help"})
    say(f"  completion of {len(helps) + len(options)} commands offers what --help says")


def complete(program, words, current=""):
    """What bash offers after these words."""
    script = """
        source /usr/share/bash-completion/bash_completion
        source "$1"; function=$2; shift 2
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        "$function"; printf '%s\\n' "${COMPREPLY[@]}"
    """
    function = "_" + program.replace("-", "_")
    file = PACKAGING / "completions" / program
    with tempfile.TemporaryDirectory() as empty:
        shown = run(["bash", "-c", script, "bash", file, function, program, *words, current], cwd=empty)
    return shown.split()


# MARK: Settings

def keys_of_yaml(path):
    """The dotted keys of our own plain YAML: mappings by indentation or in braces."""
    keys, stack = set(), []
    for line in path.read_text().splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).rstrip()
        found = re.match(r"( *)([a-z_0-9]+):(?: (.*))?$", line)
        if not found:
            continue
        depth, key, value = len(found.group(1)), found.group(2), (found.group(3) or "").strip()
        stack = [entry for entry in stack if entry[0] < depth] + [(depth, key)]
        dotted = ".".join(entry[1] for entry in stack)
        inner = re.findall(r"([a-z_]+):", value) if value.startswith("{") else []
        if value and not inner:
            keys.add(dotted)
        keys |= {f"{dotted}.{word}" for word in inner}
    return keys


def keys_of_page(name):
    """What `.It Va` names."""
    keys = set()
    for line in (PACKAGING / "man" / name).read_text().splitlines():
        if line.startswith(".It Va "):
            keys |= {word for word in line[7:].split() if word != ","}
    return keys


def keys_in_source(file, prefix, reader="section"):
    """The keys that a source file asks a group of the configuration for."""
    text = (ROOT / "Collector/CollectorApp" / file).read_text()
    asked = rf'{reader}\.(?!mistake)\w+\(\s*"([a-z_]+)"|(?:words\(group, |ecret\()"([a-z_]+)"'
    return {f"{prefix}.{one or other}" for one, other in re.findall(asked, text)}


def settings(programs):
    same("forewarn-agent.yaml.5", keys_of_page("forewarn-agent.yaml.5"), keys_of_yaml(PACKAGING / "agent.yaml"))
    wanted = {key for key in keys_of_yaml(PACKAGING / "collector.yaml") if not key.startswith("risk.")}
    wanted |= keys_in_source("ChannelSection.swift", "channels.NAME")
    wanted |= keys_in_source("RouteSection.swift", "routes[]")
    wanted |= keys_in_source("PlaybookSection.swift", "advice[]", "group")
    wanted |= {f"routes[].{key}" for key in ("levels",)}
    rules = risk_settings(programs)
    wanted |= {general(rule) for rule in rules}
    same("forewarn-collector.yaml.5", keys_of_page("forewarn-collector.yaml.5"), wanted)
    say(f"  every setting stands in its page: {len(wanted)} of the collector's, which name the {len(rules)} of the risk by families")


def general(rule):
    """`profiles.database.mem_used_pct.ramp_end` as the page writes it."""
    rule = re.sub(r"^profiles\.\w+\.\w+\.", "profiles.PROFILE.SIGNAL.", rule)
    return "risk." + re.sub(r"^signals\.\w+\.", "signals.SIGNAL.", rule)


def risk_settings(programs):
    """What a running collector says that a score depends on."""
    with tempfile.TemporaryDirectory() as folder:
        words = [programs / COLLECTOR, "serve", "--listen", "127.0.0.1:0", "--state", f"{folder}/state"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as served:
            try:
                for line in served.stdout:
                    if found := re.search(r"url=(http://\S+)", line):
                        break
                else:
                    raise Failure("the collector did not start")
                with urllib.request.urlopen(f"{found.group(1)}/api/v1/thresholds/rules", timeout=30) as answer:
                    return [rule["setting"] for rule in json.load(answer)["rules"]]
            finally:
                served.terminate()
