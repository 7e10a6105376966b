"""What a run can be refused for. Every message names what is wrong and what to do."""


class Refused(ValueError):
    """The base of them all: launchers print it as one line, without a traceback."""


class ConfigError(Refused):
    """A config that cannot be run."""


class DataError(Refused):
    """A data set that is missing, unreadable or lacks what was asked of it."""


class DeviceError(Refused):
    """Devices that cannot be laid out as asked."""


class WorkdirError(Refused):
    """A folder that holds no run, or another run."""


class CheckpointError(Refused):
    """No checkpoint, or one that does not fit."""
