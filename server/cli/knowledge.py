"""What a bot knows: import it, train on it, measure it, ask it."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from conversations.errors import Unsupported
from conversations.model import TEXT_LIMIT
from conversations.store import Store
from intents.changes import base_changed, bot_changed
from intents.evaluation import Report, report
from intents.intent_rows import batches, take_batch
from intents.knowledge_rows import ArticleImport, import_article
from intents.live import Recognizers
from intents.model_rows import ModelVersion, publish
from intents.recognizer import Recognizer
from intents.sources import Refusal, articles_from_csv, decode, intents_from_csv, labelled_from_csv
from intents.trainer import TrainingOrder, train_bot
from server.cli.houses import chosen_bot, opened, readable
from server.cli.terminal import AsJson, Failed, Json, OfBot, Terminal, run, start
from server.explained import understanding_shape
from server.settings import Settings

app = typer.Typer(help="Bring in intents, articles or transcripts.", no_args_is_help=True, add_completion=False)

BY = "system"
REFUSED_SHOWN = 50
_SLICE = 20
_ROWS_A_STEP = 100

SourceFile = Annotated[Path, typer.Argument(help="A CSV in UTF-8.")]
Format = Annotated[str, typer.Option("--format", help="Only csv, so far.")]
Publish = Annotated[bool, typer.Option("--publish", help="Let it answer from now on.")]
TextsFile = Annotated[str, typer.Argument(metavar="FILE", help="One text a line; - is standard input.")]


@app.command("intents")
def import_intents(file: SourceFile, bot: OfBot = None, format_: Format = "csv", as_json: AsJson = False) -> None:
    """Examples of intents: columns `text`, one of `intent`, `label`, `category`, and optionally `answer`, `title`."""
    settings, terminal = start(as_json)
    document = run(terminal, _import_intents(settings, terminal, file, bot, format_))
    terminal.result(document, _told(document, "examples"))


@app.command("articles")
def import_articles(file: SourceFile, bot: OfBot = None, format_: Format = "csv", as_json: AsJson = False) -> None:
    """Articles: columns `question`, `answer`, and optionally `category`, `locale`, `phrasings` (split by |)."""
    settings, terminal = start(as_json)
    document = run(terminal, _import_articles(settings, terminal, file, bot, format_))
    terminal.result(document, _told(document, "articles"))


@app.command("transcripts")
def import_transcripts(file: SourceFile, bot: OfBot = None, format_: Format = "csv", as_json: AsJson = False) -> None:
    """Not in this version."""
    _, terminal = start(as_json)
    run(terminal, _unsupported("Transcripts come with a later version of Frontdesk. Import intents or articles."))


def train(bot: OfBot = None, publish_: Publish = False, as_json: AsJson = False) -> None:
    """Train a model version from what the database holds."""
    settings, terminal = start(as_json)
    model, took_s = run(terminal, _train(settings, terminal, bot, publish_))
    document = {"model": model_shape(model), "published": publish_, "seconds": round(took_s, 1)}
    told = "published" if publish_ else "not published: frontdesk train --publish"
    terminal.result(document, [f"{model.version} trained in {took_s:.1f} s, {told}", *_figures(model)])


def evaluate(file: SourceFile, bot: OfBot = None, as_json: AsJson = False) -> None:
    """Measure the live model on a labelled CSV: `text` and one of `intent`, `label`, `category`."""
    settings, terminal = start(as_json)
    terminal.result(run(terminal, _evaluate(settings, terminal, file, bot)))


def understand(file: TextsFile, bot: OfBot = None, as_json: AsJson = False) -> None:
    """What the bot makes of texts: one a line in, one JSON object a line out."""
    settings, terminal = start(as_json)
    run(terminal, _understand(settings, terminal, file, bot))


def model_shape(model: ModelVersion) -> Json:
    return {
        "id": model.id,
        "bot_id": model.bot_id,
        "number": model.number,
        "version": model.version,
        "state": str(model.state),
        "figures": dict(model.figures),
    }


# importing -------------------------------------------------------------------------------------


async def _import_intents(settings: Settings, terminal: Terminal, file: Path, named: str | None, format_: str) -> Json:
    _only_csv(format_)
    parsed = intents_from_csv(decode(readable(file).read_bytes()))
    _some(parsed.rows, parsed.refused, file)
    async with opened(settings) as store:
        bot = await chosen_bot(store, named)
        found = batches(bot.id, parsed.rows)
        new_intents = added = repeated = 0
        with terminal.progress() as advance:
            for began in range(0, len(found), _SLICE):
                for taken in await store.bulk(take_batch, found[began : began + _SLICE]):
                    new_intents += taken.new_intent
                    added += taken.added
                    repeated += taken.repeated
                advance("importing", added + repeated, len(parsed.rows))
        if added or new_intents:
            await store.write(bot_changed, bot.id, BY, {"change": "imported", "examples_added": added})
    counts = {"intents": len({row.intent for row in parsed.rows}), "new_intents": new_intents}
    return {"bot": bot.id, **counts, "added": added, "repeated": repeated, **_refused(parsed.refused)}


async def _import_articles(settings: Settings, terminal: Terminal, file: Path, named: str | None, format_: str) -> Json:
    _only_csv(format_)
    parsed = articles_from_csv(decode(readable(file).read_bytes()))
    _some(parsed.rows, parsed.refused, file)
    async with opened(settings) as store:
        bot = await chosen_bot(store, named)
        base_id = bot.knowledge_base_id
        rows = [ArticleImport(base_id, row) for row in parsed.rows]
        added = 0
        with terminal.progress() as advance:
            for began in range(0, len(rows), _ROWS_A_STEP):
                added += (await store.bulk(import_article, rows[began : began + _ROWS_A_STEP])).count("added")
                advance("importing", min(began + _ROWS_A_STEP, len(rows)), len(rows))
        await store.write(base_changed, base_id, BY, {"change": "imported", "articles_added": added})
    replaced = len(rows) - added
    return {"bot": bot.id, "knowledge_base": base_id, "added": added, "repeated": replaced, **_refused(parsed.refused)}


async def _unsupported(told: str) -> None:
    raise Unsupported(told)


def _only_csv(format_: str) -> None:
    if format_ != "csv":
        raise Unsupported(f"The format {format_!r} is not read yet. Convert the file to csv.", field="format")


def _some(rows: Sequence[object], refused: Sequence[Refusal], file: Path) -> None:
    if not rows:
        why = f" The first problem is in line {refused[0].line}: {refused[0].reason}." if refused else ""
        raise Failed(f"{file} holds no row that can be used.{why}", field="file")


def _refused(refused: tuple[Refusal, ...]) -> Json:
    shown = [{"line": one.line, "reason": one.reason} for one in refused[:REFUSED_SHOWN]]
    return {"refused": len(refused), "refusals": shown}


def _told(document: Json, what: str) -> list[str]:
    lines = [f"{document['added']:,} {what} added, {document['repeated']:,} were there already"]
    if document["refused"]:
        lines.append(f"{document['refused']:,} rows left out:")
        lines += [f"  line {one['line']}: {one['reason']}" for one in document["refusals"][:10]]
    return lines


# training --------------------------------------------------------------------------------------


async def _train(
    settings: Settings, terminal: Terminal, named: str | None, publish_: bool
) -> tuple[ModelVersion, float]:
    began = time.monotonic()
    async with opened(settings) as store:
        bot = await chosen_bot(store, named)
        with terminal.progress() as advance:
            model = await train_bot(store, settings.models_dir, TrainingOrder(bot.id), progress=advance)
        if publish_:
            model = await store.write(publish, model.id, by=BY)
    return model, time.monotonic() - began


def _figures(model: ModelVersion) -> list[str]:
    return [f"  {name}: {value:.4g}" for name, value in model.figures.items() if isinstance(value, (int, float))]


# asking ----------------------------------------------------------------------------------------


async def _evaluate(settings: Settings, terminal: Terminal, file: Path, named: str | None) -> Json:
    parsed = labelled_from_csv(decode(readable(file).read_bytes()))
    _some(parsed.rows, parsed.refused, file)
    async with opened(settings) as store:
        recognizer = await _recognizer(store, settings, named)
    judged = []
    with terminal.progress() as advance:
        for number, row in enumerate(parsed.rows, 1):
            judged.append((row, recognizer.understand(row.text)))
            if number % _ROWS_A_STEP == 0:
                advance("asking", number, len(parsed.rows))
    figures: Report = report(judged)
    return {**figures.as_dict(), "model_version": _version(recognizer), **_refused(parsed.refused)}


async def _understand(settings: Settings, terminal: Terminal, file: str, named: str | None) -> None:
    async with opened(settings) as store:
        recognizer = await _recognizer(store, settings, named)
    with ExitStack() as stack:
        source = sys.stdin.buffer if file == "-" else stack.enter_context(readable(Path(file)).open("rb"))
        for text in _lines(source):
            terminal.line(understanding_shape(recognizer.understand(text)))
    sys.stdout.flush()


async def _recognizer(store: Store, settings: Settings, named: str | None) -> Recognizer:
    """The recognizer that answers for a bot now. Raises Failed where a published model cannot be read."""
    bot = await chosen_bot(store, named)
    recognizers = Recognizers(store, settings.models_dir)
    try:
        await recognizers.load()
        trouble = recognizers.trouble()
        if trouble:
            raise Failed(" ".join(trouble.values()), code="unavailable")
        return recognizers.recognizer(bot.id)
    finally:
        await recognizers.close()


def _lines(source: BinaryIO) -> Iterator[str]:
    for line in source:
        yield line.decode(errors="replace").rstrip("\r\n")[:TEXT_LIMIT]


def _version(recognizer: Recognizer) -> str | None:
    return recognizer.model.version if recognizer.model is not None else None
