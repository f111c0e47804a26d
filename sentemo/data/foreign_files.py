"""Recognises files that are named like audio and are web pages, archives or pointers."""

from codecs import getincrementaldecoder
from pathlib import Path
from shlex import quote

LOOKED_AT = 4096  # bytes at the start of a file
# First bytes of files that neither libsndfile nor sox reads, and what to do with them.
KINDS = {
    b"version https://git-lfs.github.com/": "a pointer of Git LFS, not the audio itself: run "
    "git lfs pull in its repository",
    b"../.git/annex/": "a pointer of git-annex, not the audio itself: run git annex get",
    b"/annex/objects/": "a pointer of git-annex, not the audio itself: run git annex get",
    b"PK\3\4": "a zip archive: unpack it",
    b"\x1f\x8b": "a gzip archive: unpack it",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"Rar!": "a RAR archive: unpack it",
    b"%PDF": "a PDF document, not audio",
}
PAGES = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<script")
VIDEO = {b"\x1a\x45\xdf\xa3": "WebM or Matroska", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "WMA or ASF"}
MP4_MARK = slice(4, 8), b"ftyp"


def foreign_kind(path: Path) -> str:
    """Return what a file is instead of audio that libsndfile or sox reads, or "" if nothing known.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    if Path(path).suffix.lower() == ".raw":  # samples without a header begin with anything
        return ""
    with Path(path).open("rb") as stream:
        start = stream.read(LOOKED_AT)
    if not start:
        return "an empty file (0 bytes): copy or download it again"
    for first, kind in KINDS.items():
        if start.startswith(first):
            return kind
    if kind := _kind_of_text(start):
        return kind
    if not any(start):
        return "nothing but zeros at its start: a copy or a download that was not finished"
    containers = [name for first, name in VIDEO.items() if start.startswith(first)]
    if start[MP4_MARK[0]] == MP4_MARK[1]:
        containers = ["MP4 or M4A"]
    return f"{containers[0]}, which needs ffmpeg: {ffmpeg_line(path)}" if containers else ""


def _kind_of_text(start: bytes) -> str:
    """Return what lines in ASCII or UTF-8 are; "" for other bytes, and for sox' format .dat."""
    written = start.removeprefix(b"\xef\xbb\xbf")
    if written.lstrip().lower().startswith(PAGES):
        return "a web page, not audio: the download was refused, for instance without a login"
    text = getincrementaldecoder("utf-8")("replace").decode(written)  # whose last letter may be cut
    printable = all(c.isprintable() or c in "\t\r\n" for c in text.replace("\ufffd", "\0"))
    if text.count("\n") > 1 and printable and not text.startswith("; Sample Rate"):
        return "a text file, not audio"
    return ""


def ffmpeg_line(path: Path) -> str:
    """Return the command line that converts a file to FLAC."""
    given = Path(path)
    return f"ffmpeg -i {quote(str(given))} {quote(str(given.with_suffix('.flac')))}"
