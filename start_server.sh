#!/usr/bin/env bash
# Installs the demo the first time and serves it: bash start_server.sh [flags of app.py]
# "--install-only" stops before serving. As a service, with nothing else running it:
#   bash start_server.sh --background [flags of app.py]   and then   --status | --logs | --stop
# BGE_DEMO_PYTHON names the Python to use, BGE_DEMO_VENV the folder to install into, BGE_DEMO_TORCH=cpu or cuda the
# build of PyTorch where no GPU can be seen or none is wanted; pip's own settings hold.
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
    PIP_USER=0 "$venv_python" -m pip install --quiet --disable-pip-version-check --no-compile \
        --constraint constraints.txt "$@"
}

# On all cores, which pip does on one. Files that are no Python of this version stay as they are.
compile_packages() {
    "$venv_python" -m compileall -q -j 0 "$venv/lib" >/dev/null 2>&1 || true
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

wants_gpu() {
    case "${BGE_DEMO_TORCH:-}" in
        cuda) ;;
        cpu) return 1 ;;
        "") nvidia-smi -L >/dev/null 2>&1 ;;
        *) fail "BGE_DEMO_TORCH=$BGE_DEMO_TORCH is neither cpu nor cuda." "BGE_DEMO_TORCH=$BGE_DEMO_TORCH 应为 cpu 或 cuda。" ;;
    esac
}

install_torch() {
    local version
    version="$(sed -n 's/^torch==//p' requirements.txt)"
    if has_package torch "$version"; then
        return
    fi
    if wants_gpu; then
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
    pip_install "torch==$version" || {
        say "PyTorch $version could not be installed for $("$venv_python" --version) on $(uname -sm)." \
            "If pip found no matching distribution, use Python 3.11 to 3.13 on Linux, Windows (WSL) or a Mac with Apple silicon." \
            "无法为 $("$venv_python" --version)（$(uname -sm)）安装 PyTorch $version。" \
            "如果 pip 提示没有匹配的版本，请改用 Linux、Windows（WSL）或 Apple 芯片 Mac 上的 Python 3.11 至 3.13。"
        return 1
    }
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
    compile_packages
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

# ---- the service: one server of this folder in the background -------------------------------------------

run_dir="${BGE_DEMO_RUN_DIR:-$project/.run}"
pid_file="$run_dir/server.pid"
log_file="$run_dir/server.log"
largest_log_bytes=5000000
start_seconds=60
stop_seconds=15

# The server's process, if it is alive and really ours: a number may have been given to another process since.
running_pid() {
    local pid
    pid="$(cat "$pid_file" 2>/dev/null)" || return 1
    case "$(ps -o args= -p "$pid" 2>/dev/null)" in
        *app.py*) printf '%s\n' "$pid" ;;
        *) return 1 ;;
    esac
}

rotate_log() {
    if [ -e "$log_file" ] && [ "$(wc -c <"$log_file")" -gt "$largest_log_bytes" ]; then
        mv -f "$log_file" "$log_file.1"
    fi
}

# What the server said since it was started last: its address, or why it ended.
start_background() {
    local pid
    mkdir -p "$run_dir"
    # Two starts at once must not both find nothing running.
    exec 8>"$run_dir/lock"
    if command -v flock >/dev/null; then
        flock 8
    fi
    if pid="$(running_pid)"; then
        fail "The server is already running (process $pid): bash start_server.sh --stop ends it." \
            "服务已在运行（进程 $pid）：用 bash start_server.sh --stop 停止。"
    fi
    rotate_log
    printf '== %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" >>"$log_file"
    # A session of its own, so that closing this terminal does not reach it.
    nohup setsid "$venv_python" app.py "$@" >>"$log_file" 2>&1 </dev/null 8>&- &
    pid=$!
    printf '%s\n' "$pid" >"$pid_file"
    wait_until_it_listens "$pid"
}

wait_until_it_listens() {
    local waited=0
    while kill -0 "$1" 2>/dev/null && [ "$waited" -lt "$start_seconds" ]; do
        if sed -n '/^== /h;/^== /!H;${x;p;}' "$log_file" | grep -q 'BGE-M3 demo on http'; then
            say "Started in the background (process $1). Log: $log_file" "已在后台启动（进程 $1）。日志：$log_file"
            sed -n 's/.*\(BGE-M3 demo on http.*\)/\1/p' "$log_file" | tail -n 1
            return
        fi
        sleep 0.5
        waited=$((waited + 1))
    done
    tail -n 5 "$log_file" >&2
    rm -f "$pid_file"
    fail "The server ended at once: see the lines above." "服务启动后立即退出：请查看上方信息。"
}

stop_background() {
    local pid waited=0
    if ! pid="$(running_pid)"; then
        rm -f "$pid_file"
        say "No server of this folder is running." "本目录没有正在运行的服务。"
        return
    fi
    kill -TERM "$pid"
    while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt $((2 * stop_seconds)) ]; do
        sleep 0.5
        waited=$((waited + 1))
    done
    kill -KILL "$pid" 2>/dev/null || true
    rm -f "$pid_file"
    say "Stopped." "已停止。"
}

show_status() {
    local pid
    if ! pid="$(running_pid)"; then
        say "Not running." "未运行。"
        return 3
    fi
    say "Running (process $pid). Log: $log_file" "正在运行（进程 $pid）。日志：$log_file"
    sed -n 's/.*\(BGE-M3 demo on http.*\)/\1/p' "$log_file" | tail -n 1
}

show_logs() {
    [ -e "$log_file" ] || fail "There is no log yet: $log_file" "尚无日志：$log_file"
    exec tail -n 200 -F "$log_file"
}

main() {
    cd "$project"
    case "${1:-}" in
        --stop) stop_background; return ;;
        --status) show_status; return ;;
        --logs) show_logs ;;
    esac
    if ! install_is_current; then
        install_one_at_a_time
    fi
    if [ "$*" = --install-only ]; then
        return
    fi
    export TRANSFORMERS_NO_TF=1 GRADIO_ANALYTICS_ENABLED=False PYTHONUNBUFFERED=1
    export BGE_DEMO_HOST="${BGE_DEMO_HOST:-0.0.0.0}" BGE_DEMO_PORT="${BGE_DEMO_PORT:-7860}"
    if [ "${1:-}" = --background ]; then
        shift
        start_background "$@"
        return
    fi
    # The server takes this process over: the PID that was started is the one to stop.
    exec "$venv_python" app.py "$@"
}

main "$@"
