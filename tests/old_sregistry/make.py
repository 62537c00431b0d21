"""How `sregistry.db` beside this file was made: by sregistry 0.2.39 itself.

    python -m venv /tmp/old && /tmp/old/bin/pip install sregistry==0.2.39 sqlalchemy==1.4.48
    /tmp/old/bin/python tests/old_sregistry/make.py

What it is told to add are texts: the old program only moves files and takes their digests. The files are left
away; the tests put images where the database says they are. Standard library, and the old program's own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PLACE = Path("/tmp/old-sregistry")


def main() -> None:
    shutil.rmtree(PLACE, ignore_errors=True)
    (PLACE / "shub").mkdir(parents=True)
    os.environ.update(SREGISTRY_DATABASE=str(PLACE), SREGISTRY_STORAGE=str(PLACE / "shub"))
    command_line("hub", "add", text("tool.sif"), "--name", "team/tool:1.2")
    command_line("hub", "add", text("legacy.simg"), "--name", "vsoch/hello-world")
    command_line("hub", "add", text("gone.sif"), "--name", "team/gone:3")
    pulled_from_docker("ghcr.io", "ghcr.io/team/pulled:2")
    known_by_address()
    shutil.copy(PLACE / "sregistry.db", Path(__file__).with_name("sregistry.db"))


def text(name: str) -> str:
    (PLACE / name).write_text(f"content of {name}\n")
    return str(PLACE / name)


def command_line(client: str, *arguments: str) -> None:
    program = Path(sys.executable).with_name("sregistry")
    subprocess.run([program, *arguments], check=True, env={**os.environ, "SREGISTRY_CLIENT": client})


def pulled_from_docker(base: str, image: str) -> None:
    """What `sregistry pull` ends with, in sregistry/main/docker/pull.py; before it Singularity makes the file."""
    os.environ["SREGISTRY_CLIENT"] = "docker"
    from sregistry.main import get_client
    from sregistry.utils import parse_image_name, remove_uri

    client = get_client(f"docker://{image}")
    names = parse_image_name(remove_uri(image), base=base)
    stored = client._get_storage_name(names)
    Path(stored).parent.mkdir(parents=True, exist_ok=True)
    Path(stored).write_text("content of pulled\n")
    manifests = {"v2": {"selfLink": f"https://{base}/v2/team/pulled/manifests/2"}}
    url = f"https://{base}/v2/{names['url']}/manifests/{names['tag']}"
    client.add(image_path=stored, image_uri=names["uri"], metadata=manifests, url=url)


def known_by_address() -> None:
    """An image that was never downloaded."""
    from sregistry.main import get_client

    get_client().add(image_uri="blue/remote:1", url="https://example.org/blue/remote.sif", save=False)


main()
