"""Importing, training, measuring and asking, from the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shell import Shell


async def test_a_bot_is_taught_and_asked(shell: Shell, questions: Path) -> None:
    """Import, train and publish, evaluate, understand: each tells in JSON what it did."""
    await shell.init()
    taken = await shell.json("import", "intents", questions)
    assert (taken["intents"], taken["new_intents"], taken["added"], taken["refused"]) == (3, 3, 12, 0)
    again = await shell.json("import", "intents", questions)
    assert (again["added"], again["repeated"]) == (0, 12)
    trained = await shell.json("train", "--publish")
    assert (trained["published"], trained["model"]["version"], trained["model"]["state"]) == (True, "v1", "ready")
    figures = await shell.json("evaluate", questions)
    assert figures["n"] == 12
    assert 0.8 <= figures["accuracy"] <= 1.0
    for name in "macro_f1 expected_calibration_error coverage_curve confusions out_of_scope".split():
        assert name in figures
    asked = await shell.run("understand", "-", stdin="where is my order\n\nrefund\xff\n".encode("latin-1"))
    assert asked.code == 0
    assert [one["text"] for one in asked.lines] == ["where is my order", "", "refund\ufffd"]
    assert asked.lines[0]["intent"] == "order_status"
    assert {"decision", "confidence", "alternatives", "article", "reason"} <= asked.lines[0].keys()
    assert asked.lines[1]["decision"] == "stay"


async def test_rows_that_cannot_be_used_are_named(shell: Shell, tmp_path: Path) -> None:
    """The others come in."""
    await shell.init()
    file = tmp_path / "articles.csv"
    file.write_text('question,answer,phrasings\nHow?,So.,why|wherefore\n,No question.,\n"Open?","Yes.",\n')
    taken = await shell.json("import", "articles", file)
    assert (taken["added"], taken["refused"]) == (2, 1)
    assert taken["refusals"][0]["line"] == 3
    replaced = await shell.json("import", "articles", file)
    assert (replaced["added"], replaced["repeated"]) == (0, 2)


async def test_files_that_cannot_be_used_are_refused(shell: Shell, tmp_path: Path) -> None:
    """Missing, not text, without a column, empty: 1, with a sentence and nothing imported."""
    await shell.init()
    contents = {
        "binary": b"\x00\x01\x02\xff",
        "columns": b"a,b\n1,2\n",
        "empty": b"",
        "header": b"text,intent\n",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    for name in (*contents, "missing"):
        done = await shell.run("import", "intents", tmp_path / name, "--json")
        assert done.code == 1, name
        assert done.json["error"]["message"]
    none = await shell.run("train", "--json")
    assert (none.code, none.json["error"]["code"]) == (1, "invalid")


async def test_what_comes_later_says_so(shell: Shell, tmp_path: Path) -> None:
    """Transcripts, other formats and other channels are `unsupported`, in a sentence."""
    await shell.init()
    file = tmp_path / "file"
    file.write_text("text,intent\nhello,greeting\n")
    several: list[list[str | Path]] = [
        ["import", "transcripts", file],
        ["import", "intents", file, "--format", "xlsx"],
        ["parse", "telegram", file],
    ]
    for arguments in several:
        done = await shell.run(*arguments, "--json")
        assert (done.code, done.json["error"]["code"]) == (1, "unsupported")
    unknown = await shell.run("parse", "pigeon", file, "--json")
    assert (unknown.code, unknown.json["error"]["code"]) == (1, "not_found")


async def test_a_captured_payload_is_read(shell: Shell, tmp_path: Path) -> None:
    """`parse api` shows what would be stored, and stores nothing."""
    file = tmp_path / "payload.json"
    file.write_text('{"external_id": "SM1", "from": {"address": "+49151", "name": "Ana"}, "text": "Hello"}')
    parsed = await shell.json("parse", "api", file)
    assert (parsed["external_id"], parsed["from"]["name"], parsed["text"]) == ("SM1", "Ana", "Hello")
    assert (parsed["automatic"], parsed["attachments"]) == (False, [])
    assert not shell.folder.exists()
    file.write_text('{"text": "no sender"}')
    refused = await shell.run("parse", "api", file, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "invalid")


async def test_a_bot_is_chosen_by_name_or_id(shell: Shell, questions: Path) -> None:
    """`--bot` takes either; another is refused, naming those there are."""
    house = await shell.init()
    for named in (house["bot"]["id"], house["bot"]["name"]):
        assert (await shell.json("import", "intents", questions, "--bot", named))["bot"] == house["bot"]["id"]
    wrong = await shell.run("import", "intents", questions, "--bot", "Nobody", "--json")
    assert (wrong.code, wrong.json["error"]["code"]) == (1, "not_found")
    assert house["bot"]["name"] in wrong.json["error"]["message"]
