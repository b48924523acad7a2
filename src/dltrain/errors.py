"""The exceptions a user can meet; none of them ever shows a traceback.

DltrainError
├── UserError         exit code 2: arguments, config, data, a named run or checkpoint
│   ├── ConfigError   every mistake of a config at once (see dltrain.config.mistakes)
│   ├── DataError     data that is missing or damaged
│   └── CheckpointError  a checkpoint that is damaged, foreign or absent
└── RunError          exit code 1: the run itself failed, or a check found something
    └── DivergedError    the loss or a gradient stopped being a number
"""


class DltrainError(Exception):
    """A failure with a message meant for the person who typed the command.

    Attributes:
        exit_code: what the process returns for it.
    """

    exit_code = 1


class UserError(DltrainError):
    """Something the user can change: arguments, config, data, a path."""

    exit_code = 2


class DataError(UserError):
    """The data a config names is missing, incomplete or damaged."""


class CheckpointError(UserError):
    """The checkpoint or run directory is damaged, foreign or not there."""


class RunError(DltrainError):
    """The run failed, or a check such as ``--expect`` did not hold."""


class DivergedError(RunError):
    """The loss or a gradient is no longer finite."""
