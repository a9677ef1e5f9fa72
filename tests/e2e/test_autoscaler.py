"""The autoscaler against the real Prometheus: all questions at once, for each waits for something most of the time."""
import re
import time

import pytest

from autoscaled_apps import ASKED, FAULTS, PER_POD, POLL
from autoscaler_story import Story, seconds
from cluster import figure, until
from demo import apps as demo
from demo.load import Load
from installation import APP_IMAGES

# Seconds between two ticks, which are told by the whole second: less than five are between them, and no load is shorter.
MAY_STAND_STILL = 4
# The counts that each app goes through, from what it was made with.
COUNTS = {
    "step": [1, 3, 4, 1],  # Two pods within 3 s at most; down only after 5 s.
    "two-metrics": [2, 3, 2, 1],  # The most demanding one counts; the 2 are held while one of them says nothing.
    "schedule": [1, 2, 3],
    "panic": [1, 5, 1],
    "zero": [1, 0, 2, 1, 0],
    "dry-run": [1],
    "paused": [1],
    "never-down": [1, 3],
    "never-up": [3, 1],
    "outage": [2, 1],
    "rolling": [4],
    "scraped": [1, 3],
    **{f"fault-{fault}": [2, 1] for fault in FAULTS},
}


def tell(told, kube):
    try:
        told.begin()
        told.sleep_until(told.t0)
        told.misbehave()
        until(30, "the rolling app runs", lambda: told.status("rolling").get("availableReplicas") == 4)
        demo.set_image(kube, "rolling", APP_IMAGES[2])
        until(30, "a pod to ask", lambda: told.status("scraped").get("availableReplicas") == 1)
        assert Load(kube, "asked", kube.service_url("scraped"), 100, requests=ASKED).start().result()["failed"] == 0
        told.behave()
        told.sleep_until(told.t0 + 20)
        until(40, "what was scraped counts", lambda: told.status("scraped").get("desiredReplicas") == 3)
        until(40, "the rollout is over", lambda: told.status("rolling").get("phase") == "Healthy"
              and told.status("rolling")["updatedReplicas"] == 4)
        until(40, "all is known", lambda: told.all_metrics_are("True"))

        told.scale_prometheus(0)
        until(30, "nothing is known", lambda: told.all_metrics_are("False"))
        # Half as many pods would do, if only somebody knew.
        told.patch("outage", "/spec/autoscaling/metrics/0/target/value", 2 * PER_POD)
        time.sleep(3)
        told.held = {app: told.status(app).get("desiredReplicas") for app in told.apps}
        told.scale_prometheus(1)
        until(60, "all is known again", lambda: told.all_metrics_are("True", apart=["scraped"]))
        until(10, "the pod that was too many goes", lambda: told.status("outage")["desiredReplicas"] == 1)
        told.sleep_until(told.turn)
        until(15, "the schedule has turned", lambda: told.status("schedule")["desiredReplicas"] == 3)
    finally:
        told.end()


@pytest.fixture(scope="module")
def story(operator, kube):
    """Its loads last some seconds. Where the machine stands still for as long, or has no time for the operator, nobody saw
    them: it is told again."""
    for left in (2, 1, 0):
        began = time.monotonic()
        told, failure = Story(operator, kube, APP_IMAGES), None
        try:
            tell(told, kube)
        except AssertionError as error:
            failure = error
            told.scale_prometheus(1)
        pause, app = told.longest_pause()
        if pause <= MAY_STAND_STILL and not failure:
            figure(f"{len(told.apps)} apps autoscaled by the real Prometheus: {time.monotonic() - began:.0f} s")
            return told
        if pause <= MAY_STAND_STILL or not left:
            raise failure or AssertionError(f"nobody looked at {app} for {pause:.0f} s, and as long the times before: the "
                                            "operator is too slow, or the machine")
        figure(f"nobody looked at {app} for {pause:.0f} s: the story of the autoscaler is told again")
        told.clear()
    return None


@pytest.mark.parametrize("app", COUNTS)
def test_the_counts_are_these(story, app):
    assert story.counts(app) == COUNTS[app], story.summary(app)
    last = story.witness.seen[-1][app]
    assert last["status"]["desiredReplicas"] == last["wanted"] == COUNTS[app][-1]


def times_of(story, app):
    """When each count came: [(seconds after t0, count)]."""
    return [(tick["at"] - story.t0, tick["result"]) for tick in story.ticks(app) if tick["result"] != tick["current"]]


def test_windows_and_limits_are_kept_to_the_second(story):
    gaps = [b["at"] - a["at"] for a, b in zip(story.ticks("step"), story.ticks("step")[1:])]
    late = max(gaps)  # The machine may be busy; the rules are not to be early for that.
    (three, _), (four, _), (one, _) = times_of(story, "step")
    assert 0 <= three <= 1 + late
    assert 3 <= four - three <= 3 + late, "two pods in 3 s"
    assert 12 + 5 - late <= one <= 12 + 5 + 1 + late, "the last of four asked for was 5 s ago"
    (up, _), (down, _) = times_of(story, "panic")
    assert up >= 0 and down - up >= 5, "it does not fall before 5 s of calm"
    at = {count: story.t0 + at for at, count in times_of(story, "schedule")}
    assert story.turn <= at[3] <= story.turn + 1 + late


