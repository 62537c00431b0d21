r"""The Singularity Image Format: a header, a table of descriptors, data objects.

::

    0       launch line, 32 bytes           "#!/usr/bin/env run-singularity\n"
    32      magic, version, architecture    "SIF_MAGIC", "01", "02" (amd64)
    48      id, times, counts, places       to byte 128
    4096    48 descriptors of 585 bytes     type, used, id, group, link, place, size, times, name, extra
    32176   objects                         one after the other; partitions at multiples of 4096

Little-endian, packed. Source: github.com/sylabs/sif, package sif (the format is the same in Apptainer's
fork, which adds the file system type 6).
"""

from sregistry.sif.errors import SifError

__all__ = ["SifError"]
