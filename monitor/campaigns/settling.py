"""Records of one object may come ten minutes out of order: what is told at once is provisional, then settled.

A ``Settling`` keeps what an object was before its latest records, and these. Once nothing earlier can come
they are applied in order of event time (then of record), and the outcome replaces what was known, so that a
closed campaign does not depend on the order of arrival. Where records came in order there is nothing to do.
Records of one second in another order than their names' are out of order only where something stirred.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from monitor.campaigns import life
from monitor.campaigns.packing import pack, unpack
from monitor.campaigns.port import CampaignRevision, Sighting
from monitor.campaigns.watch import Watch, Watching
from monitor.campaigns.window import LATENESS_MS

MAX_RECORDS = 3_000
"""Of one object at once; with more within ten minutes the order of the earliest is left as it came."""


class Settling(msgspec.Struct, gc=False):
    """``base`` is the object before ``log``, its sightings since, as they came; packed where it lay packed.

    ``mark`` is the object before the sighting number ``marked`` of the log: a base to come, once nothing as
    old as ``marked_at``, the newest until then, can come any more. Neither changes, so they lie packed once
    they were written.
    """

    base: Watch | bytes
    log: list[Sighting] = []
    newest: int = 0
    late: bool = False
    tied: bool = False
    mark: Watch | bytes | None = None
    marked: int = 0
    marked_at: int = 0

    def note(self, sighting: Sighting) -> None:
        """Remember a sighting before it is applied."""
        log = self.log
        if sighting.at > self.newest:
            self.newest = sighting.at
        elif log and sighting.at < self.newest:
            self.late = True
        elif log and sighting.at == log[-1].at and sighting.record < log[-1].record:
            self.tied = True
        log.append(sighting)

    def pack(self) -> None:
        """Let what the object was before lie packed from now on."""
        if isinstance(self.base, Watch):
            self.base = pack(self.base)
        if isinstance(self.mark, Watch):
            self.mark = pack(self.mark)

    def is_disordered(self, watch: Watch) -> bool:
        """Whether another order of the log may have another outcome."""
        return self.late or (self.tied and (watch.stirred or watch.campaign is not None))


def proceed(settling: Settling, watch: Watch, watching: Watching) -> list[CampaignRevision]:
    """Settle what is older than the lateness allowed, on an object that is written about all the time."""
    log = settling.log
    newest = settling.newest
    if settling.mark is None:
        if newest - log[0].at > LATENESS_MS or len(log) >= MAX_RECORDS // 2:
            settling.mark, settling.marked, settling.marked_at = watch.copy(), len(log), newest
        return []
    if newest - settling.marked_at <= LATENESS_MS and len(log) < MAX_RECORDS:
        return []
    if not settling.is_disordered(watch):
        settling.base, settling.log = settling.mark, log[settling.marked :]
        settling.mark, settling.marked = None, 0
        return []
    ordered = sorted(log, key=_moment)
    cut = next((at for at, one in enumerate(ordered) if one.at >= newest - LATENESS_MS), len(ordered))
    cut = max(cut, len(ordered) - MAX_RECORDS // 2)
    base = settling.base = _opened(settling.base)
    lasting = base.campaign is not None
    _replay(base, ordered[:cut], watching)
    quiet = watch.campaign is None and base.campaign is None and not lasting
    settling.log, settling.mark, settling.marked = ordered[cut:], None, 0
    if quiet:
        # What is told at once need not be right yet, so that only the settled part is seen again.
        return []
    settled = base.copy()
    _replay(settled, settling.log, watching)
    settling.late = settling.tied = False
    return adopt(watch, settled, lasting)


def finish(settling: Settling, watch: Watch, watching: Watching) -> list[CampaignRevision]:
    """Settle a disordered object wholly: nothing earlier can come any more."""
    base = _opened(settling.base)
    lasting = base.campaign is not None
    _replay(base, sorted(settling.log, key=_moment), watching)
    return adopt(watch, base, lasting)


def adopt(watch: Watch, settled: Watch, lasting: bool) -> list[CampaignRevision]:
    """Let ``watch`` be what is settled; the revision that corrects what was told, if any.

    A campaign keeps the id it was told under. One that the order of event time does not bear out ends without
    a member; one that was open before (``lasting``) ends as it is.
    """
    told, campaign = watch.campaign, settled.campaign
    watch.window, watch.campaign = settled.window, campaign
    if told is None:
        return [] if campaign is None else [life.announce(campaign, watch.window, watch.ended)]
    if campaign is None:
        window = watch.window
        revision = life.tell(told, window, "closed") if lasting else life.withdraw(told, window)
        watch.end(revision.id, revision.revision)
        return [revision]
    return life.correct(campaign, told, watch.window)


def _opened(before: Watch | bytes) -> Watch:
    return unpack(before) if isinstance(before, bytes) else before


def _replay(watch: Watch, sightings: Iterable[Sighting], watching: Watching) -> None:
    for sighting in sightings:
        watching.see(watch, sighting)


def _moment(sighting: Sighting) -> tuple[int, str]:
    return sighting.at, sighting.record
