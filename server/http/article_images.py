"""What articles show: their text as a tree that a page can draw, and their images."""

import asyncio
import re
import secrets
from typing import Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, Field, StringConstraints

from conversations.errors import Invalid, NotFound
from conversations.words import storable
from intents.article_images import ENDINGS, ArticleImage, find_image, image_name, keep_image
from intents.article_tree import IMAGES_PATH, excerpt_of, tree_of
from intents.sources import MAX_ANSWER_CHARS
from server.auth.bearer import agent_with
from server.files import StoredFile
from server.http.answers import Reply
from server.http.call import Call
from server.http.fields import Body, Shape
from server.http.forms import chunks_of, file_part
from server.http.routes import Routes
from server.images import PIXELS_LIMIT, SIDE_LIMIT, image_size, is_drawable
from server.realtime.peer import remote_address

routes = Routes("articles")

IMAGE_LIMIT_BYTES = 5_000_000
UPLOAD_S = 120.0
_NAME = re.compile(r"[0-9a-f]{32}-\d{1,5}x\d{1,5}\.(?:png|jpg|gif|webp)")


class ImageShape(Shape):
    """url: the public address, which never changes what it shows. markdown: to be put into an article."""

    name: str
    url: str
    markdown: str
    type: str
    size_bytes: int
    width: int
    height: int


class PreviewBody(Body):
    text: Annotated[str, StringConstraints(max_length=MAX_ANSWER_CHARS), AfterValidator(storable)]


class PreviewShape(Shape):
    """nodes: as in a message's `content.article.body`. excerpt: its beginning, without marks."""

    nodes: list[dict[str, Any]] = Field(default_factory=list)
    excerpt: str


@routes.post("/articles/preview", access="agent", answer=PreviewShape)
async def preview(call: Call, body: PreviewBody) -> Reply:
    """How an article's Markdown will be drawn."""
    nodes = await asyncio.to_thread(tree_of, body.text)
    return Reply({"nodes": nodes, "excerpt": excerpt_of(body.text)})


@routes.post(
    "/articles/images",
    access="knowledge.manage",
    answer=ImageShape,
    status=201,
    reads_body=True,
    body_limit_bytes=IMAGE_LIMIT_BYTES + 64 * 1024,
    timeout_s=UPLOAD_S,
)
async def upload_image(call: Call) -> Reply:
    """Upload an image for articles as the form field `file`: PNG, JPEG, GIF or WebP, at most 5 MB.

    Anyone may see it under its address.
    """
    desk = call.desk
    desk.uploads_per_address.count(remote_address(call.request, desk.settings.trusted_proxies))
    async with desk.article_images:
        reader, part = await file_part(call.request)
        stored = await desk.files.take_in(chunks_of(reader, part), IMAGE_LIMIT_BYTES)
        try:
            width, height = await asyncio.to_thread(_measured, call, stored)
        except Invalid:
            await desk.files.remove(stored.path)
            raise
    name = image_name(secrets.token_hex(16), width, height, stored.type)
    kept = await desk.store.write(
        lambda tx: keep_image(
            tx,
            ArticleImage(
                name=name,
                workspace_id=(by := agent_with(tx, call.token, call.access)).workspace_id,
                type=stored.type,
                size_bytes=stored.size_bytes,
                width=width,
                height=height,
                sha256=stored.sha256,
                path=stored.path,
                made_by=by.author.actor,
                created_at=tx.now,
            ),
        )
    )
    if kept.name != name:
        await desk.files.remove(stored.path)
    return Reply(_shape(kept), 201)


@routes.get("/article-images/{name}", access="anyone", timeout_s=UPLOAD_S)
async def send_image(call: Call) -> Reply:
    """An article's image, for anyone; it never changes."""
    name = call.path("name")
    found = await call.read(find_image, name) if _NAME.fullmatch(name) else None
    if found is None or not call.desk.files.full(found.path).is_file():
        raise NotFound("There is no such image.", field="name")
    headers = {
        "Content-Type": found.type,
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    return Reply(None, stream=web.FileResponse(call.desk.files.full(found.path), headers=headers))


def _measured(call: Call, stored: StoredFile) -> tuple[int, int]:
    if stored.type not in ENDINGS:
        raise Invalid(f"This is {stored.type}. Articles show PNG, JPEG, GIF and WebP.", field="file")
    size = image_size(call.desk.files.full(stored.path).read_bytes(), stored.type)
    if size is None:
        raise Invalid("This image cannot be read. Export it again.", field="file")
    if not is_drawable(*size):
        told = f"at most {SIDE_LIMIT:,} pixels a side and {PIXELS_LIMIT // 1_000_000} million in all"
        raise Invalid(f"This image has {size[0]:,} by {size[1]:,} pixels; {told}.", field="file")
    return size


def _shape(image: ArticleImage) -> dict[str, Any]:
    url = f"{IMAGES_PATH}{image.name}"
    return {
        "name": image.name,
        "url": url,
        "markdown": f"![]({url})",
        "type": image.type,
        "size_bytes": image.size_bytes,
        "width": image.width,
        "height": image.height,
    }
