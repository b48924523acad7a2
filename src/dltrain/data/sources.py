"""Where each dataset comes from: original files, version, terms of use. No TensorFlow, no NumPy.

The facts are written here so that `dltrain data list` is instant; a test holds them against
what tensorflow-datasets itself knows.
"""

from dataclasses import dataclass
from pathlib import Path

from dltrain.runs.files import sha256_of


@dataclass(frozen=True)
class Original:
    """A file as its authors published it.

    Attributes:
        url: where it is.
        size: in bytes.
        sha256: the sum of its content, in hexadecimal.
    """

    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a dataset comes from.

    Attributes:
        folder: where it lies below the data directory once it is prepared,
            ``<tfds name>/[config/]<version>``; empty for a set that something else carries.
        comes_with: the installed package that carries it; empty for one to download.
        originals: what has to be downloaded to prepare it.
        licence: under which terms it may be used.
        citation: whom to name.
    """

    folder: str = ""
    comes_with: str = ""
    originals: tuple[Original, ...] = ()
    licence: str
    citation: str

    @property
    def is_embedded(self) -> bool:
        """Whether it comes with a package, so that nothing has to be downloaded."""
        return bool(self.comes_with)

    @property
    def tfds_name(self) -> str:
        """Its name in tensorflow-datasets; empty for an embedded set."""
        return self.folder.split("/")[0]

    @property
    def version(self) -> str | None:
        """Its version in tensorflow-datasets."""
        return self.folder.rsplit("/", 1)[-1] or None


def manual_folder(data_dir: Path) -> Path:
    """Where originals brought by hand lie, by TFDS's own convention."""
    return data_dir / "downloads" / "manual"


def is_whole(file: Path, size: int, sha256: str) -> bool:
    """Whether a file is there with this size in bytes and this sum; reads all of it."""
    return has_size(file, size) and sha256_of(file) == sha256


def has_size(file: Path, size: int) -> bool:
    """Whether a file is there with this size in bytes."""
    try:
        return file.is_file() and file.stat().st_size == size
    except OSError:  # a folder that may not be looked into
        return False


_MNIST = "https://storage.googleapis.com/cvdf-datasets/mnist"
_SPEECH = "http://download.tensorflow.org/data"

SOURCES: dict[str, Source] = {
    "digits": Source(
        comes_with="scikit-learn",
        licence="CC BY 4.0 (UCI Machine Learning Repository)",
        citation="Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits",
    ),
    "mnist": Source(
        folder="mnist/3.0.1",
        originals=(
            Original(
                f"{_MNIST}/t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            Original(
                f"{_MNIST}/t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
            Original(
                f"{_MNIST}/train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            Original(
                f"{_MNIST}/train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
        ),
        licence="CC BY-SA 3.0, as usually given",
        citation="LeCun, Cortes and Burges (1998), The MNIST database of handwritten digits",
    ),
    "cifar10": Source(
        folder="cifar10/3.0.2",
        originals=(
            Original(
                "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                170_052_171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
        licence="free to use with citation",
        citation="Krizhevsky (2009), Learning multiple layers of features from tiny images",
    ),
    "imdb": Source(
        folder="imdb_reviews/plain_text/1.0.0",
        originals=(
            Original(
                "http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
                84_125_825,
                "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
            ),
        ),
        licence="for research, with citation; the reviews may not be published again",
        citation="Maas et al. (2011), Learning Word Vectors for Sentiment Analysis",
    ),
    "speech_commands": Source(
        folder="speech_commands/0.0.3",
        originals=(
            Original(
                f"{_SPEECH}/speech_commands_test_set_v0.02.tar.gz",
                112_563_277,
                "cc2a00c1147c2254e9be3fa0f779d8c17421dc349b86366567a8edfa9acd51df",
            ),
            Original(
                f"{_SPEECH}/speech_commands_v0.02.tar.gz",
                2_428_923_189,
                "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
            ),
        ),
        licence="CC BY 4.0",
        citation="Warden (2018), Speech Commands: A Dataset for Limited-Vocabulary Speech "
        "Recognition, arXiv:1804.03209",
    ),
    "breast_cancer": Source(
        comes_with="scikit-learn",
        licence="CC BY 4.0 (UCI Machine Learning Repository)",
        citation="Wolberg, Mangasarian, Street and Street (1995), Breast Cancer Wisconsin "
        "(Diagnostic)",
    ),
    "diabetes": Source(
        comes_with="scikit-learn",
        licence="published with the paper, no licence stated; with citation",
        citation="Efron, Hastie, Johnstone and Tibshirani (2004), Least Angle Regression",
    ),
    "xor": Source(
        comes_with="dltrain",
        licence="none needed: it is a truth table",
        citation="Minsky and Papert (1969), Perceptrons",
    ),
}
