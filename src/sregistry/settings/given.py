"""The settings as keyword arguments, for type checkers: one key per field of `Settings`, with what `load` can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Literal, TypedDict

from sregistry.settings.values import Compression

#: Bytes, as a number or as a text such as ``4MiB``; seconds, as a number or as a text such as ``2min``.
Size = int | str
Duration = float | str
Place = str | PathLike[str]


class Given(TypedDict, total=False):
    """Settings given by a program; None counts as not given. What each means is in ``docs/settings.md``."""

    client: str | None
    default_registry: str | None
    platform: str | None
    jobs: int | None
    compression: str | Compression | None
    shell: Literal["ipython", "bpython", "python"] | None
    exact: bool | None
    debug: bool | None
    offline: bool | None
    second_look: bool | None
    database: Place | None
    database_url: str | None
    storage: Place | None
    cache_dir: Place | None
    tmpdir: Place | None
    client_secrets: Place | None
    mode: int | str | None
    use_database: bool | None
    use_cache: bool | None
    lock_timeout: Duration | None
    tls_verify: bool | None
    plain_http: bool | None
    cacert: Place | None
    authfile: Place | None
    registries_conf: Place | None
    web_sources: Sequence[str] | Mapping[str, str] | str | None
    ip_family: Literal["any", "ipv4", "ipv6"] | None
    database_timeout: Duration | None
    timeout_connect: Duration | None
    timeout_read: Duration | None
    timeout_document: Duration | None
    timeout_stall: Duration | None
    timeout_helper: Duration | None
    retries: int | None
    patience: Duration | None
    retry_after: Duration | None
    max_manifest_size: Size | None
    max_config_size: Size | None
    max_expansion_ratio: int | None
    max_unpacked_size: Size | None
    max_layer_entries: int | None
    max_archive_members: int | None
    max_redirects: int | None
    max_connections: int | None
    upload_chunk: Size | None
