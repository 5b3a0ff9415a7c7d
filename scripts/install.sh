#!/bin/sh
# Installs the pinned dependencies once per lock file; any Node with npm can run this, the scripts after it get Node 24 from node_modules.
set -eu
cd "$(dirname "$0")/.."
mark=node_modules/.installed
if [ -f "$mark" ] && cmp -s package-lock.json "$mark"; then exit 0; fi
echo "Installing dependencies (once) ..." >&2
# The GPU libraries of onnxruntime are a separate download; set ONNXRUNTIME_NODE_INSTALL=cuda12 to have them.
ONNXRUNTIME_NODE_INSTALL="${ONNXRUNTIME_NODE_INSTALL:-skip}" npm ci --no-audit --no-fund --loglevel=error
cp package-lock.json "$mark"
