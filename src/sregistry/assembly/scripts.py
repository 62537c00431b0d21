"""The fixed scripts of ``/.singularity.d``: the same in every image.

Who reads what: every version since 3.6 sources ``env/*.sh`` in the order of their names with its own
interpreter, so that the container needs no shell; ``actions/*`` are run inside the container only by
Singularity before 3.6 and need its ``/bin/sh``.
"""

from __future__ import annotations

BASE = """\
#!/bin/sh
# Read before everything else; empty on purpose.
"""

# Without this very name the runtime ignores --env and APPTAINERENV_*: it injects them right after this file.
# The libs folder is where --nv and --rocm mount the host's graphics libraries.
BASE_LAST = """\
#!/bin/sh
if test -n "${LD_LIBRARY_PATH:-}"; then
    LD_LIBRARY_PATH="${LD_LIBRARY_PATH}:/.singularity.d/libs"
else
    LD_LIBRARY_PATH='/.singularity.d/libs'
fi
test -n "${PS1:-}" || PS1='Apptainer> '
export LD_LIBRARY_PATH PS1
"""

# SCIF (scientific filesystem) applications, chosen with --app NAME.
APPS = """\
#!/bin/sh
if test -n "${SINGULARITY_APPNAME:-}"; then
    if test -d "/scif/apps/${SINGULARITY_APPNAME}"; then
        SCIF_APPS='/scif/apps'
        SCIF_APPROOT="/scif/apps/${SINGULARITY_APPNAME}"
        export SCIF_APPS SCIF_APPROOT SINGULARITY_APPNAME
        PATH="${SCIF_APPROOT}:${PATH}"
        if test -d "${SCIF_APPROOT}/bin"; then
            PATH="${SCIF_APPROOT}/bin:${PATH}"
        fi
        export PATH
        if test -d "${SCIF_APPROOT}/lib"; then
            LD_LIBRARY_PATH="${SCIF_APPROOT}/lib${LD_LIBRARY_PATH:+:${LD_LIBRARY_PATH}}"
            export LD_LIBRARY_PATH
        fi
        if test -f "${SCIF_APPROOT}/scif/env/01-base.sh"; then
            . "${SCIF_APPROOT}/scif/env/01-base.sh"
        fi
        if test -f "${SCIF_APPROOT}/scif/env/90-environment.sh"; then
            . "${SCIF_APPROOT}/scif/env/90-environment.sh"
        fi
    else
        echo "there is no application ${SINGULARITY_APPNAME} in this container" >&2
        exit 1
    fi
fi
"""

# What the user asked for with APPTAINERENV_PREPEND_PATH, APPTAINERENV_APPEND_PATH and APPTAINERENV_PATH.
RUNTIME_VARIABLES = """\
#!/bin/sh
if test -n "${SING_USER_DEFINED_PREPEND_PATH:-}"; then
    PATH="${SING_USER_DEFINED_PREPEND_PATH}:${PATH}"
    unset SING_USER_DEFINED_PREPEND_PATH
fi
if test -n "${SING_USER_DEFINED_APPEND_PATH:-}"; then
    PATH="${PATH}:${SING_USER_DEFINED_APPEND_PATH}"
    unset SING_USER_DEFINED_APPEND_PATH
fi
if test -n "${SING_USER_DEFINED_PATH:-}"; then
    PATH="${SING_USER_DEFINED_PATH}"
    unset SING_USER_DEFINED_PATH
fi
export PATH
"""

#: `instance start` starts nothing of its own, as with Apptainer's conversion; services are started with `instance run`.
START = "#!/bin/sh\n"

_SOURCE_ENVIRONMENT = """\
#!/bin/sh
for __script__ in /.singularity.d/env/*.sh; do
    if test -f "${__script__}"; then
        . "${__script__}"
    fi
done
"""

_RUN = """\
if test -n "${SINGULARITY_APPNAME:-}"; then
    exec "/scif/apps/${SINGULARITY_APPNAME}/scif/runscript" "$@"
fi
exec /.singularity.d/runscript "$@"
"""

_SHELL = """\
if test -n "${SINGULARITY_SHELL:-}" && test -x "${SINGULARITY_SHELL}"; then
    exec "${SINGULARITY_SHELL}" "$@"
elif test -x /bin/bash; then
    exec /bin/bash --norc "$@"
fi
exec /bin/sh "$@"
"""

# The signal tells the waiting parent that the container is up.
_START = """\
kill -CONT 1
if test -x /.singularity.d/startscript; then
    exec /.singularity.d/startscript "$@"
fi
"""

_TEST = """\
if test -x /.singularity.d/test; then
    exec /.singularity.d/test "$@"
fi
echo 'this container has no test script' >&2
"""

#: name under ``/.singularity.d/actions`` -> text
ACTIONS = {
    "exec": _SOURCE_ENVIRONMENT + 'exec "$@"\n',
    "run": _SOURCE_ENVIRONMENT + _RUN,
    "shell": _SOURCE_ENVIRONMENT + _SHELL,
    "start": _SOURCE_ENVIRONMENT + _START,
    "test": _SOURCE_ENVIRONMENT + _TEST,
}
