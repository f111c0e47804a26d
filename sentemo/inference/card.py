"""The model card: a packed model's properties, its scores, and its use."""

import re
from pathlib import Path
from typing import Any

from sentemo.core.files import read_text
from sentemo.core.markdown import code, plain
from sentemo.data.caveats import caveats
from sentemo.data.dimensions import DIMENSIONS, Scale
from sentemo.folds.probe_table import choice_in_words
from sentemo.inference.card_parts import front_matter, limits_section
from sentemo.inference.checkpoint_files import CheckpointFiles
from sentemo.inference.description import Description
from sentemo.report.groups import gaps_in_words
from sentemo.report.limits import limits_in_words
from sentemo.report.tables import render_tables

WINDOWS = {
    "utterance": "Whisper's energies of the utterance and a second of silence",
    "30s": "Whisper's energies in windows of 30 s",
}
WITHOUT_TORCH = "pip install .     # in a clone of sentemo; torch is not needed"
WITH_TORCH = (
    'pip install ".[train]"     # in a clone of sentemo; it has no ONNX model, so torch runs it'
)
USE = """## Use

```
{install}
sentemo predict model.zip recording.wav
```

```python
from sentemo import SpeechEmotion

model = SpeechEmotion.from_pretrained("model.zip")
result = model("recording.wav")  # or model(samples, rate), or a list of these
```"""


def model_card(
    described: Description,
    files: CheckpointFiles,
    facts: dict[str, Any],
    scores: dict[str, Any],
    licence: str | None,
    chosen: str = "",
) -> str:
    """Write the card as Markdown.

    Parameters
    ----------
    facts, scores
        Content of ``experiment.json`` and ``scores.json``; empty where there is no such file.
    licence
        Licence of the corpus, in words; None where it is not known.
    chosen
        What validation chose for the final model, in words.
    """
    corpora = [*filter(None, [facts.get("corpus")]), *_others(facts)]
    reasons = [note for found in caveats(facts.get("notes", [])).values() for note in found]
    parts = [
        front_matter(corpora, described.licence),
        f"# {plain(described.name)}",
        _facts_list(described, facts, scores),
        USE.format(install=WITH_TORCH if described.not_exported else WITHOUT_TORCH),
        "## Scores",
        _scores(scores, files, chosen),
        *_calibration(scores),
        limits_section(corpora, reasons),
        "## Licence",
        _licence(licence, facts),
        "## Files",
        _files(described, files),
    ]
    return "\n\n".join(parts) + "\n"


