#!/bin/sh
# Installs the pinned dependencies, once for each state of the lock file. Any Node from 20 on can run this;
# what runs after it gets the pinned Node from node_modules/.bin, because npm puts that folder first on the path.
set -eu
cd "$(dirname "$0")/.."

major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
if [ "${major:-0}" -lt 20 ]; then
  echo "Found Node ${major:-none}, needed 20 or newer to install the pinned one: install Node.js with npm, then run this again." >&2
  exit 1
fi

mark=node_modules/.installed
if cmp -s package-lock.json "$mark"; then exit 0; fi
echo "Installing dependencies (once) ..." >&2
# The GPU libraries of onnxruntime are a separate download; set ONNXRUNTIME_NODE_INSTALL=cuda12 to have them.
ONNXRUNTIME_NODE_INSTALL="${ONNXRUNTIME_NODE_INSTALL:-skip}" npm ci --no-audit --no-fund --loglevel=error
cp package-lock.json "$mark"
