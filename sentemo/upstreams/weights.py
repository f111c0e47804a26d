"""A checkpoint's weights are found, read as data, copied into a model and checked."""

import pickle
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.errors import SentemoError
from sentemo.modules.lora import merged
from sentemo.upstreams.quantised import SCALE, whole_rows

if TYPE_CHECKING:
    import torch

# Averaged over the best epochs before the best epoch alone; training sides choose no epoch.
SHOWN = 20  # parameters that a message names
BEST_FIRST = ("valid.*.ave.pth", "valid.*.ave_*best.pth", "valid.*.best.pth")


def best_of_espnet(folder: Path, config: Mapping[str, Any]) -> Path:
    """Choose among the weights of an experiment directory that ESPnet trained.

    Of several criteria, ESPnet's recipes decode with the accuracy of the attention decoder, where
    there is one; else the first of its configuration counts.

    Raises
    ------
    SentemoError
        When there are none, or several and nothing that chooses.
    """
    found: list[Path] = []
    for pattern in (*BEST_FIRST, "*.pth"):
        files = (path for path in folder.glob(pattern) if path.is_file())  # no dangling links
        found = sorted(path for path in files if path.name != "checkpoint.pth")
        if found:
            break
    if not found:
        raise SentemoError(f"{folder}: no weights (*.pth). Has its training come to an end?")
    if len({path.resolve() for path in found}) == 1:
        return found[0]
    by_accuracy = [path for path in found if path.name.startswith("valid.acc.")]
    others = [path for path in found if path not in by_accuracy]
    choice = by_accuracy if _has_attention(config) and by_accuracy else others
    first = ".".join((config.get("best_model_criterion") or [["valid", ""]])[0][:2])
    choice = [path for path in choice if path.name.startswith(f"{first}.")] or choice
    if len(choice) == 1:
        return choice[0]
    raise SentemoError(
        f"{folder}: several weights could be meant: {', '.join(p.name for p in found)}. "
        f"Name one, such as {found[0]}"
    )


def _has_attention(config: Mapping[str, Any]) -> bool:
    weight = (config.get("model_conf") or {}).get("ctc_weight", 0.5)
    return config.get("decoder") not in (None, "transducer") and weight < 1


def read_weights(path: Path) -> dict[str, "torch.Tensor"]:
    """Read a model's weights; what LoRA learnt is added to the matrices beside it.

    Raises
    ------
    SentemoError
        When the file is damaged, holds pickled objects, or anything but tensors by name.
    """
    import torch

    from sentemo.core.checkpoint import load_weights

    try:
        weights = load_weights(path)
    except SentemoError as error:
        if isinstance(error.__cause__, pickle.UnpicklingError):
            raise SentemoError(
                f"{path}: holds pickled Python objects, which could run any code; weights alone "
                "are loaded. Save it again as torch.save(model.state_dict(), file)."
            ) from error
        raise
    if not isinstance(weights, dict) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in weights.items()
    ):
        raise SentemoError(
            f"{path}: not a model's weights by name, but something else that torch saved, such as "
            "a training state. Give one of the files valid.….pth."
        )
    return merged(restored(weights, str(path)))


def compact(weights: Mapping[str, "torch.Tensor"]) -> dict[str, "torch.Tensor"]:
    """Return weights with matrices that came from 8 bits as whole numbers and scales again.

    These stand beside each other as in `sentemo.upstreams.quantised`; nothing is lost.
    """
    import torch

    found: dict[str, torch.Tensor] = {}
    for name, values in weights.items():
        whole = None
        if values.dtype == torch.float32 and values.dim() > 1 and values.numel():
            whole = whole_rows(values.reshape(len(values), -1).numpy())
        if whole is None:
            found[name] = values
            continue
        found[name] = torch.from_numpy(whole[0]).reshape(values.shape)
        found[name + SCALE] = torch.from_numpy(whole[1])
    return found


