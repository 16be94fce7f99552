"""What may be sent, by what is in it: what people send is known, what attackers send is refused with a sentence."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.errors import Invalid
from server.file_kinds import ENDINGS, kind_of, named
from tests.http import files
from tests.http.files import GIF, PDF, PNG

OFFICE = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (GIF, "image/gif"),
        (files.jpeg(4032, 3024, metadata=20), "image/jpeg"),
        (files.webp(640, 480), "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (PDF, "application/pdf"),
        (b"{\\rtf1\\ansi Hello}", "application/rtf"),
        (b"plain words, \xc3\xa9", "text/plain"),
        ("Grüße;1,5\r\nÄpfel;2\r\n".encode("cp1252"), "text/plain"),
        ("Grüße\t1\n".encode("utf-16"), "text/plain"),
        (b"\xef\xbb\xbfname,age\n", "text/plain"),
        (("é" * 20_000).encode(), "text/plain"),
        (b"1 < 2 and <3\n", "text/plain"),
        (files.docx(), OFFICE + "wordprocessingml.document"),
        (files.zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), OFFICE + "spreadsheetml.sheet"),
        (
            files.zipped({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}),
            OFFICE + "presentationml.presentation",
        ),
        (files.odt(), "application/vnd.oasis.opendocument.text"),
        (files.compound("WordDocument"), "application/msword"),
        (files.compound("Workbook"), "application/vnd.ms-excel"),
        (files.compound("PowerPoint Document"), "application/vnd.ms-powerpoint"),
    ],
)
def test_what_people_send_is_known(data: bytes, kind: str) -> None:
    """Pictures of cameras and screens, PDF, texts as editors and spreadsheets save them, office files old and new."""
    found = kind_of(data)
    assert (found.type, found.warning) == (kind, None)
    assert kind in ENDINGS


def test_pictures_tell_their_sides() -> None:
    """Read from the header, also behind a megabyte of metadata."""
    for data in (files.png(640, 480), files.webp(640, 480), files.jpeg(640, 480), files.jpeg(640, 480, metadata=20)):
        found = kind_of(data)
        assert (found.width, found.height) == (640, 480)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (files.docx(**{"word/vbaProject.bin": b"x"}), "application/vnd.ms-word.document.macroEnabled.12"),
        (files.compound("WordDocument", "_VBA_PROJECT"), "application/msword"),
        (
            files.zipped(
                {"Basic/script-lb.xml": b"x"}, first=("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")
            ),
            "application/vnd.oasis.opendocument.spreadsheet",
        ),
    ],
    ids=["docx", "doc", "ods"],
)
def test_macros_are_named(data: bytes, kind: str) -> None:
    """An office file with code in it is taken, and said to have it."""
    found = kind_of(data)
    assert (found.type, found.warning) == (kind, "macros")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED: dict[str, tuple[bytes, str]] = {
    "html": (b"<!doctype html><script>alert(1)</script>", "code"),
    "html after blanks": (b"\n\n  \t<HTML><body onload=alert(1)>", "code"),
    "html after a mark": (b"\xef\xbb\xbf<html>", "code"),
    "html in utf-16": ("<html><script>alert(1)</script>".encode("utf-16"), "code"),
    "html in a comment": (b"<!-- x --><script>alert(1)</script>", "code"),
    "svg": (SVG, "code"),
    "svg declared": (b'<?xml version="1.0"?>' + SVG, "code"),
    "php": (b"<?php system($_GET['x']);", "code"),
    "gif and script": (b"GIF89a/*<script>*/=alert(1)//<script>alert(1)</script>", "two files"),
    "jpeg and page": (b"\xff\xd8\xff\xfe\x00\x40<html><script>alert(1)</script>" + files.jpeg(1, 1)[2:], "two files"),
    "png and archive": (PNG + files.zipped({"a.txt": b"x"}), "two files"),
    "gif and jar": (GIF + files.zipped({"META-INF/MANIFEST.MF": b"x", "A.class": b"x"}), "two files"),
    "pdf and archive": (PDF + files.zipped({"a.txt": b"x"}), "two files"),
    "pdf and page": (b"%PDF-1.7\n<html><script>alert(1)</script>", "two files"),
    "text and archive": (b"hello\n" + files.zipped({"a.txt": b"x"}), "two files"),
    "archive": (files.zipped({"a.txt": b"x"}), "Archives"),
    "jar": (files.zipped({"META-INF/MANIFEST.MF": b"x", "A.class": b"x"}), "program"),
    "document and jar": (files.docx(**{"META-INF/MANIFEST.MF": b"x"}), "program"),
    "document and program": (files.docx(**{"word/embeddings/run.EXE": b"x"}), "program"),
    "document and more": (files.docx() + b"more", "not whole"),
    "more and document": (b"PK\x03\x04" + files.docx(), "not whole"),
    "half a document": (files.docx()[:-30], "not whole"),
    "zip bomb": (files.bomb(), "unpacks"),
    "overlapping parts": (files.overlapping(), "unpacks"),
    "many parts": (files.many_parts(6_000), "parts"),
    "installer": (files.compound("Property"), "not taken"),
    "locked document": (files.compound("EncryptedPackage"), "password"),
    "program": (b"MZ\x90\x00\x03\x00\x00\x00", "not taken"),
    "elf": (b"\x7fELF\x02\x01\x01\x00", "not taken"),
    "noise": (b"\xff\x00\xfe\x81" * 100, "not taken"),
    "film": (b"\0\0\0\x18ftypisom\0\0\0\0", "not taken"),
    "gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "not taken"),
    "image bomb": (files.png(60_000, 60_000), "pixels"),
    "wide image bomb": (files.png(200_000, 10), "pixels"),
    "webp bomb": (files.webp(16_000, 16_000), "pixels"),
    "gif bomb": (b"GIF89a\xff\xff\xff\xff\x80\0\0", "pixels"),
    "jpeg bomb": (files.jpeg(65_000, 65_000), "pixels"),
    "no picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not whole"),
    "half a jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "not whole"),
    "rtf with a program": (b"{\\rtf1{\\object{\\*\\objdata 0105}}}", "other files"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_attackers_send_is_refused(name: str) -> None:
    """Pages, programs, two files in one, bombs, what is broken: each with a sentence that says what to do."""
    data, why = REFUSED[name]
    with pytest.raises(Invalid) as refused:
        kind_of(data)
    assert why in refused.value.message
    assert refused.value.field == "file"
    assert refused.value.message.endswith(".")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [b"", b"PK\x03\x04", files.OLE, b"\xff\xd8\xff", b"RIFF....WEBP", b"%PDF-", b"GIF89a", files.docx()]
    ),
    st.binary(max_size=2_000),
    st.sampled_from([b"", b"PK\x05\x06" + b"\xff" * 18, files.docx()[-60:], files.docx()[40:]]),
)
def test_no_bytes_do_more_than_be_refused(begin: bytes, middle: bytes, end: bytes) -> None:
    """Whatever comes is of a kind that is taken, or refused; nothing falls over."""
    try:
        found = kind_of(begin + middle + end)
    except Invalid:
        return
    assert found.type in ENDINGS


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_a_document_with_other_bytes_is_refused_or_known(at: int, other: bytes) -> None:
    """A byte here and there changed in an office file."""
    data = bytearray(files.docx(**{"word/a.xml": b"a" * 50}))
    data[at : at + len(other)] = other
    with contextlib.suppress(Invalid):
        assert kind_of(bytes(data)).type in ENDINGS


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("photo.PNG", "image/png", "photo.PNG"),
        ("photo.png", "image/jpeg", "photo.png.jpg"),
        ("run.bat", "text/plain", "run.bat.txt"),
        ("page.html", "text/plain", "page.html.txt"),
        ("README", "text/plain", "README.txt"),
        ("list.csv", "text/plain", "list.csv"),
        ("invoice.pdf.exe", "application/pdf", "invoice.pdf.exe.pdf"),
        ("letter.docx", "application/vnd.ms-word.document.macroEnabled.12", "letter.docx.docm"),
    ],
)
def test_a_name_ends_as_its_kind_does(name: str, kind: str, shown: str) -> None:
    """A double click on a downloaded file opens what the file is."""
    assert named(name, kind) == shown
