"""``python -m dltrain`` is the command ``dltrain``, and this is where both begin."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C shows no traceback, while it is still being loaded either."""
    try:
        from dltrain.cli.app import main as run  # noqa: PLC0415 - loading it is what may be cut

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
