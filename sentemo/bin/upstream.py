"""Check that a pre-trained model can be used as an upstream, and say what it is.

Usage:
  python -m sentemo.bin.upstream --upstream ../librispeech/exp/asr_ctc_small
"""

from sentemo.bin.options import add_upstream_argument, command_parser
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.core.errors import run_command
from sentemo.upstreams import Upstream


def main(argv: list[str] | None = None) -> None:
    """Print a summary."""
    parser = command_parser(__doc__)
    add_plugin_argument(parser)
    add_upstream_argument(parser, required=True)
    args = parser.parse_args(argv)
    print(Upstream(args.upstream).describe())


if __name__ == "__main__":
    run_command(main)
