#!/usr/bin/env python3
"""A sink for everything that Apprise reaches: Gotify, Discord, Slack, Matrix and a hundred more services.

It sends what is new and what is over, and nothing where nothing changed. What a service did not take goes out with the
next run, to that service alone.

    { "use": "exec:/usr/local/lib/pve-drift/apprise_sink.py", "urlsFile": "/etc/pve-drift/apprise-urls", "timeout": "60s" }

The file has one address a line, as gotify://gotify.example.org/TOKEN (https://github.com/caronc/apprise/wiki lists them
all). They hold secrets: give it mode 0600 and the user who runs the check. Apprise itself is a package of Debian
(apt install apprise), or comes with pip; then name that Python in the first line.
"""

import hashlib
import json
import os
import stat
import sys

# sysexits.h: pve-drift tries again after the one, and calls the other a wrong entry.
TRY_AGAIN, WRONG_ENTRY = 75, 78
# In the sink's own folder, where programs start.
STATE = "unsent.json"
MOST_KEPT = 50


def end(code, message):
    print(message, file=sys.stderr)
    sys.exit(code)


try:
    import apprise
except ImportError:
    end(WRONG_ENTRY, f"Apprise is missing for {sys.executable}: apt install apprise, or pip install apprise")


def addresses(options):
    """Each address with a digest by which it is known later, since the state must not hold secrets."""
    file = options.pop("urlsFile", None)
    if options:
        end(WRONG_ENTRY, f'unknown option "{next(iter(options))}": it takes "urlsFile"')
    if not isinstance(file, str) or not os.path.isabs(file):
        end(WRONG_ENTRY, '"urlsFile" must be the absolute path of a file with one address of Apprise a line')
    try:
        with open(file, encoding="utf-8") as lines:
            if stat.S_IMODE(os.fstat(lines.fileno()).st_mode) & 0o077:
                end(WRONG_ENTRY, f'"{file}" holds secrets, and others may read it: chmod 600 {file}')
            found = [(at, line.strip()) for at, line in enumerate(lines, 1)]
    except (OSError, UnicodeDecodeError) as error:
        end(WRONG_ENTRY, f'cannot read "{file}": {error}')
    services = {}
    for at, line in found:
        if not line or line.startswith("#"):
            continue
        service = apprise.Apprise()
        if not service.add(line):
            end(WRONG_ENTRY, f'line {at} of "{file}" is no address that Apprise knows')
        services[hashlib.sha256(line.encode()).hexdigest()[:16]] = (f'line {at} of "{file}"', service)
    if not services:
        end(WRONG_ENTRY, f'"{file}" has no address in it')
    return services


def read_state():
    try:
        with open(STATE, encoding="utf-8") as file:
            state = json.load(file)
        return {"run": state["run"], "unsent": list(state["unsent"])}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {"run": None, "unsent": []}


def write_state(state):
    with open(STATE + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(STATE + ".new", STATE)


def main():
    document = json.load(sys.stdin)
    report, text = document["report"], document["text"]
    services = addresses(document["options"])
    state = read_state()
    # The same report comes again where a service did not answer.
    if text["isNews"] and state["run"] != report["runId"]:
        kind = {"ok": "success", "drift": "warning", "error": "failure"}[report["status"]]
        notice = {"title": text["title"], "body": text["body"], "notify_type": kind}
        state["unsent"] += [[to, notice] for to in services]
    state["run"] = report["runId"]

    unsent, failed = [], []
    for to, notice in state["unsent"]:
        if to not in services:
            continue
        place, service = services[to]
        # In order: none overtakes one that was not taken.
        if place in failed or not service.notify(**notice, body_format="text"):
            unsent.append([to, notice])
            failed.append(place)
    write_state({**state, "unsent": unsent[-MOST_KEPT:]})
    if failed:
        end(TRY_AGAIN, f"not taken, and kept for the next run: {', '.join(dict.fromkeys(failed))}")


main()
