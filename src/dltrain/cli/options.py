"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY.PATH=VALUE", help="Change one value; may be repeated."),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Where prepared datasets lie; else TFDS_DATA_DIR, else ~/tensorflow_datasets.",
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Never touch the network.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Let TensorFlow's own messages through to the screen.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