def restored(
    weights: Mapping[str, "torch.Tensor"], where: str = "weights"
) -> dict[str, "torch.Tensor"]:
    """Return the weights of which `compact` made these; others are as they were.

    Raises
    ------
    SentemoError
        When scales do not fit their matrix.
    """
    scales = {name: weights[name + SCALE] for name in weights if name + SCALE in weights}
    found = {}
    for name, values in weights.items():
        if name.removesuffix(SCALE) in scales and name.endswith(SCALE):
            continue
        found[name] = values
        if name in scales:
            if scales[name].shape != values.shape[:1]:
                raise SentemoError(f"{where}: {name + SCALE} does not fit {name}.")
            found[name] = values * scales[name].reshape(-1, *[1] * (values.dim() - 1))
    return found


def single_precision(values: "torch.Tensor") -> "torch.Tensor":
    """Return weights in single precision; what is no fraction stays as it is."""
    return values.float() if values.is_floating_point() else values


def take_over(
    model: "torch.nn.Module",
    weights: Mapping[str, "torch.Tensor"],
    parts: Iterable[str],
    where: str,
) -> None:
    """Copy the weights of `parts`, and insist that none is missing, left over or passed over.

    Raises
    ------
    SentemoError
        Naming the parameters that are missing, unexpected, or of another shape or type.
    """
    if not any(name.partition(".")[0] == "encoder" for name in weights):
        raise SentemoError(
            f"{where}: its weights name no encoder.…, but {', '.join(sorted(weights)[:3])}, …. "
            "Save them again under ESPnet's names, without a prefix such as module. or model."
        )
    wrong = []
    for part in parts:
        theirs = {
            name.removeprefix(f"{part}."): value
            for name, value in weights.items()
            if name.startswith(f"{part}.")
        }
        module = getattr(model, part)
        found = [("unexpected", name, "") for name in sorted(theirs)]
        if module is not None:
            found = _copy(module, theirs)
        wrong += [f"{kind}: {part}.{name}{detail}" for kind, name, detail in found]
    _require_none(wrong, where)


def load_whole(model: "torch.nn.Module", weights: Mapping[str, "torch.Tensor"], where: str) -> None:
    """Copy all weights of a model; errors are those of `take_over`."""
    wrong = [f"{kind}: {name}{detail}" for kind, name, detail in _copy(model, weights)]
    _require_none(wrong, where)


def _require_none(wrong: Sequence[str], where: str) -> None:
    if wrong:
        more = [f"… and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        listed = "\n  ".join([*wrong[:SHOWN], *more])
        raise SentemoError(f"{where} does not fit its own config.yaml:\n  {listed}")


def _copy(
    module: "torch.nn.Module", theirs: Mapping[str, "torch.Tensor"]
) -> list[tuple[str, str, str]]:
    """Copy the weights that fit, and return the others: what is wrong, the name, more words.

    Torch itself tells what is missing: modules may rename what older versions of them saved.
    """
    import torch

    ours = module.state_dict()
    misfits = [
        (kind, name, detail)
        for name in sorted(ours.keys() & theirs.keys())
        for kind, detail in [misfit(theirs[name], ours[name])]
        if kind
    ]
    wrong = {name for _, name, _ in misfits}
    fitting = {name: value for name, value in theirs.items() if name not in wrong}
    missing, unexpected = module.load_state_dict(fitting, strict=False)
    copied = module.state_dict()
    passed_over = [
        name
        for name in sorted(copied.keys() & fitting.keys())
        if not torch.equal(copied[name], fitting[name].to(copied[name]))
    ]
    return [
        *(("missing", name, "") for name in missing if name not in wrong),
        *(("unexpected", name, "") for name in unexpected),
        *misfits,
        *(("not taken over", name, "") for name in passed_over),
    ]


def misfit(theirs: "torch.Tensor", ours: "torch.Tensor") -> tuple[str, str]:
    """Return what keeps a weight from being copied, and in words how; ("", "") where nothing does.

    Fractions may be of another precision; anything else is of the same type.
    """
    import torch

    if theirs.layout != torch.strided:
        return "type", f" is {theirs.layout}, should be dense"
    both = theirs.is_floating_point() and ours.is_floating_point()
    if not both and theirs.dtype != ours.dtype:
        return "type", f" is {theirs.dtype}, should be {ours.dtype}"
    if theirs.shape != ours.shape:
        return "shape", f" is {tuple(theirs.shape)}, should be {tuple(ours.shape)}"
    return (
        ("", "") if single_precision(theirs).isfinite().all() else ("value", " is NaN or infinite")
    )
