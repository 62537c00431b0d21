"""Documents of images, without I/O: media types, descriptors, manifests, indexes, configs, the choice of a platform.

Sources: OCI Image Specification; Docker "image manifest version 2", schema 1 and 2.
Errors: RegistryError ``manifest-…`` and ``image-…``.
"""
