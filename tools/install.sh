#!/bin/sh
# Installs everything the project needs into .venv, from the hashed lock. Copes with a bare Debian, whose
# python3 cannot make a virtual environment until python3-venv is there.
set -eu
python=${PYTHON:-python3}

# Warnings only: pip's advice on running as root does not apply inside a virtual environment.
export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1

if ! [ -x .venv/bin/pip ]; then
    rm -rf .venv
    if ! "$python" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        if [ "$(id -u)" -ne 0 ]; then
            echo "python3 cannot make a virtual environment: install python3-venv (apt-get install python3-venv)" >&2
            exit 1
        fi
        apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
        "$python" -m venv .venv
    fi
fi
.venv/bin/pip install --quiet --require-hashes -r tools/installer.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
# The text guard's list of names: minutes, once.
.venv/bin/verbetermonitor text-cache