def test_missing_data_never_lowers(story):
    for app in story.apps:
        ticks = story.ticks(app)
        unknown = [tick for tick in ticks if None in tick["samples"].values()]
        assert unknown, f"{app} lived through the outage"
        lowered = [tick for tick in unknown if tick["result"] < tick["current"]]
        assert lowered == [], app
    before = {**{app: counts[-1] for app, counts in COUNTS.items()}, "outage": 2, "schedule": story.held["schedule"]}
    assert story.held == before, "without Prometheus; only a schedule needs none"


@pytest.mark.parametrize("fault", FAULTS)
def test_the_condition_says_what_is_wrong(story, fault):
    reason, words = FAULTS[fault]
    said = story.conditions(f"fault-{fault}")
    wrong = [one for one in said if one[0] == "False"]
    assert wrong and wrong[0][1] == reason and words in wrong[0][2], said
    assert said[0][0] == said[-1][0] == "True"


def test_conditions_of_the_others(story):
    reasons = [reason for status, reason, _ in story.conditions("two-metrics") if status == "False"]
    assert reasons[0] == "NoData"
    assert story.conditions("step")[-2][:2] == ("False", "PrometheusUnreachable")
    assert story.conditions("dry-run", "ScalingActive")[-1][:2] == ("False", "DryRun")
    assert story.conditions("paused", "ScalingActive")[-1][:2] == ("False", "Paused")
    steps = story.status("dry-run")["autoscaling"]["lastDecision"]["steps"]
    assert steps[0]["to"] == 4 and steps[-1]["step"] == "mode", "what it would do is said"


def test_a_rollout_inflates_nothing(story):
    """Surging and ending pods beside a load that the four just carry: systems that counted them have ended at twice the pods."""
    most = max(look["rolling"]["wanted"] or 0 for look in story.witness.seen if "rolling" in look)
    assert most == 6, "the surge was there"
    assert {tick["current"] for tick in story.ticks("rolling")} == {tick["result"] for tick in story.ticks("rolling")} == {4}
    assert {look["rolling"]["status"].get("desiredReplicas", 4) for look in story.witness.seen if "rolling" in look} == {4}


# DryRun and Paused are simulated as if they were Active, which is what one wants to know; a panic's samples are not logged, and
# the spec of `outage` was edited.
REPLAYED = [app for app in COUNTS if app not in ("dry-run", "paused", "panic", "outage")]


@pytest.mark.parametrize("app", REPLAYED)
def test_simulate_decides_what_the_operator_did_tick_for_tick(story, app, tmp_path):
    ticks = story.ticks(app)
    load = []
    for name in ticks[0]["samples"]:
        file = tmp_path / f"{name}.csv"
        values = ("" if tick["samples"][name] is None else repr(tick["samples"][name]) for tick in ticks)
        file.write_text("".join(f"{tick['at']:.0f},{value}\n" for tick, value in zip(ticks, values)))
        load += ["--samples", f"{name}={file}"]
    assert story.simulated(app, tmp_path, *load, "--at-samples") == [(tick["at"], tick["result"]) for tick in ticks]


@pytest.mark.parametrize("app", ["step", "two-metrics", "panic", "zero", "schedule", "never-down", "never-up", "rolling"])
def test_simulate_asks_prometheus_for_the_same_load(story, app, tmp_path):
    """The server is asked at other moments of the second than the operator asked it: the same changes, within a tick."""
    ticks = [tick for tick in story.ticks(app) if tick["at"] < story.t0 + 22 or app == "schedule"]
    late = max(b["at"] - a["at"] for a, b in zip(ticks, ticks[1:]))
    span = ["--from", f"{ticks[0]['at']:.0f}", "--to", f"{ticks[-1]['at']:.0f}"]
    simulated = story.simulated(app, tmp_path, "--prometheus", story.prometheus, *span)
    assert len(simulated) == ticks[-1]["at"] - ticks[0]["at"] + 1

    def changes(series):
        return [pair for before, pair in zip([(0, ticks[0]["current"]), *series], series) if pair[1] != before[1]]
    ours, theirs = changes(simulated), changes([(tick["at"], tick["result"]) for tick in ticks])
    assert [count for _, count in ours] == [count for _, count in theirs]
    assert all(abs(a - b) <= POLL + late for (a, _), (b, _) in zip(ours, theirs)), (ours, theirs)


def test_each_change_is_told_once(story):
    """One log line, one Event, and the metrics say the same."""
    events = story.kube.json(f"/apis/events.k8s.io/v1/namespaces/{story.kube.namespace}/events")["items"]
    for app, counts in COUNTS.items():
        said = [(line["from"], line["to"]) for line in story.lines("scaled", app)]
        assert said == list(zip(counts, counts[1:])), app
        told = [event for event in events if event["regarding"]["name"] == app and event["reason"].startswith("Scaled")
                and seconds(event["metadata"]["creationTimestamp"]) >= story.began]
        assert sum(event.get("series", {}).get("count", 1) for event in told) == len(said), app
        labels = rf'\{{(?=[^}}]*app="{app}")(?=[^}}]*namespace="{story.kube.namespace}")[^}}]*\}}'
        assert re.search(rf"^tidewright_desired_replicas{labels} {counts[-1]}$", story.metrics, re.M), app
    values = re.findall(r'^tidewright_metric_value\{[^}]*app="two-metrics"[^}]*\} (\S+)$', story.metrics, re.M)
    assert sorted(values) == ["10", "10"]
