#!/usr/bin/env bash
# Collects message catalogues on a Debian machine: bash tools/compact_model/collect.sh FOLDER
# FOLDER/messages gets those to train on, FOLDER/catalogues those of Django and Wagtail, to measure with.
set -euo pipefail

tool="$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"
folder="${1:?usage: collect.sh FOLDER}"
mkdir -p "$folder/debs" "$folder/messages" "$folder/catalogues"

(cd "$folder/debs" && xargs -n 40 apt-get download -qq <"$tool/data/message_packages.txt")
for deb in "$folder"/debs/*.deb; do
    name="$(basename "$deb")"
    mkdir -p "$folder/messages/${name%%_*}"
    dpkg-deb --fsys-tarfile "$deb" |
        tar -x -C "$folder/messages/${name%%_*}" --wildcards '*/LC_MESSAGES/*.mo'
done

python3 -m pip download --no-deps --dest "$folder/wheels" django==5.2.19 wagtail==8.0.1
for wheel in "$folder"/wheels/*.whl; do
    python3 -m zipfile -e "$wheel" "$folder/catalogues"
done
