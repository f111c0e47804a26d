"""The page itself: one file of HTML, style and script, filled with facts about the model."""

from sentemo.data.dimensions import DIMENSIONS
from sentemo.inference.description import Description
from sentemo.inference.serving.about import About
from sentemo.report.style import page_environment, page_source, page_style, script_digest


def render(described: Description, about: About) -> tuple[str, str]:
    """Return the page, and the digest of its script for the security policy."""
    environment = page_environment("sentemo.inference.serving")
    script = page_source(environment, "serve.js")
    page = environment.get_template("serve.html").render(
        about=about,
        model={
            "labels": described.labels,
            "dimensions": DIMENSIONS if described.scale else [],
            "scale": described.scale,
        },
        style=page_style(environment, "serve.css", described.labels),
        script=script,
    )
    return page, script_digest(script)
