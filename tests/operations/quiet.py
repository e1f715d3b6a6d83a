"""A phase's context without an engine behind it: for tests of what phases work with."""

from studio.core.ports import load


class QuietContext:
    def __init__(self, operation=None):
        self.operation = operation
        self.attempt = 1
        self.key = f"{operation.pk if operation else 'none'}/phase"
        self.told = []
        self.checkpoints = {}

    def checkpoint_of(self, phase):
        return self.checkpoints.get(phase, {})

    def save(self, **values):
        self.checkpoints.setdefault("phase", {}).update(values)

    def decide(self, **values):
        self.save(**values)

    def log(self, line):
        self.told.append({"type": "log", "message": line})

    def emit(self, event_type, *payloads, also=None):
        self.told += [{"type": event_type, **payload} for payload in payloads]
        if also is not None:
            also()

    def progress(self, message=""):
        pass

    def should_stop(self):
        return False

    def run(self, spec, *, timeout_seconds):
        return load("ORCHARD_SANDBOX").run(spec, timeout_seconds=timeout_seconds, on_line=self.log)
