"""The namespace in which Apptainer runs can be made from within a chroot, too."""

import subprocess
from pathlib import Path

from tests.support import apptainer
from tools.sid_tree import TREE

#: This machine's programs below a folder that is no mount, and the tree beside them.
IN_A_CHROOT = """
set -e
cd "$0"
cp -P /bin /sbin /lib* .
for folder in usr proc dev sys; do mkdir $folder; mount --rbind /$folder $folder; done
mkdir tree; mount --bind "$1" tree
exec chroot . unshare --mount --propagation unchanged sh -c "$2" "$3" /tree
"""


def test_a_root_that_is_no_mount_is_left_behind(tmp_path: Path) -> None:
    apptainer.require()
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", IN_A_CHROOT, str(tmp_path), str(TREE)]
    with subprocess.Popen([*command, apptainer.ENTER, apptainer.PREPARE], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        said = holder.stdout.readline()
        holder.kill()
    assert said == b"ready\n"
