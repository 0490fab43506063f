#!/usr/bin/env bash
# Collects the message catalogues that measure translation: bash tools/compact_model/collect.sh FOLDER
# FOLDER/catalogues gets those of Django and Wagtail.
set -euo pipefail

folder="${1:?usage: collect.sh FOLDER}"
mkdir -p "$folder/catalogues"

python3 -m pip download --no-deps --dest "$folder/wheels" django==5.2.19 wagtail==8.0.1
for wheel in "$folder"/wheels/*.whl; do
    python3 -m zipfile -e "$wheel" "$folder/catalogues"
done
