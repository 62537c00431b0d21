"""Docker Hub's official images, and which of them a name was probably meant to be."""

from __future__ import annotations

import difflib

from sregistry.references import DOCKER_HUB

#: Those that people pull most; of a name that is not here nothing is said.
_PULLED_MOST = """
    adminer alpine amazonlinux archlinux bash buildpack-deps busybox caddy cassandra centos clojure composer consul
    couchbase couchdb crate debian docker drupal eclipse-temurin elasticsearch erlang fedora flink gcc ghost golang
    gradle groovy haproxy haskell haxe hello-world httpd ibmjava influxdb jenkins joomla julia kibana kong logstash
    mageia mariadb maven mediawiki memcached mongo mongo-express mysql neo4j nextcloud nginx node odoo openjdk opensuse
    oraclelinux perl photon php postgres pypy python r-base rabbitmq redis redmine registry rockylinux ros ruby rust
    sapmachine solr sonarqube spark swift tomcat traefik ubuntu vault wordpress xwiki zookeeper
"""
NAMES = frozenset(_PULLED_MOST.split())
_LEAST_ALIKE = 0.75
_PREFIX = "library/"


def meant(registry: str, repository: str) -> tuple[str, str]:
    """(name, reason) of the official image that was probably meant; empty texts where none is near.

    ``library/ubunutu`` is near ``ubuntu``; ``debian/stable-slim`` has an official image where its owner should be.
    """
    if registry != DOCKER_HUB:
        return "", ""
    owner, _, rest = repository.partition("/")
    if owner in NAMES and rest and "/" not in rest:
        return f"{owner}:{rest}", f'"{owner}" is an official image, and {rest} may be one of its tags.'
    if not repository.startswith(_PREFIX) or rest in NAMES:
        return "", ""
    near = difflib.get_close_matches(rest, sorted(NAMES), n=1, cutoff=_LEAST_ALIKE)
    return (near[0], f'The name is misspelt: "{near[0]}" is an official image.') if near else ("", "")
