"""What people type who come from other programs: where it leads, as an answer to words that mean nothing here."""

from __future__ import annotations

import difflib

import click

from sregistry.cli.verbs import VERBS

#: A command of another program -> what does that here.
_VERBS = {
    "tags": "`sregistry search REPOSITORY` lists the tags of a repository.",
    "list-tags": "`sregistry search REPOSITORY` lists the tags of a repository.",
    "catalog": "`sregistry search HOST` lists the repositories of a registry.",
    "ls": "`sregistry images` lists the images that are here, `sregistry search REPOSITORY` the tags of a repository.",
    "list": "`sregistry images` lists the images that are here, `sregistry search REPOSITORY` tags of a repository.",
    "delete": "`sregistry rm NAME` removes an image that is here, `sregistry rm docker://REF` one in a registry.",
    "remove": "`sregistry rm NAME` removes an image that is here, `sregistry rm docker://REF` one in a registry.",
    "rmi": "`sregistry rm NAME` removes an image that is here, `sregistry rm docker://REF` one in a registry.",
    "build": "`sregistry pull --output FILE REF` makes a SIF file of an image in a registry.",
    "load": "`sregistry pull docker-archive:FILE` makes a SIF file of what docker save has written.",
    "fetch": "`sregistry pull REF` gets an image from a registry.",
    "download": "`sregistry pull REF` gets an image from a registry.",
    "cp": "`sregistry copy SRC DST` copies an image to another registry, a layout or an archive.",
    "sync": "`sregistry copy --from-file LIST DST` copies many images to another registry, a layout or an archive.",
    "mirror": "`sregistry copy --from-file LIST DST` copies many images to another registry, a layout or an archive.",
    "export": "`sregistry pull --output FILE REF` makes a SIF file of an image in a registry.",
    "run": 'apptainer runs it: `apptainer run "$(sregistry get --pull REF)"`.',
    "exec": 'apptainer runs it: `apptainer exec "$(sregistry get --pull REF)" COMMAND`.',
    "upload": "`sregistry push IMAGE REF` puts an image into a registry.",
    "attach": "`sregistry push --attach FILE --type MEDIA REF` attaches a file to an image.",
    "discover": "`sregistry inspect REF` lists what is attached to an image.",
    "manifest": "`sregistry inspect --json REF` shows what the registry says about an image.",
    "prune": "`sregistry cache prune` makes the cache smaller; `sregistry rm NAME` removes an image.",
    "settings": "`sregistry config` shows every setting.",
    "info": "`sregistry inspect REF` shows what an image is; `sregistry config` every setting.",
    "show": "`sregistry inspect REF` shows what an image is.",
    "verify": "`sregistry check` verifies the images that are here.",
    "import": "`sregistry add FILE` takes a SIF file into the local registry.",
    "path": "`sregistry get NAME` prints the path of an image.",
    "which": "`sregistry get NAME` prints the path of an image.",
}
#: An option of another program -> what does that here.
_OPTIONS = {
    "--arch": "--platform linux/ARCH chooses the architecture, such as linux/arm64",
    "--architecture": "--platform linux/ARCH chooses the architecture, such as linux/arm64",
    "--override-arch": "--platform linux/ARCH chooses the architecture, such as linux/arm64",
    "--preserve-digests": "every digest stays as it is without an option",
    "--multi-arch": "all platforms are copied without an option, --platform chooses one",
    "--insecure": "--plain-http speaks http, --no-tls-verify accepts any certificate",
    "--nohttps": "--plain-http speaks http to the registry",
    "--no-https": "--plain-http speaks http to the registry",
    "--tls-verify=false": "--no-tls-verify accepts any certificate",
    "--dest": "--output FILE says where the SIF goes",
    "--dir": "--output FOLDER/FILE says where the SIF goes",
    "--out": "--output FILE says where the SIF goes",
    "--file": "--output FILE says where the SIF goes",
    "--destination": "--output FILE says where the SIF goes",
    "--verbose": "--debug prints every exchange with the registry",
    "--silent": "--quiet says nothing but warnings and errors",
    "--threads": "--jobs N sets the number of threads",
    "--user": "--username NAME is the user; the password is asked for, or comes from --password-stdin",
    "--password": "--password-stdin reads the password, so that it stands in no list of processes",
    "--creds": "--username NAME is the user; the password is asked for, or comes from --password-stdin",
    "--docker-login": "--username NAME asks for the password; `sregistry login HOST` keeps a login",
    "--docker-username": "--username NAME is the user; the password is asked for, or comes from --password-stdin",
    "--docker-password": "--password-stdin reads the password, so that it stands in no list of processes",
    "--ca-cert": "--cacert FILE trusts the CA certificates in a file, too",
    "--cert-dir": "--cacert FILE trusts the CA certificates in a file, too",
    "--disable-cache": "SREGISTRY_USE_CACHE=no keeps no converted layers",
    "--no-cache": "SREGISTRY_USE_CACHE=no keeps no converted layers",
    "--cachedir": "SREGISTRY_CACHE_DIR names the folder of converted layers",
    "--tmpdir": "SREGISTRY_TMPDIR names the folder of temporary files",
    "--tag": "the tag stands in the name: REPOSITORY:TAG",
    "-F": "--force replaces the file",
    "-k": "--no-tls-verify accepts any certificate",
    "--overwrite": "--force replaces the file",
    "--format": "--json prints facts",
}


def unknown_verb(name: str) -> str:
    """What to say of a word that is no verb."""
    said = f"There is no command {name!r}."
    if name in _VERBS:
        return f"{said} {_VERBS[name]}"
    near = difflib.get_close_matches(name, VERBS, n=2)
    return f"{said} Did you mean {' or '.join(near)}?" if near else f"{said} See `sregistry --help`."


def unknown_option(error: click.NoSuchOption) -> click.UsageError:
    """The error about an option that a command does not have, with what is meant by it elsewhere."""
    hint = _OPTIONS.get(error.option_name.partition("=")[0])
    if hint is None:
        return error
    here = hint.partition(" ")[0]
    options = error.ctx.command.params if error.ctx else []
    if here.startswith("--") and not any(here in (*option.opts, *option.secondary_opts) for option in options):
        return error
    return click.UsageError(f"There is no option {error.option_name}; {hint}.", error.ctx)
