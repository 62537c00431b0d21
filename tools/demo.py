"""`make demo`: a real registry on this machine, a small real image in it, pulled into a SIF, shown and run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sregistry.sif.descriptors import DataType
from sregistry.sif.reader import open_sif
from tests.support import images, tars, tools
from tests.support.apptainer import Apptainer, NoNamespace
from tests.support.registry import DockerRegistry
from tools.machine import CACHE, VENV
from tools.sid_tree import TREE

REPOSITORY_NAME, TAG = "demo/greeting", "1.0"
APPLETS = ("sh", "cat", "date", "echo", "env", "id", "ls", "uname", "wc")
GREETING = b"""#!/bin/sh
echo "Hello from $GREETER, called with $# arguments:"
for argument in "$@"; do echo "  <$argument>"; done
"""


def main() -> int:
    """Walk the whole way once; the SIF stays in the cache folder."""
    registry_program, busybox = tools.find("docker-registry"), tools.find("busybox")
    if registry_program is None or busybox is None:
        print("The demonstration needs Debian's docker-registry and busybox-static.", file=sys.stderr)
        return 1
    folder = CACHE / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    sif = folder / "greeting.sif"
    work = Path(tempfile.mkdtemp(prefix="demo-"))
    try:
        with DockerRegistry(registry_program, work / "registry").running() as registry:
            heading(f"A registry runs on {registry.address}; {REPOSITORY_NAME}:{TAG} is pushed to it")
            print(f"  manifest {registry.push(REPOSITORY_NAME, TAG, greeting_image(Path(busybox.argv[0])))}")
            heading("The image is pulled into one file")
            pull(f"docker://{registry.address}/{REPOSITORY_NAME}:{TAG}", sif)
    finally:
        shutil.rmtree(work)
    heading("The file")
    shown("ls", "-l", str(sif))
    describe(sif)
    heading("It runs")
    return run(sif)


def greeting_image(busybox: Path) -> images.Image:
    """Debian's busybox with a script in a layer of its own."""
    links = [tars.symlink(f"bin/{name}", "busybox") for name in APPLETS]
    base = tars.archive(tars.directory("bin"), tars.file("bin/busybox", busybox.read_bytes(), mode=0o755), *links)
    script = tars.archive(tars.file("usr/bin/greet", GREETING, mode=0o755))
    settings = {
        "Entrypoint": ["/usr/bin/greet"],
        "Cmd": ["no arguments of yours"],
        "Env": ["PATH=/usr/bin:/bin", 'GREETER=sregistry\'s demonstration, with "quotes" and $dollars'],
        "Labels": {"org.opencontainers.image.title": "greeting"},
    }
    return images.image([base, script], settings)


def pull(reference: str, sif: Path) -> None:
    """Pull as a user would."""
    shown(str(VENV / "bin/sregistry"), "pull", "--force", "--output", str(sif), reference)


def describe(sif: Path) -> None:
    """What is in the file, object by object."""
    with sif.open("rb") as file:
        image = open_sif(file)
        for item in image.descriptors:
            kind = DataType(item.type).name.lower()
            print(f"  {kind:10} {item.name.decode():24} {item.size:>10,} bytes at {item.offset:,}")
        deffile = image.find(DataType.DEFFILE)
        assert deffile is not None
        for line in image.read(deffile, 1 << 16).decode().splitlines():
            print(f"  | {line}")


def run(sif: Path) -> int:
    """Run the file by Apptainer, or say how to."""
    if shutil.which("apptainer"):
        return shown("apptainer", "run", str(sif), "one", "two words", "$HOME")
    if tools.IS_ROOT and (TREE / "usr/bin/apptainer").exists():
        return run_in_tree(sif)
    print(f"  Apptainer is not installed here. Where it is: apptainer run {sif}")
    if not tools.IS_ROOT:
        print("  `make demo` as root gets it, and shows the container running.")
    return 0


def run_in_tree(sif: Path) -> int:
    """Run the file by the Apptainer of the sid tree, where this root may make a namespace for it."""
    print("$ apptainer run greeting.sif one 'two words' '$HOME'", flush=True)
    try:
        with Apptainer(shared=(sif.parent, Path(tempfile.gettempdir()).resolve())) as apptainer:
            done = apptainer.run(sif, "one", "two words", "$HOME")
    except NoNamespace as error:
        print(f"  Apptainer cannot be started here ({error}). Where it can: apptainer run {sif}")
        return 0
    sys.stdout.buffer.write(done.stdout + done.stderr)
    return done.returncode


def heading(text: str) -> None:
    """A line between two steps."""
    print(f"\n── {text}", flush=True)


def shown(*command: str) -> int:
    """Show a command, run it, and end the demonstration if it fails."""
    words = (Path(command[0]).name, *command[1:])
    print(f"$ {shlex.join(words)}", flush=True)
    environment = {name: value for name, value in os.environ.items() if name != "SREGISTRY_DEV_CACHE"}
    done = subprocess.run(command, check=False, env=environment)
    if done.returncode:
        sys.exit(done.returncode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
