"""Settings -> what the registry room needs to know."""

from __future__ import annotations

from collections.abc import Mapping

from sregistry.http.options import Limits, Options, Retries, Timeouts
from sregistry.http.secret import Secret
from sregistry.settings import Settings
from sregistry.settings.backends import read_backends
from sregistry.settings.home import home_folder
from sregistry.version import __version__

Login = tuple[str, str]


def registry_options(settings: Settings, environ: Mapping[str, str], login: Login | None = None) -> Options:
    """Return the registry room's options.

    Args:
        settings: in force.
        environ: the process environment, for credentials, proxies and the home folder.
        login: user name and password of the command line.

    Raises:
        RegistryError: ``auth-login-malformed``.
    """
    password = Secret(login[1]) if login else None
    if login and password is not None:
        from sregistry.auth.login import check

        check(login[0], password)
    return Options(
        environ=environ,
        kept=read_backends(settings.client_secrets).variables,
        kept_in=str(settings.client_secrets),
        home=home_folder(environ),
        plain_http=settings.plain_http,
        tls_verify=settings.tls_verify,
        cacert=settings.cacert,
        authfile=settings.authfile,
        username=login[0] if login else None,
        password=password,
        family=settings.ip_family,
        offline=settings.offline,
        registries_conf=settings.registries_conf,
        user_agent=f"sregistry/{__version__}",
        timeouts=_timeouts(settings),
        retries=Retries(attempts=settings.retries, patience=settings.patience, retry_after=settings.retry_after),
        limits=Limits(
            manifest=settings.max_manifest_size,
            config=settings.max_config_size,
            redirects=settings.max_redirects,
            connections=settings.max_connections,
            chunk=settings.upload_chunk,
        ),
    )


def _timeouts(settings: Settings) -> Timeouts:
    return Timeouts(
        connect=settings.timeout_connect,
        read=settings.timeout_read,
        document=settings.timeout_document,
        stall=settings.timeout_stall,
        helper=settings.timeout_helper,
    )
