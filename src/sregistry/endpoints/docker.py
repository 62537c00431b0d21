"""``docker://``: images in layers from any Docker or OCI registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sregistry.endpoints.base import ByteStream, Layer, LayeredImage, OnWait
from sregistry.references import Platform, Reference

if TYPE_CHECKING:
    from sregistry.oci import image as resolved
    from sregistry.registry.session import Session


def open_image(session: Session, reference: Reference, platform: Platform | None) -> LayeredImage:
    """Resolve `reference` for `platform` (this machine's for None): manifest and config, no layer yet.

    Raises what `Session.resolve` raises.
    """
    image = session.resolve(reference, platform)
    return LayeredImage(
        reference=reference,
        manifest_digest=image.manifest_digest,
        index_digest=image.index_digest,
        platform=image.platform,
        config=image.config,
        config_digest=image.config_digest,
        layers=[_layer(session, image, layer) for layer in image.layers],
        warnings=list(image.warnings),
    )


def _layer(session: Session, image: resolved.Image, layer: resolved.Layer) -> Layer:
    descriptor = layer.descriptor

    def open_stream(on_wait: OnWait) -> ByteStream:
        return session.open_blob(image.reference, descriptor, on_wait=on_wait)

    places = len(session.places(image.reference))
    return Layer(descriptor.digest, descriptor.size, descriptor.media_type, layer.diff_id, open_stream, places)
