"""``python -m dltrain`` is the command ``dltrain``."""

from dltrain.cli.app import main

if __name__ == "__main__":
    main()
