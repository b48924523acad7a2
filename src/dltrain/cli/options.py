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
RunDirectory = Annotated[
    Path | None,
    typer.Option(
        "--run-dir", metavar="DIR", help="Where the run lives; else runs/<config>/<digest>."
    ),
]
Seed = Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="Replace the config's seed.")]
Smoke = Annotated[
    bool, typer.Option("--smoke", help="A few steps on a tiny subset: does everything work?")
]
Synthetic = Annotated[bool, typer.Option("--synthetic", help="Generated data of the same shape.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Set an earlier run aside and start anew.")]
Expect = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIGURE>=NUMBER",
        help="Exit with 1 unless it holds, e.g. 'test.accuracy>=0.97'; may be repeated.",
    ),
]
Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="The experiment's YAML file.")]
