"""What the CRD's schema keeps, without an operator that would write into it."""
import json
from pathlib import Path

STATUS = Path(__file__).parent / "whole_status.json"


def test_status_is_stored_whole(ns):
    """What the schema does not know is pruned without a word: every field that the operator writes must come back."""
    ns.apply({"apiVersion": "tidewright.dev/v1alpha1", "kind": "ScaledApp", "metadata": {"name": "whole"},
              "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "x"}]}}}})
    ns.kubectl("patch", "sapp", "whole", "--subresource=status", "--type=merge", "--patch-file", STATUS)
    assert ns.status("whole") == json.loads(STATUS.read_text())["status"]
