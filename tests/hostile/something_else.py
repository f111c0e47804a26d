"""Files that bear the name of a recording and hold something else."""

from collections.abc import Iterator

from hostile.audio_files import file_case
from hostile.case import Case


def something_else() -> Iterator[Case]:
    """Make files that bear the name of a recording and hold something else."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 60134\n"
    page = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>"
    annex = b"/annex/objects/SHA256E-s60134--00.wav\n"
    mp4 = b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0" + bytes(400)
    for ending in ("wav", "flac", "mp3", "ogg", "sph", "opus", "aiff"):
        yield file_case(f"pointer of Git LFS (.{ending})", f"x.{ending}", pointer, "git lfs pull")
        yield file_case(f"pointer of git-annex (.{ending})", f"x.{ending}", annex, "git annex get")
        yield file_case(f"web page (.{ending})", f"x.{ending}", page, "a web page")
        yield file_case(
            f"web page of an old server (.{ending})", f"x.{ending}", b"\n\n <HTML>", "a web"
        )
        yield file_case(f"empty file (.{ending})", f"x.{ending}", b"", r"empty file \(0 bytes\)")
        yield file_case(f"zeros (.{ending})", f"x.{ending}", bytes(20000), "nothing but zeros")
        yield file_case(f"MP4 (.{ending})", f"x.{ending}", mp4, r"ffmpeg -i .*x\.\w+ .*x\.flac")
        yield file_case(f"zip (.{ending})", f"x.{ending}", b"PK\3\4" + bytes(90), "zip archive")
        yield file_case(f"text (.{ending})", f"x.{ending}", b"angry\nhappy\n" * 50, "a text file")
    for ending in ("m4a", "mp4"):
        yield file_case(f".{ending}", f"x.{ending}", mp4, "MP4 or M4A, which needs ffmpeg")
    yield file_case(".webm", "x.webm", b"\x1a\x45\xdf\xa3" + bytes(90), "WebM .* ffmpeg -i")
    wma = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
    yield file_case(".wma", "x.wma", wma, "WMA .* ffmpeg -i")
