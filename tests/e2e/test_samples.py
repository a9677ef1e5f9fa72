"""Every sample does something when it is applied: it is taken, looked at, and what is not acted on yet says so."""
import pytest
import yaml

from cluster import until
from installation import with_our_image
from demo import apps

SAMPLES = sorted(apps.SAMPLES.glob("*.yaml"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_sample_is_applied_and_answered(sample, operator, namespace):
    text = sample.read_text()
    name = next(one for one in yaml.safe_load_all(text) if one["kind"] == "ScaledApp")["metadata"]["name"]
    if "image: docker.io/tidewright/app:" in text:
        text = with_our_image(text)
    operator.kubectl("-n", namespace, "apply", "--server-side", "-f", "-", stdin=text)

    def answered():
        app = operator.get("-n", namespace, "sapp", name)
        status = app.get("status", {})
        return status.get("observedGeneration") == app["metadata"]["generation"] and status.get("conditions") and status

    status = until(60, f"{name} is looked at", answered)
    conditions = {one["type"]: one for one in status["conditions"]}
    assert conditions["Ready"]["message"], "a condition without a sentence helps nobody"
    valid = conditions.get("Valid", {"status": "True"})
    assert valid["status"] == "True" or valid["message"]
    # The node is small: what one sample took, the next may have.
    operator.kubectl("-n", namespace, "delete", "--wait=false", "-f", "-", stdin=text)
