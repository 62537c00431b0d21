"""``python -m tests.sick [NAME...]``: serve scenarios on loopback ports, to try them by hand.

Prints for each the command that pulls from it; ``--list`` prints the table and ends.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import threading
from pathlib import Path

from tests.sick.catalogue import SCENARIOS
from tests.sick.scenario import Scenario
from tests.sick.server import SickRegistry


def main() -> None:
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.sick", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios (default: all)")
    parser.add_argument("--list", action="store_true", help="print the table of scenarios and end")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    chosen = [SCENARIOS[name] for name in given.names or SCENARIOS]
    if given.list:
        for scenario in chosen:
            print(describe(scenario))
    else:
        with contextlib.suppress(KeyboardInterrupt):
            serve(chosen)


def describe(scenario: Scenario) -> str:
    """One line of the table."""
    outcome = " ".join([scenario.expect.outcome.name.lower(), *scenario.expect.codes])
    return f"{scenario.family:9} {scenario.name:34} {outcome:40} {scenario.does}"


def serve(scenarios: list[Scenario]) -> None:
    """Serve scenarios and print how to pull from them."""
    with tempfile.TemporaryDirectory() as folder, SickRegistry(Path(folder)) as server, contextlib.ExitStack() as stack:
        for scenario in scenarios:
            running = stack.enter_context(server.serving(scenario))
            variables = {f"SREGISTRY_{name.upper()}": value for name, value in scenario.settings.items()}
            if running.scheme == "https":
                variables["SSL_CERT_FILE"] = str(server.certificates.authority)
            line = [*(f"{name}={value}" for name, value in variables.items()), "sregistry pull", running.reference]
            print(describe(scenario), "    " + " ".join(line), sep="\n", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
