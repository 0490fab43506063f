#!/usr/bin/env bash
# Installs what the checks need and runs them all without a network: bash tests/run.sh [flags of pytest]
set -euo pipefail

project="$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
venv="${BGE_DEMO_VENV:-$project/.venv}"
case "$venv" in
    /*) ;;
    *) venv="$PWD/$venv" ;;
esac
export BGE_DEMO_VENV="$venv"
python="$venv/bin/python"
stamp="$venv/bge-demo-tests-installed"
failed=""

# A new install of the demo's own packages counts as well: it may have replaced some of these.
describe_install() {
    cat "$venv/bge-demo-installed" tests/requirements.txt
}

install() {
    bash start_server.sh --install-only
    if [ -e "$stamp" ] && [ "$(describe_install)" = "$(cat "$stamp")" ]; then
        return
    fi
    echo "== installing what the checks need"
    rm -f "$stamp"
    PIP_USER=0 "$python" -m pip install --quiet --disable-pip-version-check \
        --constraint constraints.txt --requirement tests/requirements.txt
    describe_install >"$stamp"
}

check() {
    local name="$1"
    shift
    echo "== $name"
    "$python" -m "$@" || failed="$failed, $name"
}

cd "$project"
install
export HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 BGE_DEMO_OFFLINE=1
check "ruff check" ruff check .
check "ruff format" ruff format --check .
check "mypy" mypy
if [ "$#" -gt 0 ]; then
    check "pytest" pytest "$@"
else
    # Two to four files at a time; the browser apart, so that nothing else makes its pages wait.
    cores="$(getconf _NPROCESSORS_ONLN)"
    workers="$((cores < 2 ? 2 : cores > 4 ? 4 : cores))"
    check "pytest" pytest --numprocesses "$workers" --dist loadfile -m "not browser" --durations 20
    check "pytest in a browser" pytest --numprocesses 2 --dist loadfile -m browser --durations 20
fi

if [ -n "$failed" ]; then
    echo "== failed: ${failed#, }"
    exit 1
fi
echo "== all checks passed"
