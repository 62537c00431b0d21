"""Which endpoint serves a scheme; what none serves, or what a place cannot do, is refused with what there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pytest

from sregistry.diagnosis import explain
from sregistry.endpoints import catalog
from sregistry.endpoints.base import Holds, Lists
from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.references import InvalidReference, others, parse
from sregistry.settings import load
from tests.support.packages import SitePackages

#: The least that an endpoint is.
SOURCE = """
class Endpoint:
    def __init__(self, network): self.network = network
    def find(self, reference, platform): raise NotImplementedError
    def version(self, reference): return None
    def explain(self, error): return error
    def close(self): pass
"""


@runtime_checkable
class Sings(Protocol):
    """What no place can."""

    def sing(self) -> str: ...


@pytest.fixture
def network(tmp_path: Path) -> Context:
    return Context(load({"HOME": str(tmp_path)}))


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SitePackages]:
    yield SitePackages(tmp_path, monkeypatch)
    others.found.cache_clear()


@pytest.mark.parametrize("scheme", catalog.ENDPOINTS)
def test_every_scheme_of_the_table_is_served_and_opening_asks_nobody(scheme: str, network: Context) -> None:
    endpoint: Any = catalog.open_endpoint(scheme, network)
    assert all(callable(getattr(endpoint, name)) for name in ("find", "version", "explain"))
    endpoint.close()
    endpoint.close()


def test_a_scheme_that_nothing_serves_is_refused_with_all_that_are_served(network: Context) -> None:
    with pytest.raises(InvalidReference) as caught:
        catalog.open_endpoint("elsewhere", network)
    assert (caught.value.code, caught.value.facts["scheme"]) == ("reference-scheme", "elsewhere")
    assert caught.value.facts["known"] == sorted(catalog.schemes())


def test_another_package_serves_its_scheme_and_none_of_ours(network: Context, site_packages: SitePackages) -> None:
    site_packages.install("served_elsewhere", SOURCE, "elsewhere", "docker")
    endpoint: Any = catalog.open_endpoint("elsewhere", network)
    assert (type(endpoint).__module__, endpoint.network) == ("served_elsewhere", network)
    assert catalog.schemes().count("docker") == 1
    assert catalog.schemes().index("elsewhere") >= len(catalog.ENDPOINTS)
    assert type(catalog.open_endpoint("docker", network)).__module__.startswith("sregistry.")


def test_what_a_place_can_do_is_not_refused(network: Context) -> None:
    endpoint = catalog.open_endpoint("docker", network)
    assert catalog.able(endpoint, Lists, "search", "docker") is endpoint
    assert catalog.able(endpoint, Holds, "copy", "docker") is endpoint


def test_what_a_place_cannot_do_is_refused_with_those_that_can(network: Context, site_packages: SitePackages) -> None:
    site_packages.install("least_elsewhere", SOURCE, "elsewhere")
    endpoint = catalog.open_endpoint("elsewhere", network)
    with pytest.raises(SregistryError) as caught:
        catalog.able(endpoint, Lists, "search", "elsewhere")
    assert caught.value.code == "endpoint-unable"
    assert (caught.value.facts["scheme"], caught.value.facts["verb"]) == ("elsewhere", "search")
    assert "docker" in caught.value.facts["known"]
    assert "elsewhere" not in caught.value.facts["known"]
    assert explain(caught.value).code == "endpoint-unable"


def test_what_no_place_can_do_is_refused_without_a_proposal(network: Context) -> None:
    endpoint = catalog.open_endpoint("docker", network)
    with pytest.raises(SregistryError) as caught:
        catalog.able(endpoint, Sings, "sing", "docker")
    assert caught.value.facts["known"] == []


def test_a_package_that_cannot_be_loaded_is_named_and_disturbs_no_other(
    network: Context, site_packages: SitePackages
) -> None:
    site_packages.install("broken_elsewhere", "import no_such_module\n", "elsewhere")
    for action in (lambda: catalog.open_endpoint("elsewhere", network), lambda: parse("elsewhere://h.example.org/a:1")):
        with pytest.raises(SregistryError) as caught:
            action()
        assert caught.value.code == "endpoint-broken"
        assert caught.value.facts["package"] == "broken_elsewhere"
        assert "No module named 'no_such_module'" in str(explain(caught.value).why[0])
    with pytest.raises(SregistryError) as caught:
        catalog.able(catalog.open_endpoint("docker", network), Sings, "sing", "docker")
    assert caught.value.code == "endpoint-unable"
