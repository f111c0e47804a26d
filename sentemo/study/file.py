"""Studies as files: YAML with a title and rows."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import filterfalse
from pathlib import Path
from typing import Any, TypedDict

from sentemo.core.config import Settings, read_config, short_name
from sentemo.core.errors import Problems
from sentemo.core.file_names import is_file_name
from sentemo.core.schema import checked, fit
from sentemo.data.targets import HARD, TARGET_KINDS, TASKS
from sentemo.study.plan import (
    BASELINE,
    CITED,
    FUSED,
    HUMAN,
    MEASURES,
    TRAINED,
    UPSTREAMS,
    Row,
    Study,
)
from sentemo.upstreams import located

ROW_KINDS = (TRAINED, BASELINE, FUSED, HUMAN, CITED)
ROW_KEYS = {*ROW_KINDS, "name", "candidates", "published", "upstream"}


EXAMPLE = "See conf/table3.yaml for a study."


class StudyFile(TypedDict, total=False):
    """Content of a study; its rows have schemas of their own, see `_faults`."""

    title: str
    task: str | None
    measure: str | None
    label_targets: str | None
    rows: list[Any]


class RowOfFile(TypedDict, total=False):
    """A row of a study, whose paths are relative to the file."""

    name: str
    config: str | None
    baseline: str | None
    human: bool | None
    cited: str | None
    published: dict[str, dict[str, float | None]] | None


def read_study(path: Path) -> Study:
    """Read a study: YAML with a ``title`` and ``rows``, whose paths are relative to the file.

    Raises
    ------
    SentemoError
        Naming rows that are no rows, unknown keys, candidates of the same name, and files that
        are not there.
    """
    loaded = read_config(path)
    checked({**loaded, "rows": loaded.get("rows") or []}, StudyFile, str(path), EXAMPLE)
    problems = Problems(str(path))
    targets, rows = loaded.get("label_targets") or HARD, []
    shared: Settings = {} if targets == HARD else {"label_targets": targets}
    for number, row in enumerate(loaded.get("rows") or [], start=1):
        faults = [*_faults(row)]
        for reason, detail in faults:
            problems.add(reason, f"row {number}", detail)
        if not faults:
            rows.append(_row(row, path.parent, shared))
    _check_rows(rows, problems)
    task, measure = loaded.get("task"), loaded.get("measure")
    for key, value, known in (
        ("task", task, (None, *TASKS)),
        ("measure", measure, (None, *MEASURES)),
        ("label_targets", targets, TARGET_KINDS),
    ):
        if value not in known:
            detail = f"known are {', '.join(filter(None, known))}"
            problems.add(f"unknown {key}", str(value), detail)
    if all(row.kind in (HUMAN, CITED) for row in rows) or not isinstance(loaded.get("title"), str):
        problems.add("no study", str(path), "it needs a title, and rows with something to train")
    problems.raise_if_any(EXAMPLE)
    return Study(loaded["title"], rows, task, measure)


def _faults(row: Any) -> Iterator[tuple[str, str]]:
    """Reason and detail of everything that is wrong within one row."""
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        yield "not a row", "it needs a name"
        return
    for key, detail in _differences(row):
        yield "wrong value", f"{key}: {detail}"
    for key in sorted(row.keys() - ROW_KEYS, key=str):
        yield "unknown key", f"{key}; known are {', '.join(sorted(ROW_KEYS))}"
    if sum(bool(row.get(kind)) for kind in ROW_KINDS) != 1:
        yield "not one kind", f"give one of {', '.join(ROW_KINDS)}"
    if "upstream" in row and not (row["upstream"] and isinstance(row["upstream"], str)):
        yield "no upstream", f"{row['upstream']!r}; give a model, or one of {', '.join(UPSTREAMS)}"
    if "upstream" in row and not row.get(TRAINED):
        yield "an upstream that nothing takes over", f"only a row with a {TRAINED} has one"
    candidates, fused = row.get("candidates") or {}, row.get(FUSED) or {}
    if not isinstance(candidates, dict) or not all(
        isinstance(changes, dict | None) for changes in candidates.values()
    ):
        yield "no candidates", f"{candidates!r}; give changes by the candidate's name"
    if not isinstance(fused, dict) or not all(isinstance(m, list) and m for m in fused.values()):
        yield "nothing to fuse", f"{fused!r}; give lists of candidates by the name of each fusion"


def _differences(row: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    fit(row, RowOfFile, "", lambda *difference: found.append(difference))
    return found


def _check_rows(rows: Sequence[Row], problems: Problems) -> None:
    """Check names, files and members."""
    single: set[str] = set()
    for row in rows:
        for member in sorted({name for members in row.members.values() for name in members}):
            if member not in single:
                problems.add("not a candidate of a row above", row.name, member)
        single |= row.candidates.keys()
        if row.config is not None and not row.config.is_file():
            problems.add("no such configuration", row.name, str(row.config))
    names = [name for row in rows for name in (*row.candidates, *row.members)]
    for name in filterfalse(is_file_name, names):
        problems.add(
            "not a name of a directory", repr(name), "give the candidate a short, plain one"
        )
    for what, given in (("candidate", names), ("row", [row.name for row in rows])):
        for name in sorted({name for name in given if given.count(name) > 1}):
            problems.add(f"{what} twice", name, "each needs a name of its own")


def _row(row: Mapping[str, Any], folder: Path, shared: Settings) -> Row:
    """Return a row; what candidates share comes before the changes of each."""
    kind = next(kind for kind in ROW_KINDS if row.get(kind))
    published = row.get("published") or {}
    if kind == FUSED:
        members = {str(name): list(map(str, found)) for name, found in row[kind].items()}
        return Row(row["name"], kind, None, {}, published, members)
    if kind in (HUMAN, CITED):
        return Row(row["name"], kind, None, {}, published, citation=row.get(CITED) or "")
    config = (folder / row[kind]).resolve()
    candidates = row.get("candidates") or {}
    if not candidates:
        candidates = {short_name(config): {}}
    if kind == BASELINE:
        shared = {}
    made = {str(name): {**shared, **(changes or {})} for name, changes in candidates.items()}
    return Row(row["name"], kind, config, made, published, upstream=_upstream(row, folder))


def _upstream(row: Mapping[str, Any], folder: Path) -> str:
    """Return the option that names a row's upstream, or the upstream that the row names itself."""
    given = row.get("upstream", UPSTREAMS[0])
    if given == "asr_model":  # the other name of --upstream
        return UPSTREAMS[0]
    return given if given in UPSTREAMS else located(given, folder)
