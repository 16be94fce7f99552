"""The floors of the house that import-linter's own contracts cannot say; pyproject.toml names the rooms.

A module that a contract names and that is not there is passed over here; tests/test_house.py sees to it that the
finished house has them all.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

# What a pure function may need of the standard library: nothing that reads a clock, a file, a socket or dice.
PURE_STDLIB = frozenset(
    "__future__ abc bisect collections dataclasses datetime decimal enum fractions functools hashlib heapq html "
    "itertools json math numbers operator re statistics string textwrap types typing unicodedata uuid".split()
)


class FloorContract(Contract):
    """A contract that is broken by each of a list of lines."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        del verbose
        breaches = sorted(set(self.breaches(graph)))
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in cast(list[str], check.metadata["breaches"]):
            output.print_error(line)

    @abstractmethod
    def breaches(self, graph: ImportGraph) -> Iterator[str]:
        """Each way in which the graph breaks the contract, as a line."""

    def names(self, field: str) -> list[str]:
        """The values of a list field."""
        return [str(value) for value in cast(Iterable[object], getattr(self, field) or [])]


class OnlyThroughContract(FloorContract):
    """`source` reaches the package `target` only through the modules `doors`, each with what is below it."""

    source = fields.StringField()
    target = fields.StringField()
    doors = fields.ListField(subfield=fields.StringField())

    def breaches(self, graph: ImportGraph) -> Iterator[str]:
        source, target = str(self.source), str(self.target)
        for importer in within(graph, source):
            for imported in graph.find_modules_directly_imported_by(importer):
                if is_in(imported, target) and not any(is_in(imported, door) for door in self.names("doors")):
                    yield f"{importer} imports {imported}{lines(graph, importer, imported)}"


class PureContract(FloorContract):
    """`modules`, and whatever they import, use nothing outside the house but pure parts of the standard library.

    `allowed`: other packages that do no input or output.
    """

    modules = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField(), required=False)

    def breaches(self, graph: ImportGraph) -> Iterator[str]:
        allowed = PURE_STDLIB | set(self.names("allowed"))
        roots = {str(root) for root in self.session_options["root_packages"]}
        for name in self.names("modules"):
            for module in within(graph, name):
                for upstream in graph.find_upstream_modules(module):
                    package = upstream.partition(".")[0]
                    if package not in roots and package not in allowed:
                        chain = graph.find_shortest_chain(importer=module, imported=upstream) or ()
                        yield f"{name} is not pure: {' -> '.join(chain)}"


class StrangersContract(FloorContract):
    """The children of `package` do not import one another; `shared` ones may be imported by all."""

    package = fields.StringField()
    shared = fields.ListField(subfield=fields.StringField())

    def breaches(self, graph: ImportGraph) -> Iterator[str]:
        package = str(self.package)
        shared = {f"{package}.{name}" for name in self.names("shared")}
        strangers = graph.find_children(package) - shared if package in graph.modules else set()
        for own in strangers:
            for importer in within(graph, own):
                for imported in graph.find_modules_directly_imported_by(importer):
                    if any(is_in(imported, other) for other in strangers - {own}):
                        yield f"{importer} imports {imported}{lines(graph, importer, imported)}"


class SoleImportersContract(FloorContract):
    """Only `importers`, and what is below them, import the outside packages `packages`."""

    packages = fields.ListField(subfield=fields.StringField())
    importers = fields.ListField(subfield=fields.StringField())

    def breaches(self, graph: ImportGraph) -> Iterator[str]:
        for package in self.names("packages"):
            for importer in graph.find_modules_that_directly_import(package) if package in graph.modules else ():
                if not any(is_in(importer, allowed) for allowed in self.names("importers")):
                    yield f"{importer} imports {package}{lines(graph, importer, package)}"


def within(graph: ImportGraph, name: str) -> set[str]:
    """The module and all below it; none where it does not exist."""
    return {name} | graph.find_descendants(name) if name in graph.modules else set()


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def lines(graph: ImportGraph, importer: str, imported: str) -> str:
    """Where an import stands, as ` (line 3, 17)`."""
    details = graph.get_import_details(importer=importer, imported=imported)
    numbers = sorted({detail["line_number"] for detail in details})
    return f" (line {', '.join(map(str, numbers))})" if numbers else ""


if unknown := PURE_STDLIB - set(sys.stdlib_module_names):
    raise ValueError(f"not of the standard library: {unknown}")
