"""What the random numbers of an image decide; a run's numbers never change their meaning."""

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
