"""All pages share templates that escape what strangers wrote, and one style."""

import base64
import hashlib
from collections.abc import Sequence

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from sentemo.core.markdown import coefficient, percent
from sentemo.visualization.emotion_colours import emotion_colours


def page_environment(*packages: str) -> Environment:
    """Return an environment with the templates of these packages and of this one."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in (*packages, "sentemo.report")]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.filters |= {"percent": percent, "coefficient": coefficient}
    return environment


def page_style(environment: Environment, name: str, labels: Sequence[str]) -> str:
    """Return the style of a page: the common part with the labels' colours, then its own."""
    common = environment.get_template("base.css").render(colours=emotion_colours(labels))
    return common + page_source(environment, name)


def page_source(environment: Environment, name: str) -> str:
    """Return the text of a template as it stands."""
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def script_digest(script: str) -> str:
    """Return the digest of the only script that a page allows to run (its security policy)."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
