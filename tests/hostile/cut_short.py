"""Files of every format that end early."""

from collections.abc import Iterator

from hostile.audio_files import FRAMES, SIZED, file_case, in_order, written
from hostile.case import Case

CUT = r"truncated|unreadable|empty audio"


def cut_short() -> Iterator[Case]:
    """Make files of every format that end early."""
    for kind, (_, _, ending) in SIZED.items():
        whole = written(kind)
        yield file_case(f"{kind}, whole", f"x.{ending}", whole, None)
        for share in (0.3, 0.6, 0.95):
            content = whole[: int(share * len(whole))]
            yield file_case(f"{kind}, {share:.0%} of it", f"x.{ending}", content, CUT)
        yield file_case(f"{kind}, header only", f"x.{ending}", whole[:60], r"audio")
    for kind in ("Ogg Vorbis", "Opus"):
        whole = written(kind)
        last = whole.rfind(b"OggS")
        yield file_case(f"{kind}, without its last page", "x.ogg", whole[:last], CUT)
    for order in ("BIG", "LITTLE"):
        for container in ("MAT4", "MAT5"):
            whole = in_order(container, order)
            name = f"{container} of two channels, {order.lower()} endian"
            yield file_case(name, "x.mat", whole, FRAMES)
            yield file_case(f"{name}, without its end", "x.mat", whole[:-100], CUT)
