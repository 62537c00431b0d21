"""The proxy variables are read as curl reads them, and a broken one is quoted without its password."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.errors import RegistryError
from sregistry.http import proxies
from sregistry.http.options import Options

URL = "https://registry.example.com/v2/"


def display(url: str = URL, **environ: str) -> str | None:
    proxy = proxies.for_url(Options(environ=environ), url)
    return proxy.display if proxy else None


def goes_direct(no_proxy: str, url: str = URL) -> bool:
    return display(url, https_proxy="http://proxy:3128", http_proxy="http://proxy:3128", no_proxy=no_proxy) is None


def test_the_scheme_decides_which_variable_applies() -> None:
    assert display(https_proxy="http://s:1", http_proxy="http://p:2") == "http://s:1"
    assert display("http://registry.example.com/", https_proxy="http://s:1", http_proxy="http://p:2") == "http://p:2"
    assert display(http_proxy="http://p:2") is None
    assert display(all_proxy="http://a:3") == "http://a:3"
    assert display(all_proxy="http://a:3", https_proxy="http://s:1") == "http://s:1"


def test_both_cases_are_read_lowercase_first() -> None:
    assert display(HTTPS_PROXY="http://upper:1") == "http://upper:1"
    assert display(HTTPS_PROXY="http://upper:1", https_proxy="http://lower:1") == "http://lower:1"
    assert display(https_proxy="http://lower:1", NO_PROXY="example.com") is None


def test_the_source_is_the_variable() -> None:
    proxy = proxies.for_url(Options(environ={"HTTPS_PROXY": "proxy:3128"}), URL)
    assert proxy is not None
    assert proxy.source == "HTTPS_PROXY"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("proxy:3128", "http://proxy:3128"),
        ("http://proxy", "http://proxy"),
        ("HTTP://proxy:3128/", "http://proxy:3128"),
        ("https://proxy.example.com:443", "https://proxy.example.com:443"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        (" http://10.0.0.1:8080 ", "http://10.0.0.1:8080"),
        ("http://my_proxy:1", "http://my_proxy:1"),
    ],
)
def test_reads_every_form_of_a_proxy(value: str, url: str) -> None:
    proxy = proxies.for_url(Options(environ={"https_proxy": value}), URL)
    assert proxy is not None
    assert (proxy.url, proxy.display) == (url, url)


@pytest.mark.parametrize(
    "value", ["http://me:canary@proxy:3128", "me:canary@proxy:3128", "http://me:c@n/ary@proxy:3128"]
)
def test_credentials_are_used_and_not_shown(value: str) -> None:
    environ = {"https_proxy": value.replace("c@n/ary", "c%40n%2Fary")}
    proxy = proxies.for_url(Options(environ=environ), URL)
    assert proxy is not None
    assert proxy.url.endswith("@proxy:3128")
    assert proxy.display == "http://proxy:3128"
    assert "me" not in repr(proxy)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("”http://proxy:3128”", "”http://proxy:3128”"),
        ('"http://proxy:3128"', '"http://proxy:3128"'),
        ("http://<proxy>:<port>", "http://<proxy>:<port>"),
        ("http://proxy:port", "http://proxy:port"),
        ("http://proxy:99999", "http://proxy:99999"),
        ("http://pro xy:1", "http://pro xy:1"),
        ("http://", "http://"),
        ("http//proxy:3128", "http//proxy:3128"),
        ("http://proxy:3128/path", "http://proxy:3128/path"),
        ("socks5h://proxy:1080", "socks5h://proxy:1080"),
        ("http://me:canary@proxy:port", "http://***@proxy:port"),
        ("“http://me:canary@proxy:1”", "“http://***@proxy:1”"),
        ("http://me:c@nary@proxy:1", "http://***@proxy:1"),
        ("me:canary@<proxy>", "***@<proxy>"),
    ],
)
def test_a_value_that_is_no_proxy_is_quoted(value: str, shown: str) -> None:
    with pytest.raises(RegistryError) as caught:
        display(https_proxy=value)
    assert caught.value.code == "network-proxy-setting"
    assert (caught.value.facts["setting"], caught.value.facts["value"]) == ("https_proxy", shown)
    assert "canary" not in f"{caught.value} {caught.value.facts}"


def test_a_broken_proxy_does_not_matter_where_none_is_used() -> None:
    assert display(https_proxy="“", no_proxy="*") is None
    assert display(http_proxy="“") is None
    assert display(https_proxy="  ") is None


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        ("*", True),
        ("registry.example.com", True),
        ("Example.COM", True),
        (".example.com", True),
        ("*.example.com", True),
        ("a, example.com ,b", True),
        ("a example.com", True),
        ("example.com:443", True),
        ("example.com:5000", False),
        ("ample.com", False),
        ("registry.example.com.org", False),
        ("", False),
        (",", False),
        (".", False),
        ("10.0.0.0/8", False),
        ("not/a/network", False),
    ],
)
def test_names_in_no_proxy(no_proxy: str, direct: bool) -> None:
    assert goes_direct(no_proxy) is direct


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("10.0.0.0/8", "http://10.1.2.3:5000/", True),
        ("10.0.0.1/8", "http://10.1.2.3:5000/", True),
        ("10.0.0.0/8", "http://11.1.2.3/", False),
        ("10.1.2.3", "http://10.1.2.3:5000/", True),
        ("10.1.2.3:5000", "http://10.1.2.3:5000/", True),
        ("10.1.2.3:5001", "http://10.1.2.3:5000/", False),
        ("2.3", "http://10.1.2.3/", False),
        ("fd00::/8", "https://[fd00::1]/", True),
        ("fd00::1", "https://[fd00::1]:5000/", True),
        ("[fd00::1]:5000", "https://[fd00::1]:5000/", True),
        ("[fd00::1]:5001", "https://[fd00::1]:5000/", False),
    ],
)
def test_addresses_in_no_proxy(no_proxy: str, url: str, direct: bool) -> None:
    assert goes_direct(no_proxy, url) is direct


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9:5000", "[::1]:5000", "x.localhost"])
@pytest.mark.parametrize("proxy", ["http://proxy:3128", "http://127.0.0.1:3128", "no proxy's address"])
def test_this_machine_is_always_reached_directly(host: str, proxy: str) -> None:
    assert display(f"https://{host}/", https_proxy=proxy, http_proxy=proxy, all_proxy=proxy) is None


def test_the_reason_is_given_in_words() -> None:
    def reason(**environ: str) -> str:
        return proxies.route(Options(environ=environ), URL).reason

    assert reason() == "no variable https_proxy is set"
    assert reason(HTTPS_PROXY="http://p:1") == "HTTPS_PROXY is set"
    assert reason(HTTPS_PROXY="http://p:1", NO_PROXY=".example.com") == (
        "'.example.com' in NO_PROXY applies to registry.example.com"
    )


@settings(deadline=5000)
@given(
    st.text(max_size=40), st.text(max_size=40), st.sampled_from([URL, "http://10.0.0.1:5000", "https://[::1", "x", ""])
)
def test_any_value_is_read_or_refused(proxy: str, no_proxy: str, url: str) -> None:
    try:
        display(url, https_proxy=proxy, http_proxy=proxy, all_proxy=proxy, no_proxy=no_proxy)
    except RegistryError as error:
        assert error.code == "network-proxy-setting"
