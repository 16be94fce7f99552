"""What a client is told whose socket is not opened: a status, and the error object of the protocol."""

from __future__ import annotations

from aiohttp import web


def refusal(status: int, code: str, message: str, *, retry_after_s: int | None = None) -> web.Response:
    """An answer over HTTP: `{"ok": false, "error": {"code", "message", "retry_after_s"?}}`."""
    error: dict[str, object] = {"code": code, "message": message}
    headers = {}
    if retry_after_s is not None:
        error["retry_after_s"] = retry_after_s
        headers["Retry-After"] = str(retry_after_s)
    return web.json_response({"ok": False, "error": error}, status=status, headers=headers)
