"""Shells to type into."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell with an empty data folder."""
    return Shell(tmp_path / "data")


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A small file of labelled questions."""
    path = tmp_path / "questions.csv"
    path.write_text("text,intent,answer\n" + "\n".join(ROWS) + "\n")
    return path


ROWS = [
    "where is my order,order_status,It is on its way.",
    "when does my parcel arrive,order_status,",
    "track my package please,order_status,",
    "has my order left yet,order_status,",
    "I want my money back,refund,",
    "refund please,refund,",
    "how do I return this for a refund,refund,",
    "give me a refund,refund,",
    "when are you open,opening_hours,From nine to five.",
    "opening hours,opening_hours,",
    "are you open on sunday,opening_hours,",
    "what time do you close,opening_hours,",
]
