"""Images of articles, as rows: named by chance and by their size, kept once however often they are sent."""

from dataclasses import astuple, dataclass, fields

from sqlalchemy import bindparam, insert, select

from conversations.store import Statement, Tx
from conversations.store.tables import article_images

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
"""The types that an article may show, and how their names end."""


@dataclass(frozen=True, slots=True)
class ArticleImage:
    """name: in its public address. path: relative to the folder of files. width, height: in pixels."""

    name: str
    workspace_id: str
    type: str
    size_bytes: int
    width: int
    height: int
    sha256: str
    path: str
    made_by: str
    created_at: int


_NAMES = tuple(field.name for field in fields(ArticleImage))
_COLUMNS = tuple(article_images.c[name] for name in _NAMES)
GET = Statement(select(*_COLUMNS).where(article_images.c.name == bindparam("name")))
SAME = Statement(
    select(*_COLUMNS).where(
        article_images.c.workspace_id == bindparam("workspace_id"), article_images.c.sha256 == bindparam("sha256")
    )
)
ADD = Statement(insert(article_images).values({name: bindparam(name) for name in _NAMES}))


def image_name(chance: str, width: int, height: int, type_: str) -> str:
    """A name that tells a page how much room to leave. chance: 32 hexadecimal digits."""
    return f"{chance}-{width}x{height}.{ENDINGS[type_]}"


def keep_image(tx: Tx, image: ArticleImage) -> ArticleImage:
    """Keep an image; the one that the workspace has already, where it is the same."""
    row = tx.one(SAME, {"workspace_id": image.workspace_id, "sha256": image.sha256})
    if row is not None:
        return ArticleImage(*row)
    tx.run(ADD, dict(zip(_NAMES, astuple(image), strict=True)))
    return image


def find_image(tx: Tx, name: str) -> ArticleImage | None:
    row = tx.one(GET, {"name": name})
    return ArticleImage(*row) if row is not None else None