def licence_in(readme: Path) -> str | None:
    """Return the paragraph of a recipe's README that begins with the licence, if there is one."""
    text = read_text(readme)
    found = re.search(r"^\*\*Licen[cs]e.*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return found and found[0]


def _others(facts: dict[str, Any]) -> list[str]:
    """Return the names of the corpora that the model was trained on beside its own."""
    return facts.get("trained_with", [])


def _licence(licence: str | None, facts: dict[str, Any]) -> str:
    own = licence or "Nothing is said of the licence of the corpus that it was trained on."
    if not _others(facts):
        return own
    others = ", ".join(_others(facts))
    return f"{own}\n\nIt was trained on {others} too, whose licences hold as well."


def _facts_list(described: Description, facts: dict[str, Any], scores: dict[str, Any]) -> str:
    outputs = []
    if described.labels:
        outputs.append(f"the class, one of {', '.join(described.labels)}")
    if described.scale:
        outputs.append(f"{', '.join(DIMENSIONS)} on a scale of {Scale(*described.scale)}")
    listed = {
        "input": f"speech at {described.sample_rate} Hz (other rates are resampled, channels mixed "
        f"down), as {WINDOWS.get(described.window, described.feature_type)}",
        "output": "; ".join([*outputs, *["the transcript"] * bool(described.tokens)]),
        "trained on": ", ".join(filter(None, [facts.get("corpus"), *_others(facts)])),
        "protocol": facts.get("protocol"),
        "epochs": facts.get("epochs"),
        "probe": choice_in_words(scores["probe"]) if "probe" in scores else None,
        "encoder of": facts.get("asr_model"),
        "seed": facts.get("seed"),
        "commit": facts.get("commit"),
        "data": "; ".join(facts.get("notes", [])),
    }
    lines = [f"- {name}: {plain(str(value))}" for name, value in listed.items() if value]
    if described.plugin:
        lines.append(f"- needs: {_needs(described, facts)}")
    return "\n".join(lines)


def _needs(described: Description, facts: dict[str, Any]) -> str:
    digest = facts["plugin"]["digest"]
    only = "" if described.not_exported else "with torch alone, not with ONNX: "
    return (
        f"{only}the Python module {code(described.plugin)} (digest {plain(digest)}), which is not "
        f"packed: {code(f'--plugin {described.plugin}')}"
    )


def _scores(scores: dict[str, Any], files: CheckpointFiles, chosen: str) -> str:
    if not scores:
        return "It was packed before it was scored."
    table = render_tables([scores])
    if scores["counts"]["folds"] == 1:
        return table
    note = (
        "These are scores of a cross-validation: each utterance was predicted by the model of the "
        f"fold whose test side it is on. {_packed(files, chosen)}"
    )
    return f"{note}\n\n{table}"


def _packed(files: CheckpointFiles, chosen: str) -> str:
    """Say which of the models of a cross-validation is packed, and what was measured of it."""
    folds = ", ".join(map(str, files.folds))
    if chosen:
        return (
            f"The packed model is a final one, trained on all of these utterances with {chosen}, "
            "as validation chose for the folds. It has no scores of its own, because no data are "
            "left to test it on."
        )
    if len(files.folds) > 1:
        return (
            f"The models of folds {folds} are packed. Their mean was not measured, and cannot be "
            "on this corpus, because each of them was trained on most of it."
        )
    return f"The packed model is that of fold {folds}, which was trained on most of this corpus."


def _calibration(scores: dict[str, Any]) -> list[str]:
    """Return the section on calibration, abstention and groups, where these were scored."""
    said = limits_in_words(scores) + gaps_in_words(scores)
    listed = "\n".join(f"- {one}" for one in said)
    return ["## Calibration, abstention and groups", listed] if said else []


def _input(described: Description) -> str:
    if not described.is_raw:
        return (
            f"`features` (1, frames, {described.dim}) float32, Kaldi's log-mel energies of 16-bit "
            "samples (25 ms windows every 10 ms, snip_edges false, no dither), not normalised"
        )
    peak = f", the loudest {described.peak:g}" if described.peak else ", full scale ±1"
    return f"`speech` (1, samples) float32 at {described.sample_rate} Hz{peak}"


def _stored(bits: int) -> str:
    if bits == 32:
        return ""
    option = " if its session option `session.disable_quant_qdq` is 1" * (bits == 8)
    return (
        f" The upstream's weights came from {bits} bits and are stored so. They are the numbers of "
        f"`model.pth` again once onnxruntime has opened the model{option}."
    )


def _files(described: Description, files: CheckpointFiles) -> str:
    outputs = [
        f"`probabilities` (1, {len(described.labels)})" if described.labels else "",
        "`dimensions` (1, 3), on the scale above" if described.scale else "",
        "and where the decoder attends `attention` (1, encoder frames, heads), one encoder frame "
        f"every {described.frame_shift:g} s",
        f"`token_scores` (1, encoder frames, {len(described.tokens)}), the recogniser's shares"
        if described.tokens
        else "",
    ]
    inside = " and the mean over the models are" if len(files.folds) > 1 else " is"
    onnx = (
        f"- `model.onnx`: in {_input(described)}; out {', '.join(filter(None, outputs))}. "
        f"Normalisation{inside} inside.{_stored(described.weight_bits)}"
        if not described.not_exported
        else f"- no `model.onnx`: {plain(described.not_exported)}."
    )
    others = "" if len(files.folds) == 1 else "; `fold_*.pth` what the other models have alone"
    return (
        f"{onnx}\n- `model.pth`, `config.yaml`: a model of `sentemo.tasks.ser.SERTask`, an ESPnet "
        f"task{others}.\n- `sentemo.json`, `labels.txt`, `scores.json`: what it says of itself."
    )
