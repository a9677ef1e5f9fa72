"""No request fails while pods end, whatever ends them; and each thing that Tidewright and the app do for it, left out, is missed.

The short form runs each kind of change and each control once. The long one (scripts/test.sh proof) is the proof of the claim:
0 of 300 000 requests over 300 terminations bounds the rate of failures below 1e-5 at 95 %. TIDEWRIGHT_PROOF_SCALE shortens it.
"""
import os

import pytest

from cluster import figure
from demo.load import failures
from zero_failures import arms, changes
from zero_failures.run import Plan, Run

PROOF = bool(os.environ.get("TIDEWRIGHT_PROOF"))
SCALE = float(os.environ.get("TIDEWRIGHT_PROOF_SCALE", "1"))
if PROOF:
    # So many long ones that a pod has more of them than the other arms could have requests in it, which is how they are counted.
    PLAN = Plan(seconds=round(800 * SCALE), replicas=4, rates={"new": 33, "kept": 33, "long": 16}, every=min(40, 200 * SCALE))
    LEAST = {"requests": 300_000 * SCALE, "terminations": 300 * SCALE, "long": 20_000 * SCALE, "with long": 50 * SCALE}
else:
    PLAN = Plan(seconds=40, replicas=2, rates={"new": 25, "kept": 25, "long": 6})
    # One change of each kind.
    LEAST = {"requests": 10_000, "terminations": 6 * 2, "long": 1_000, "with long": 1}

pytestmark = pytest.mark.proof(short=True)


@pytest.fixture(scope="module")
def ran(kube):
    return Run(kube, PLAN)()


@pytest.mark.parametrize("kind", changes.KINDS)
def test_no_request_fails(ran, kind):
    reports, ended = ran.reports[kind], ran.terminations
    said = ", ".join(f"{arm} {report['failed']} of {report['requests']} failed" for arm, report in reports.items())
    figure(f"{kind:<10} {said}; {ended.ended[kind]} terminations in {ran.changes[kind]} changes, {ended.with_long[kind]} of them "
           f"with long requests in flight ({ended.long[kind]})")
    for arm, report in reports.items():
        assert report["failed"] == 0, f"{arm}: {failures(report)}"
    assert ended.ended[kind] >= PLAN.replicas
    if kind in ("rolling", "canary", "blue-green"):
        assert set(reports["new"]["versions"]) == {"1", "2"}


def test_it_was_enough_to_tell(ran):
    assert ran.terminations.broken is None
    totals = {arm: sum(of_kind[arm]["requests"] for of_kind in ran.reports.values()) for arm in arms.ARMS}
    failed = sum(report["failed"] for of_kind in ran.reports.values() for report in of_kind.values())
    ended, with_long = (sum(counts[kind] for kind in changes.KINDS) for counts in (ran.terminations.ended, ran.terminations.with_long))
    figure(f"{'all':<10} {failed} of {sum(totals.values())} requests failed ({', '.join(f'{n} {arm}' for arm, n in totals.items())}) "
           f"over {ended} terminations, {with_long} of them with long requests in flight")
    assert sum(totals.values()) >= LEAST["requests"]
    assert ended >= LEAST["terminations"]
    assert totals["long"] >= LEAST["long"]
    assert with_long >= LEAST["with long"]


def test_the_bounds_hold(ran):
    """At every event of the two kinds whose count stays and whose pods nobody takes away."""
    assert ran.watchers == {"rolling": [], "restart": []}


@pytest.mark.parametrize("name", changes.CONTROLS)
def test_what_is_left_out_is_missed(ran, name):
    """The negative controls: without them the tests above could not be told from some that see nothing."""
    control = ran.controls[name]
    figure(f"{name}: {control['failed']} of {control['requests']} failed ({control['arm']}) over {control['terminations']} terminations")
    assert control["failed"] > 0
