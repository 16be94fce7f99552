"""Values made from rows and from one another, quickly.

A frozen dataclass sets each field through `object.__setattr__`: 4 us for the 43 fields of a Conversation, and
10 us for `dataclasses.replace`, at several of both for each message. So the fields are set on a twin, a
dataclass with the same slots that is not frozen, which is then given the real class: 0.5 and 1.5 us.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, make_dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Copies(Generic[T]):
    """Makes values of one frozen, slotted dataclass; such values equal those made by calling the class."""

    __slots__ = ("_index", "_kind", "_twin", "names", "values")

    def __init__(self, kind: type[T]) -> None:
        self.names: tuple[str, ...] = tuple(field.name for field in fields(kind))  # type: ignore[arg-type]
        self.values: Callable[[T], tuple[Any, ...]] = attrgetter(*self.names)
        self._kind = kind
        self._twin: Any = make_dataclass(kind.__name__, self.names, slots=True)
        self._index = {name: place for place, name in enumerate(self.names)}

    def of(self, values: Sequence[Any]) -> T:
        """A value of its fields, in their order."""
        made = self._twin(*values)
        made.__class__ = self._kind
        return made  # type: ignore[no-any-return]

    def changed(self, value: T, changes: Mapping[str, Any]) -> T:
        """The value with some fields changed. Raises KeyError for a name that is none."""
        values = list(self.values(value))
        index = self._index
        for name, new in changes.items():
            values[index[name]] = new
        return self.of(values)
