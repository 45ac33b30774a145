#!/bin/sh
# Finds a Chromium for the end-to-end tests, or installs Debian's.
set -eu
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq && apt-get install -y -qq chromium >/dev/null
else
    .venv/bin/playwright install chromium
fi
