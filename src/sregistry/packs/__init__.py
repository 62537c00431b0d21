"""One layer -> one pack: the layer's files as compressed squashfs blocks, and an index of its entries.

A layer is converted once. `convert` reads the layer's bytes a single time and writes the pack;
`Pack` reads it back for assembly, which copies block ranges without looking into them. Packs are
cached under the layer's digest and the codec's identity, so images that share layers share packs.

Errors: PackError (``pack-*``) for a pack that cannot be used, LayerError for a layer that cannot be
read; whatever the given stream raises passes through.
"""

from sregistry.packs.convert import Limits, convert
from sregistry.packs.errors import PackError
from sregistry.packs.pool import CompressionPool
from sregistry.packs.reader import Pack

__all__ = ["CompressionPool", "Limits", "Pack", "PackError", "convert"]
