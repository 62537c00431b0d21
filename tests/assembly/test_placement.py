"""Which files share their place in the image: those of the same content, whatever their fingerprints say."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from sregistry.assembly import placement
from sregistry.assembly.merge import merge
from sregistry.layers.entries import Entry, Kind
from sregistry.packs import CompressionPool, Pack, writer
from sregistry.squashfs.compressors import get_compressor

BLOCK = 4096
Layer = dict[str, bytes]


def contents(folder: Path, layers: Sequence[Layer]) -> tuple[dict[str, bytes], placement.Placement]:
    """Place the files of `layers`, stored as they are; return what stands at the place of each, and the placement."""
    with CompressionPool(get_compressor("none"), 1) as pool, ExitStack() as stack:
        packs = []
        for number, layer in enumerate(layers):
            path = folder / f"{number}.pack"
            with path.open("wb") as out:
                pack = writer.PackWriter(out, pool, BLOCK)
                for name, data in layer.items():
                    blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
                    pack.add_large(Entry(name.encode(), Kind.FILE, 0o644, size=len(data)), blocks)
                pack.finish()
            packs.append(stack.enter_context(Pack(path)))
        merged = merge(packs, 0)
        placed = placement.place(merged, 0)
        image = b"".join(packs[copy.pack].path.read_bytes()[copy.source :][: copy.size] for copy in placed.copies)
        nodes = merged.tree.root.children
        return {name.decode(): image[node.start :][: node.size] for name, node in nodes.items()}, placed


def test_a_file_that_comes_again_is_stored_once(tmp_path: Path) -> None:
    first, second = b"a" * 3 * BLOCK, b"b" * 3 * BLOCK
    layers = [{"one": first, "two": second}, {"three": first, "four": b"c" * BLOCK}]
    found, placed = contents(tmp_path, layers)
    assert found == {**layers[0], **layers[1]}
    assert (placed.duplicates, placed.duplicate_bytes, placed.end) == (1, len(first), 7 * BLOCK)


@pytest.mark.parametrize("files", [2, 9])
def test_files_of_one_fingerprint_keep_their_own_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    monkeypatch.setattr(writer._Content, "fingerprint", lambda content, words: bytes(16))
    layer = {f"file-{number}": bytes([number + 1]) * 3 * BLOCK for number in range(files)}
    again = {f"again-{name}": data for name, data in layer.items()}
    found, placed = contents(tmp_path, [layer, again])
    assert found == {**layer, **again}
    assert placed.duplicates == min(files, placement._CANDIDATES)


def test_a_difference_in_the_last_byte_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer._Content, "fingerprint", lambda content, words: bytes(16))
    monkeypatch.setattr(placement, "_COMPARED", 1000)
    layer = {"one": bytes(range(1, 201)) * 100, "two": bytes(range(1, 201)) * 99 + bytes(range(2, 202))}
    found, placed = contents(tmp_path, [layer])
    assert found == layer
    assert placed.duplicates == 0
