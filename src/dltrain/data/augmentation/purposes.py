"""What the random numbers of an image or a sound decide; a run's numbers never change their meaning."""

from enum import IntEnum


class ImagePurpose(IntEnum):
    """What a random number decides; the last counts on for each further number of a field."""

    FLIP = 0
    CROP_ROWS = 1
    CROP_COLUMNS = 2
    TRANSLATE_ROWS = 3
    TRANSLATE_COLUMNS = 4
    ROTATE = 5
    SCALE = 6
    SHEAR = 7
    CUTOUT_ROW = 8
    CUTOUT_COLUMN = 9
    MIX = 10
    MIX_KIND = 11
    CUTMIX_ROW = 12
    CUTMIX_COLUMN = 13
    ELASTIC = 14


class AudioPurpose(IntEnum):
    """What a random number decides; four, from the width of time masks, count on for each further mask."""

    TIME_SHIFT = 0
    IS_NOISY = 1
    NOISE_GAIN = 2
    NOISE = 3
    TIME_MASK_WIDTH = 4
    TIME_MASK_START = 5
    FREQUENCY_MASK_WIDTH = 6
    FREQUENCY_MASK_START = 7
    STRETCH = 1_000_000  # beyond any number of masks
    MEL_SHIFT = 1_000_001
    VOLUME = 1_000_002
    MIX = 1_000_003
