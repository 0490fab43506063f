#!/usr/bin/env bash
# Installs the demo the first time and serves it: bash start_server.sh [flags of app.py]
# "bash start_server.sh --install-only" stops before serving.
# BGE_DEMO_PYTHON names the Python to use, BGE_DEMO_VENV the folder to install into; pip's own settings hold.
set -euo pipefail

project="$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"
venv="${BGE_DEMO_VENV:-$project/.venv}"
case "$venv" in
    /*) ;;
    *) venv="$PWD/$venv" ;;
esac
venv_python="$venv/bin/python"
# The Python and the pins of the last install that came to its end.
stamp="$venv/bge-demo-installed"
# There while the environment is being made: an interrupted attempt is thrown away, not repaired.
unfinished="$venv/bge-demo-unfinished"
uv_version=0.13.8

say() {
    printf '%s\n' "$@" >&2
}

fail() {
    say "$@"
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    if [ -n "${BGE_DEMO_PYTHON:-}" ]; then
        is_new_enough "$BGE_DEMO_PYTHON" || fail \
            "BGE_DEMO_PYTHON=$BGE_DEMO_PYTHON is not Python 3.11 or newer: give the full path of one that is." \
            "BGE_DEMO_PYTHON=$BGE_DEMO_PYTHON 不是 Python 3.11 或更新版本：请填写其完整路径。"
        printf '%s\n' "$BGE_DEMO_PYTHON"
        return
    fi
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11; do
        if is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer was not found: install it, or set BGE_DEMO_PYTHON to its full path." \
        "未找到 Python 3.11 或更新版本：请先安装，或将 BGE_DEMO_PYTHON 设为其完整路径。"
}

describe_install() {
    "${BGE_DEMO_PYTHON:-$venv_python}" --version && cat requirements.txt constraints.txt
}

install_is_current() {
    [ -x "$venv_python" ] && [ -e "$stamp" ] && [ "$(describe_install 2>/dev/null)" = "$(cat "$stamp")" ]
}

venv_is_usable() {
    if [ -e "$unfinished" ] || ! is_new_enough "$venv_python"; then
        return 1
    fi
    if [ -n "${BGE_DEMO_PYTHON:-}" ] && [ "$("$BGE_DEMO_PYTHON" --version)" != "$("$venv_python" --version)" ]; then
        return 1
    fi
    # An environment made by another tool may come without pip.
    "$venv_python" -m pip --version >/dev/null 2>&1 || "$venv_python" -m ensurepip >/dev/null 2>&1
}

create_venv() {
    local python
    python="$(find_python)"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail \
        "$python has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv) and start again." \
        "$python 缺少 venv 模块：请安装后重新启动（Debian、Ubuntu：apt-get install python3-venv）。"
    # Only an environment may be emptied: BGE_DEMO_VENV could name any folder.
    if [ -n "$(ls -A "$venv" 2>/dev/null)" ] && [ ! -e "$venv/pyvenv.cfg" ] && [ ! -e "$unfinished" ]; then
        fail "$venv holds other files: name an empty or a new folder in BGE_DEMO_VENV." \
            "$venv 中有其他文件：请将 BGE_DEMO_VENV 设为空文件夹或新文件夹。"
    fi
    say "Creating the Python environment in $venv" "正在创建 Python 环境：$venv"
    mkdir -p "$venv"
    touch "$unfinished"
    find "$venv/" -mindepth 1 -maxdepth 1 ! -name "$(basename "$unfinished")" -exec rm -rf {} +
    "$python" -m venv "$venv" || fail \
        "The Python environment could not be made: see the message above, check the free space and permissions, and start again." \
        "Python 环境创建失败：请查看上方信息，检查磁盘空间与权限后重新启动。"
    rm "$unfinished"
}

pip_install() {
    # A "user install" in pip's settings cannot work inside an environment.
    PIP_USER=0 "$venv_python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$@"
}

has_package() {
    "$venv_python" - "$1" "$2" 2>/dev/null <<'PYTHON'
import sys
from importlib.metadata import version

name, wanted = sys.argv[1:]
sys.exit(version(name).partition("+")[0] != wanted)
PYTHON
}

# The PyPI build for Linux brings several GB of GPU packages. The CPU build is asked for in pip's own
# sources first, then through uv, which knows where PyTorch keeps it.
install_cpu_torch() {
    pip_install "torch==$1+cpu" 2>/dev/null && return
    pip_install "uv==$uv_version" 2>/dev/null &&
        "$venv_python" -m uv pip install --quiet --no-deps --python "$venv_python" --torch-backend=cpu \
            "torch==$1" 2>/dev/null
}

install_torch() {
    local version
    version="$(sed -n 's/^torch==//p' requirements.txt)"
    if has_package torch "$version"; then
        return
    fi
    if nvidia-smi -L >/dev/null 2>&1; then
        say "Installing PyTorch for the NVIDIA GPU: several GB, the first time only." \
            "正在安装 NVIDIA GPU 版 PyTorch：约数 GB，仅首次需要。"
    else
        say "Installing PyTorch for the CPU: this takes a few minutes the first time." \
            "正在安装 CPU 版 PyTorch：首次需要几分钟。"
        if [ "$(uname -s)" = Linux ]; then
            if install_cpu_torch "$version"; then
                return
            fi
            say "The CPU build of PyTorch could not be reached; the standard build may download several GB of GPU packages." \
                "无法获取 CPU 版 PyTorch；将安装标准版，可能下载数 GB 的 GPU 组件。"
        fi
    fi
    pip_install "torch==$version"
}

install_packages() {
    install_torch || return
    say "Installing the other packages: this takes a few minutes the first time." \
        "正在安装其他依赖：首次需要几分钟。"
    pip_install --requirement requirements.txt
}

install() {
    if ! venv_is_usable; then
        create_venv
    fi
    # Until the end nothing vouches for what is installed.
    rm -f "$stamp"
    install_packages || fail \
        "The packages could not be installed: see pip's message above, check the network (PIP_INDEX_URL sets a mirror) and start again." \
        "依赖安装失败：请查看上方 pip 的信息，检查网络（可用 PIP_INDEX_URL 设置镜像）后重新启动。"
    describe_install >"$stamp"
    say "Installed." "安装完成。"
}

# Two starts at once on a fresh machine must not write into one environment.
install_one_at_a_time() {
    mkdir -p "$(dirname "$venv")"
    exec 9>"$venv.lock"
    if command -v flock >/dev/null && ! flock -n 9; then
        say "Another start is installing: waiting for it." "另一个启动进程正在安装：等待其完成。"
        flock 9
    fi
    if ! install_is_current; then
        install
    fi
    exec 9>&-
}

main() {
    cd "$project"
    if ! install_is_current; then
        install_one_at_a_time
    fi
    if [ "$*" = --install-only ]; then
        return
    fi
    export TRANSFORMERS_NO_TF=1 GRADIO_ANALYTICS_ENABLED=False PYTHONUNBUFFERED=1
    export BGE_DEMO_HOST="${BGE_DEMO_HOST:-0.0.0.0}" BGE_DEMO_PORT="${BGE_DEMO_PORT:-7860}"
    # The server takes this process over: the PID that was started is the one to stop.
    exec "$venv_python" app.py "$@"
}

main "$@"
