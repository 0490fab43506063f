"""A small machine of its own for start_server.sh: real environments, a real process; pip, uv, the GPU and the
app are stand-ins that write down what they were asked for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[2] / "start_server.sh"
TOOLS = ("bash", "basename", "cat", "cp", "dirname", "find", "ls", "mkdir", "rm", "sed", "touch", "uname")
BASH = shutil.which("bash") or "bash"
FLOCK = shutil.which("flock")
APP = """
import json, os, sys
print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "pid": os.getpid(), "python": sys.prefix,
                  "environ": dict(os.environ)}))
"""


# Both pip.py and uv.py. FAIL and KILL hold sentences such as "pip torch==1.2.3", separated by commas.
INSTALLER = """
import json, os, signal, sys, time
from pathlib import Path

here = Path(__file__)
words = sys.argv[1:]
if "install" in words:
    asked = here.stem + " " + words[-1]
    with open(os.environ["ASKED"], "a") as log:
        log.write(json.dumps([here.stem, *words]) + "\\n")
    time.sleep(float(os.environ.get("INSTALL_SECONDS", 0)))
    if asked in os.environ.get("KILL", "").split(","):
        os.killpg(0, signal.SIGKILL)
    if asked in os.environ.get("FAIL", "").split(","):
        sys.exit("no such package")
    name, _, version = words[-1].partition("==")
    if name == "uv":
        here.with_name("uv.py").write_text(here.read_text())
    elif version:
        folder = here.with_name(f"{name}-{version}.dist-info")
        folder.mkdir(exist_ok=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
"""


PYTHON = f"""
if [ "$1 $2" = "-m venv" ]; then
    echo "$3" >>"$VENVS"
    "{sys.executable}" -m venv --without-pip "$3"
    [ "${{KILL:-}}" != venv ] || kill -KILL 0
    cp "$INSTALLER" "$(echo "$3"/lib/python*/site-packages)/pip.py"
    exit
fi
exec "{sys.executable}" "$@"
"""


@dataclass(frozen=True)
class Machine:
    """A machine with a few tools and Python alone; the project lies in a folder with a space in its name."""

    root: Path

    @property
    def project(self) -> Path:
        return self.root / "the demo"

    @property
    def stamp(self) -> Path:
        return self.project / ".venv" / "bge-demo-installed"

    @property
    def asked(self) -> list[list[str]]:
        """Each command that pip or uv was asked to install with."""
        log = self.root / "asked"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    @property
    def installs(self) -> list[str]:
        """The same, shortened to the tool and what it should install."""
        return [f"{words[0]} {words[-1]}" for words in self.asked]

    @property
    def venvs(self) -> list[str]:
        """Each environment made."""
        log = self.root / "venvs"
        return log.read_text().splitlines() if log.exists() else []

    def add_command(self, name: str, body: str) -> Path:
        command = self.root / "bin" / name
        command.write_text(f"#!{BASH}\n{body}\n")
        command.chmod(0o755)
        return command

    def begin(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """The script on its way, in a process group of its own, from a folder other than the project."""
        own = {
            "PATH": str(self.root / "bin"),
            "HOME": str(self.root),
            "ASKED": str(self.root / "asked"),
            "VENVS": str(self.root / "venvs"),
            "INSTALLER": str(self.root / "installer"),
        }
        return subprocess.Popen(
            [BASH, str(self.project / "start_server.sh"), *arguments],
            cwd=self.root,
            env=own | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def start(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """Start to the end; what the app saw."""
        process = self.begin(*arguments, **environ)
        output, messages = process.communicate(timeout=60)
        assert process.returncode == 0, messages
        seen: dict[str, Any] = json.loads(output)
        assert seen["pid"] == process.pid
        return seen

    def install(self, **environ: str) -> str:
        """Install only; the messages."""
        process = self.begin("--install-only", **environ)
        output, messages = process.communicate(timeout=60)
        assert (process.returncode, output) == (0, ""), messages
        return messages

    def fail(self, **environ: str) -> str:
        """A start that must not reach the app; the messages."""
        process = self.begin(**environ)
        output, messages = process.communicate(timeout=60)
        assert process.returncode != 0
        assert output == ""
        return messages


def set_up(root: Path) -> Machine:
    """A machine with the project unpacked and nothing installed."""
    machine = Machine(root)
    machine.project.mkdir(parents=True)
    shutil.copy(SCRIPT, machine.project)
    (machine.project / "start_server.sh").chmod(0o644)
    (machine.project / "app.py").write_text(APP)
    (machine.project / "requirements.txt").write_text("torch==1.2.3\nother==4.5\n")
    (machine.project / "constraints.txt").write_text("below==6.7\n")
    (machine.root / "installer").write_text(INSTALLER)
    (machine.root / "bin").mkdir()
    for tool in TOOLS:
        (machine.root / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    if FLOCK:
        (machine.root / "bin" / "flock").symlink_to(FLOCK)
    machine.add_command("uname", "echo Linux")
    machine.add_command("python3", PYTHON)
    return machine
