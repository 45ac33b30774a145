#!/bin/sh
# Finds a Chromium for the end-to-end tests, and what Playwright needs to drive it; installs Debian's where missing.
set -eu
has_browser() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
has_driver() { .venv/bin/playwright --version >/dev/null 2>&1; }

if has_browser && has_driver; then
    exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    # Playwright brings its own Node.js, which needs libatomic; a bare Debian has none.
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium libatomic1 >/dev/null
fi
if ! has_browser || ! has_driver; then
    echo "The browser tests need Chromium and libatomic: apt-get install chromium libatomic1" >&2
    exit 1
fi
