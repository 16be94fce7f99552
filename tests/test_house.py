"""The house is in order: sizes, words, documents and pinned packages."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
ROOMS = ("conversations", "intents", "bot", "channels", "handoff", "server")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 60

# written so that this file does not find itself
REGISTRIES = [f"{name}.{end}" for name, end in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))]
MACHINE_PATHS = [f"/{name}/" for name in ("work", "root", "farm", "tmp")]

# packages that are used without being imported, and why
NOT_IMPORTED = {
    "greenlet": "SQLAlchemy's bridge to asyncio",
    "tzdata": "time zones where the machine has none",
}
IMPORT_NAMES = {
    "argon2-cffi": "argon2",
    "markdown-it-py": "markdown_it",
    "scikit-learn": "sklearn",
    "python-socketio": "socketio",
}


def our_files() -> list[Path]:
    """Every file that is, or would be, in version control."""
    if (ROOT / ".git").exists() and (git := shutil.which("git")):
        command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
        return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
    hidden = {".venv", ".dev", ".git", "node_modules", "__pycache__", "var"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not hidden & set(path.relative_to(ROOT).parts)]


def python_files(*folders: str) -> list[Path]:
    """Ours to read; a migration is a record that Alembic drew, one function with every table in it."""
    return [
        path
        for path in our_files()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in (*folders, "dev.py")
        and path.parts[-3:-1] != ("migrations", "versions")
    ]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_files_hold_one_idea() -> None:
    """No file of code is longer than 450 lines."""
    web = [path for path in our_files() if path.suffix in (".ts", ".tsx", ".mjs", ".css")]
    long = {
        str(path.relative_to(ROOT)): count
        for path in [*python_files(*ROOMS, "tests", "bench"), *web]
        if (count := len(path.read_text().splitlines())) > MAX_FILE_LINES
    }
    assert long == {}


def test_functions_fit_on_a_screen() -> None:
    """No function is longer than 60 lines."""
    long = [
        f"{where(path, node.lineno)} {node.name}: {length} lines"
        for path in python_files(*ROOMS, "tests", "bench")
        for node in functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_every_test_says_what_it_shows() -> None:
    """Each test's docstring states the behaviour."""
    silent = [
        f"{where(path, node.lineno)} {node.name}"
        for path in python_files("tests")
        if path.name.startswith("test_")
        for node in functions(path)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_nothing_of_a_machine_is_in_the_house() -> None:
    """No file names a package registry or a path of somebody's machine."""
    words = re.compile("|".join(re.escape(word) for word in [*REGISTRIES, *MACHINE_PATHS]))
    # a path of ours may have such a folder within it: only one that starts there counts
    found = []
    for path in our_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # not text
        for number, line in enumerate(text.splitlines(), 1):
            for match in words.finditer(line):
                before = line[: match.start()][-1:]
                if match.group() in REGISTRIES or not (before.isalnum() or before in "._-~}*"):
                    found.append(f"{where(path, number)}: {line.strip()[:100]}")
    assert found == []


def test_links_between_documents_lead_somewhere() -> None:
    """Every link of a document to a file of ours finds it."""
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in our_files()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", path.read_text())
        if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists()
    ]
    assert broken == []


def setting_names() -> set[str]:
    """The environment variables that server/settings.py reads."""
    settings = importlib.import_module("server.settings")
    from pydantic_settings import BaseSettings

    names = set()
    for kind in vars(settings).values():
        if isinstance(kind, type) and issubclass(kind, BaseSettings) and kind is not BaseSettings:
            prefix = kind.model_config.get("env_prefix", "")
            names |= {f"{prefix}{field}".upper() for field in kind.model_fields}
    return names


def test_every_setting_is_documented() -> None:
    """docs/operating.md names each setting that exists, and none that doesn't."""
    names = setting_names()
    assert names
    assert all(name.startswith("FRONTDESK_") for name in names), names
    told = set(re.findall(r"FRONTDESK_[A-Z][A-Z0-9_]*[A-Z0-9]", (ROOT / "docs" / "operating.md").read_text()))
    assert told == names


def test_every_error_code_is_documented() -> None:
    """docs/protocol.md names each error code that a client may meet."""
    from conversations.errors import CODES

    told = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs" / "protocol.md").read_text()))
    assert CODES - told == set()


# --- packages ---------------------------------------------------------------------------------------------------------


def pinned(name: str) -> dict[str, set[Version]]:
    """The packages of a lock with their versions: several where they differ by Python or system."""
    found: dict[str, set[Version]] = {}
    for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            package, _, version = line.split(" ")[0].partition("==")
            found.setdefault(canonicalize_name(package), set()).add(Version(version))
    return found


def asked(*groups: str) -> list[Requirement]:
    """What pyproject.toml asks for: the product's needs, and those of the named groups."""
    lines = list(PROJECT["project"]["dependencies"])
    for group in groups:
        lines += PROJECT["dependency-groups"][group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(("lock", "groups"), [("run", ["build"]), ("dev", ["build", "dev"])])
def test_locks_are_up_to_date(lock: str, groups: list[str]) -> None:
    """Each package asked for is pinned at versions that satisfy it; else: `python3 dev.py lock`."""
    versions = pinned(lock)
    for requirement in asked(*groups):
        found = versions.get(canonicalize_name(requirement.name), set())
        assert found, f"{requirement.name} is not pinned in requirements/{lock}.txt"
        assert all(requirement.specifier.contains(version) for version in found), f"{requirement}: {found}"


def test_tests_run_on_what_the_product_runs_on() -> None:
    """Every package of the product has the same versions in both locks."""
    run, dev = pinned("run"), pinned("dev")
    assert {name: dev.get(name) for name in run} == run


def test_locks_pin_by_content_and_name_no_place() -> None:
    """Each pinned package carries hashes, and a lock says nothing about where packages come from."""
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "://" not in text
        assert not re.search(r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links)", text, re.MULTILINE)
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in block, block.splitlines()[0]
    for path in ROOT.glob("*/**/package-lock.json"):
        if "node_modules" not in path.parts:
            assert "://" not in path.read_text()
            assert '"integrity"' in path.read_text()


def test_every_package_asked_for_is_used() -> None:
    """The product imports each package that it makes people install."""
    text = "\n".join(path.read_text() for path in python_files(*ROOMS))
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", text, re.MULTILINE))
    names = {requirement.name for requirement in asked()} - set(NOT_IMPORTED)
    assert {name for name in names if IMPORT_NAMES.get(name, name.replace("-", "_")) not in imported} == set()
