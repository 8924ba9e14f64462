"""Applies the rules of retention every now and then, and logs what was done. Used by the service."""

import time

from emergescope import logs
from emergescope.service.notifications import Notifications
from emergescope.service.records import now
from emergescope.store import RetentionStore, Rules, Store

EVERY = 300.0  # seconds

_log = logs.get(__name__)


class RetentionJob:
    """Rules that keep everything ask for nothing."""

    def __init__(self, store: Store, rules: Rules, notifications: Notifications) -> None:
        self._retention = RetentionStore(store)
        self._rules = rules
        self._notifications = notifications
        self._next = 0.0

    def when_due(self) -> None:
        """Thin films if it is time again."""
        if self._rules == Rules() or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        outcome = self._retention.apply(self._rules, now())
        for thinning in outcome.thinnings:
            _log.info("film thinned", run=thinning.run_id, rule=thinning.rule, freed=thinning.freed)
            self._notifications.changed(thinning.run_id)
        if outcome.warning is not None:
            _log.warning("the rules of retention cannot be kept", reason=outcome.warning)
