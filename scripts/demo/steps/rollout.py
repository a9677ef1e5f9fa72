"""rollout: images change under load, again and again, and no request fails; a careless app shows that some could have."""
import itertools

from .. import apps, narration
from ..access import Kube, condition
from ..board import Board
from ..invariants import Watcher
from ..load import Load, failures

REQUESTS = 20_000  # in each arm
SHARE = 0.6  # of the capacity, both arms together
REPLICAS, SURGE = 4, 1  # 25 % of 4


def run(kube: Kube):
    apps.apply(kube, apps.OURS / "rollout.yaml")
    apps.apply(kube, apps.OURS / "careless.yaml")
    apps.wait_ready(kube, "rollout", REPLICAS)
    apps.wait_ready(kube, "careless", 2)

    url = kube.service_url("rollout")
    capacity = Load(kube, "capacity", url, "max", seconds=4, concurrency=32).start().result()["okPerSecond"]
    rate = round(capacity * SHARE / 2)
    narration.say(f"  four pods serve {capacity:.0f} requests/s; {SHARE:.0%} of that is the load, half of it on kept connections")

    watcher = Watcher(kube, "rollout", REPLICAS, SURGE, 0).start()
    arms = [Load(kube, "new", url, rate, requests=REQUESTS).start(),
            Load(kube, "kept", url, rate, "keep-alive", requests=REQUESTS, pool=20).start()]
    changes = 0
    with Board(kube, "rollout", loads=arms):
        for version in itertools.cycle([2, 1]):
            apps.set_image(kube, "rollout", apps.image(version))
            apps.wait_ready(kube, "rollout", REPLICAS, seconds=120)
            changes += 1
            if not all(arm.running for arm in arms):
                break
        reports = [arm.result() for arm in arms]
    broken = watcher.stop()
    careless = careless_fails(kube, rate)
    apps.delete(kube, "rollout", "careless")

    for arm, report in zip(arms, reports):
        narration.require(report["failed"] == 0, f"{arm.name} connections: {report['failed']} of {report['requests']} failed "
                                                 f"({failures(report)})")
        narration.require(set(report["versions"]) == {"1", "2"}, f"only these versions answered: {report['versions']}")
    narration.require(not broken, f"broken at {len(broken)} of {watcher.events} events: {'; '.join(broken[:3])}")
    narration.require(careless["failed"] > 0, "the careless app lost no request either, so this proves nothing")
    total = sum(report["requests"] for report in reports)
    return (f"0 of {total} failed over {changes} image changes at {SHARE:.0%} of capacity ({2 * rate}/s); never fewer than "
            f"{watcher.least_available} available nor more than {watcher.most_wanted} wanted at {watcher.events} events; "
            f"without readiness, preStop and drain {careless['failed']} of {careless['requests']} failed")


def careless_fails(kube: Kube, rate):
    """The negative control."""
    warning = condition(kube.app("careless"), "ZeroDowntime")
    narration.say(f"  and an app without all this, of which Tidewright says: {warning.get('message', 'nothing')}")
    load = Load(kube, "careless", kube.service_url("careless"), min(rate, 100), seconds=15).start()
    with Board(kube, "careless", loads=[load]):
        apps.set_image(kube, "careless", apps.image(2))
        return load.result()
