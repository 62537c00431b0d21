"""The vocabulary of facts: each has one name, one type and one meaning in every room.

``docs/facts.md`` is made of it. The value of any fact may be missing or null where it is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Types of JSON: a count is a whole number, a record has named values, anything is one of several.
Type = Literal["text", "texts", "count", "counts", "number", "yes or no", "record", "records", "anything"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One word of the vocabulary.

    Attributes:
        name: the key among an error's facts, in snake_case.
        type: of its value.
        meaning: in Markdown, without full stop.
        fields: of a record or records: the names in it; empty where they are somebody else's.
    """

    name: str
    type: Type
    meaning: str
    fields: tuple[str, ...] = ()


FACTS: tuple[Fact, ...] = (
    # what was asked for
    Fact("reference", "text", "the image that was asked for, as `sregistry.references` writes it"),
    Fact("registry", "text", "its host, with `:port` if it has one"),
    Fact("repository", "text", "its path"),
    Fact("identifier", "text", "its tag or digest"),
    Fact("options", "texts", 'options of the command line to repeat in commands that are proposed: `["--plain-http"]`'),
    Fact("verb", "text", "the command that failed"),
    Fact("more", "texts", "its words after the name"),
    Fact("again", "texts", "the words that repeat it by force"),
    Fact("repeat", "texts", 'the words of a command to propose where it was no pull: `["copy", "oci:a", "oci:b"]`'),
    Fact("stage", "text", "what a command was doing when it ended"),
    Fact("signal", "text", "the signal that ended it"),
    # a text that cannot be read
    Fact("source", "text", "a text that could not be read"),
    Fact("span", "counts", "the place of the fault in it: from, up to"),
    Fact("suggestion", "text", "what was probably meant"),
    Fact("scheme", "text", "the scheme in front of a name"),
    Fact("inner", "text", "a scheme inside a name"),
    Fact("text", "text", "a text that is no digest"),
    # arguments, settings and names
    Fact("argument", "text", "an argument of a Python program that cannot be what it is given for"),
    Fact("type", "text", "the type that it has"),
    Fact("value", "text", "the value of an argument or a setting"),
    Fact("name", "text", "a name that was removed, or that is too long"),
    Fact("instead", "text", "what takes the place of a name that was removed"),
    Fact("near", "texts", "names that are like the one that is unknown"),
    Fact("known", "anything", "the names, or the version, that are known"),
    Fact("missing", "text", "the file that is not there beside the one that is"),
    Fact("setting", "text", "the setting or variable that it is about, that lifts a limit or moves a folder"),
    Fact("variable", "text", "the variable that names a file of CA certificates"),
    Fact("named_in", "text", "the variable or setting that names the file"),
    # the request
    Fact("method", "text", "of the request"),
    Fact("url", "text", "of the request; secrets in the address are removed"),
    Fact("host", "text", "the host that was spoken to, which may be another than the registry"),
    Fact("port", "count", "of the host"),
    Fact(
        "purpose",
        "text",
        "what a request was for, where it is not for the image itself: `token`; what a lock is for",
    ),
    Fact("mirror_of", "text", "the registry in whose place a mirror was asked"),
    Fact("mirrors", "records", "mirrors that were asked before and gave nothing", ("host", "code", "message")),
    Fact("urls", "texts", "where a layer is kept outside the registry"),
    # the answer
    Fact("status", "count", "of the answer"),
    Fact("content_type", "text", "of the answer"),
    Fact("content_encoding", "text", "of the answer, where it has one that was not asked for"),
    Fact("server", "text", "of the answer: what it calls itself; the host that a credential helper was asked about"),
    Fact("via", "text", "of the answer: the proxies and caches that passed it on"),
    Fact("errors", "records", "the registry's own errors in full", ("code", "message", "detail")),
    Fact("body_head", "text", "the beginning of a body that is not the registry's JSON"),
    Fact("page_title", "text", "the title of a web page"),
    Fact("redirects", "texts", "hosts that sent the request on, in order"),
    Fact("location", "text", "an address that was not followed"),
    Fact("named_by", "text", "who has named it"),
    Fact("place", "text", "where an address leads: `this machine`, `link-local`, `elsewhere`"),
    Fact(
        "challenge",
        "record",
        "what the registry asked for",
        ("scheme", "realm", "service", "scope", "error", "error_description"),
    ),
    Fact(
        "about",
        "texts",
        "what the registry's words are about, of the words listed in `sregistry.answers.said`: `policy`, `expired`, "
        "`clock`…",
    ),
    Fact("said", "text", "the registry's reason, where it says more than the status"),
    Fact("links", "texts", "the addresses that it names"),
    Fact("client_address", "text", "this machine's address, as it names it"),
    Fact("upstream", "text", "the host that it names"),
    Fact("retry_after", "number", "seconds that a registry asks to wait, in a header or its words"),
    Fact("rate_limit", "record", "rate-limit headers by name"),
    Fact("clock_skew", "number", "local time minus the registry's, in seconds"),
    Fact("local_time", "text", "this machine's time"),
    # logins
    Fact("credential_source", "text", "where the login that was sent came from; null for an anonymous request"),
    Fact(
        "credential_origin",
        "record",
        "the same for rules; `kind` is `command line`, `environment`, `clients`, `helper` or `file`",
        ("kind", "name"),
    ),
    Fact(
        "login_oddity",
        "text",
        "what at the ends of its password or user name hardly belongs there, in words: white space",
    ),
    Fact("files", "texts", "files that a name means at once"),
    Fact("other_logins", "texts", "files that hold another login for the same place, before which the one sent goes"),
    Fact(
        "login_troubles",
        "records",
        "of an anonymous request: sources of logins that gave none, and why",
        ("code", "message", "helper", "configured_in", "file"),
    ),
    Fact("helper", "text", "a credential helper"),
    Fact("output", "text", "what it printed"),
    Fact("configured_in", "text", "where it is named"),
    Fact("key", "text", "the name of an entry in a file"),
    # trying again
    Fact("attempts", "count", "failed attempts at the same thing"),
    Fact("elapsed", "number", "the seconds they took with their pauses; the seconds that a command took"),
    Fact(
        "tries",
        "records",
        "the latest failed attempts, oldest first; `seconds` it took, `paused` after it, absent where nothing was "
        "tried after it",
        ("code", "status", "seconds", "retry_after", "paused", "actual", "actual_size"),
    ),
    Fact("longest_pause", "number", "seconds of pauses that registries may ask for in all, where one has asked"),
    Fact("timeout", "number", "seconds that were waited, as `setting` allows: `timeout_read`, or `patience`"),
    Fact(
        "waited_for",
        "text",
        "what was waited for: `name` (its address), `connection`, `tunnel` (a proxy's answer to CONNECT), `handshake` "
        "(TLS), `answer` (its header), `body`",
    ),
    Fact("silent", "yes or no", "whether nothing at all came, or too little"),
    Fact("ended_at", "counts", "after how many bytes each download broke off, since the last that brought new ones"),
    # the way
    Fact("address", "text", "`ip:port` that was connected to or tried last"),
    Fact("addresses", "records", "all that were tried, and what each gave", ("address", "error")),
    Fact("family", "text", "IPv4 or IPv6"),
    Fact("nameservers", "texts", "name servers of this machine"),
    Fact(
        "peer", "text", "whom the connection led to when it failed: `proxy`, which may have reached the host, or `host`"
    ),
    Fact("proxy", "text", "the proxy that was used"),
    Fact("proxy_source", "text", "the variable that named it"),
    Fact("proxy_host", "text", "its host"),
    Fact("proxy_port", "count", "its port"),
    Fact("proxy_user", "text", "user name of the login that was sent to it"),
    Fact("proxy_status", "count", "what it answered"),
    Fact("proxy_reason", "text", "its words for that"),
    Fact("proxy_offers", "text", "its `Proxy-Authenticate`"),
    Fact(
        "certificate",
        "record",
        "the one that was presented",
        ("subject", "issuer", "not_before", "not_after", "names", "sha256"),
    ),
    Fact("ca_source", "text", "where the trusted CA certificates come from"),
    Fact("alert", "text", "the alert of TLS that the other side has sent"),
    Fact(
        "plain_answer",
        "text",
        "the first line of an answer that is not in the protocol expected: in plain HTTP to TLS, or not in HTTP at all",
    ),
    # content
    Fact("what", "text", "what content is: layer, manifest, config"),
    Fact("digest", "text", "of the content"),
    Fact("others", "texts", "the tags that mean the same image"),
    Fact("expected", "text", "what was promised or has to be: a digest, a type, a range"),
    Fact("actual", "text", "what came"),
    Fact("expected_size", "count", "bytes as promised"),
    Fact("actual_size", "count", "bytes as they came"),
    Fact("size", "count", "bytes of the whole"),
    Fact(
        "right_digest",
        "yes or no",
        "a blob of another size than promised has the promised digest, once its Content-Encoding is undone",
    ),
    Fact("media_type", "text", "of a manifest, config or layer"),
    Fact("artifact", "text", "what kind of artifact it is"),
    Fact("artifact_type", "text", "the media type that tells so"),
    Fact("subject", "text", "the digest of the image that it is about"),
    Fact("keys", "texts", "names of the fields of a document that is no manifest"),
    Fact("schema_version", "anything", "its schemaVersion"),
    Fact("looks_like", "text", "what it seems to be (`tar`: a layer that was to be compressed)"),
    Fact("config", "text", "the digest of a config"),
    Fact("field", "text", "the field of a document or a login that an error is about"),
    Fact("platform", "text", "the platform that was wanted"),
    Fact("platforms", "texts", "those that there are"),
    Fact("os_features", "texts", "what an entry of the index requires"),
    Fact("entries", "count", "how many entries an index has"),
    Fact("attestations", "count", "how many of them are attestations"),
    Fact("layer", "text", "the digest of a layer"),
    Fact("layer_index", "count", "its number, from 0"),
    Fact("path", "text", "an entry of a layer; a file or folder of this machine"),
    Fact("target", "text", "where a link leads"),
    Fact("offset", "count", "bytes into the archive"),
    Fact("claimed", "count", "the size of one file by its header in an archive, whether or not it is there"),
    Fact("uid", "count", "owner of an entry of a layer, or of a link on this machine"),
    Fact("gid", "count", "group of an entry"),
    Fact("codec", "text", "of an image file"),
    Fact("compression", "text", "of a layer"),
    Fact("format", "text", "what a file is instead of an image"),
    Fact("algorithm", "text", "of a digest"),
    # this machine
    Fact("file", "text", "a file on this machine"),
    Fact("line", "count", "of a file that was read"),
    Fact("prefix", "text", "the entry of registries.conf that decided"),
    Fact("errno", "count", "the number of the system's error"),
    Fact("detail", "text", "the system's or another library's own words"),
    Fact("reason", "text", "what is wrong with a document, a setting or a file"),
    Fact("cause", "text", "another library's own words; the code of the failure behind this one"),
    Fact("folder", "text", "the folder that a fault of the disk is about"),
    Fact("action", "text", "what was to be done with a file or folder: `read`, `write`, `write in`…"),
    Fact("link", "text", "a symbolic link of somebody else on the way to a folder"),
    Fact("filesystem", "text", "type of a filesystem"),
    Fact("free", "count", "bytes that are free"),
    Fact("needed", "count", "bytes that it takes, where that is known"),
    Fact("free_inodes", "count", "files that can still be made"),
    Fact("in_the_way", "text", "what is where a folder should be, or has a colon in its path"),
    Fact("kept", "count", "bytes of a finished file that have come, and after which the next try goes on"),
    Fact("cached", "yes or no", "whether the cache has anything that could be removed"),
    Fact("current_folder_removed", "yes or no", "whether the folder in which the command was started is gone"),
    Fact("limit", "count", "the limit that was met"),
    Fact("limit_name", "text", "a limit of this machine: `RLIMIT_…`, `memory.max` or `pids.max`"),
    Fact("limit_most", "count", "the most that this process may allow itself; null for any amount"),
    Fact("used", "count", "what was in use"),
    Fact("control_group", "text", "the file of the control group that has the limit"),
    Fact("wanted", "text", "what there was no room for"),
    Fact(
        "holder",
        "record",
        "who holds a lock, as far as it was seen; the last four are a database server's",
        ("pid", "machine", "since", "command", "purpose", "stopped", "user", "client", "state"),
    ),
    # folders and archives of images
    Fact("layout", "text", "path of a folder or an archive of images; `known` are then the names in it"),
    Fact("member", "text", "the file in it that an error is about"),
    # the local registry
    Fact("database", "text", "the file or address of the database, without a password"),
    Fact("sqlite", "text", "SQLite's name for what went wrong: `SQLITE_CORRUPT`"),
    Fact("package", "text", "the Python package that is wanted"),
    Fact("version", "anything", "a version that is there"),
    Fact("uri", "text", "the name of an image of the local registry"),
    Fact("images", "records", "the images that a name fits", ("uri", "reference", "platform", "path")),
    Fact("count", "count", "how many they are"),
    # ourselves
    Fact(
        "fault",
        "text",
        "which one of the faults that a code stands for: `circle`, `too-many`, `address`, `secret` (redirects); "
        "`json`, `gzip` (manifests); `header-too-large` (HTTP); `no-tls` (TLS); `truncated` (archives)",
    ),
    Fact("exception", "text", "a fault of our own: the exception"),
    Fact("report", "text", "the file with the report"),
    Fact(
        "second_look",
        "record",
        "what was found by asking again, see below",
        (
            "signed",
            "ping",
            "anonymous",
            "tags",
            "repositories",
            "blob",
            "other_media_types",
            "clock_skew",
            "rate_limit",
        ),
    ),
)

#: What `sregistry.doctor.second_look` finds.
SECOND_LOOK: tuple[Fact, ...] = (
    Fact("signed", "record", "the image that a signature is about", ("digest",)),
    Fact("ping", "record", '`outcome` is `"ok"` or a code', ("outcome", "status")),
    Fact(
        "anonymous",
        "record",
        "the same request without a login; which variables hold logins, where there are several",
        ("outcome", "variables"),
    ),
    Fact(
        "tags",
        "record",
        "the tags that there are; `complete` is false where the list was not read to its end, `outcome` a code where "
        "they cannot be listed, `no_such_name` true where that is because there is no such repository",
        ("outcome", "count", "complete", "near", "newest", "no_such_name"),
    ),
    Fact(
        "repositories", "record", "names of the registry's catalogue that are like the one that is unknown", ("near",)
    ),
    Fact("blob", "record", "what a digest that no manifest has is the digest of: `config` or `layer`", ("what",)),
    Fact("other_media_types", "record", 'media type → `"ok"` or a code, each asked for alone'),
    Fact("clock_skew", "number", "as above, from the answers of the second look"),
    Fact("rate_limit", "record", "the same"),
)
