"""The option ``--plugin`` of every command that builds models; it imports no torch."""

import argparse
from typing import Any

from sentemo.core import plugins


class UsePlugin(argparse.Action):
    """Imports the module that an option names, at once."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Import it here, and hand it on to the processes that this one starts."""
        plugins.use(values)


def add_plugin_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--plugin`` of commands that build models."""
    parser.add_argument(
        "--plugin",
        action=UsePlugin,
        default=argparse.SUPPRESS,
        metavar="MODULE",
        help="your own module, which registers encoders, decoders or upstreams: its file, or its "
        f"name (default: the environment's {plugins.VARIABLE})",
    )
