"""Settings -> what the registry room needs to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sregistry.errors import Cancelled, SregistryError
from sregistry.http.options import Limits, Options, Retries, Timeouts
from sregistry.http.secret import Secret
from sregistry.operations.stopping import Stop, unless
from sregistry.settings import Settings
from sregistry.settings.backends import read_backends
from sregistry.settings.home import home_folder
from sregistry.version import __version__

if TYPE_CHECKING:
    from sregistry.http.transport import OnExchange
    from sregistry.http.waits import OnWait
    from sregistry.registry.session import Session

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
        timeouts=Timeouts(
            connect=settings.timeout_connect,
            read=settings.timeout_read,
            document=settings.timeout_document,
            stall=settings.timeout_stall,
            helper=settings.timeout_helper,
        ),
        retries=Retries(attempts=settings.retries, patience=settings.patience, retry_after=settings.retry_after),
        limits=Limits(
            manifest=settings.max_manifest_size,
            config=settings.max_config_size,
            redirects=settings.max_redirects,
            connections=settings.max_connections,
        ),
    )


def open_session(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    login: Login | None = None,
    on_exchange: OnExchange | None = None,
    on_wait: OnWait | None = None,
) -> Session:
    """Return a session with registries; use it as a context manager."""
    from sregistry.registry.session import Session

    return Session(registry_options(settings, environ, login), on_exchange=on_exchange, on_wait=on_wait)


@contextmanager
def session_for(
    settings: Settings,
    environ: Mapping[str, str],
    session: Session | None = None,
    *,
    login: Login | None = None,
    on_exchange: OnExchange | None = None,
    on_wait: OnWait | None = None,
    stop: Stop | None = None,
) -> Iterator[Session]:
    """A session for one operation: that of its client, where there is one, else its own.

    Args:
        settings: in force.
        environ: the process environment.
        session: of a client, which goes on after the operation; its login and listener are those of that.
        login: user name and password of the command line.
        on_exchange: told of every request.
        on_wait: told (reason, seconds) before each pause.
        stop: ends the operation early.
    """
    if session is None:
        with open_session(settings, environ, login=login, on_exchange=on_exchange, on_wait=on_wait) as own:
            yield own
        return
    with session.view(on_wait=on_wait, stop=stop) as view:
        if stop is not None:
            stop.then = view.close
        yield view


@contextmanager
def second_look(
    session: Session,
    settings: Settings,
    reference: str,
    *,
    on_exchange: OnExchange | None = None,
    stop: Stop | None = None,
) -> Iterator[None]:
    """What fails within is looked into once more, where the settings want that; `reference` is the text given."""
    try:
        yield
    except SregistryError as error:
        failed = error.with_facts(reference=reference)
        if settings.second_look and not isinstance(failed, Cancelled):
            from sregistry.doctor.second_look import look

            unless(stop, lambda: look(failed, session, on_exchange=on_exchange))
        raise
