"""The demo's ScaledApps: written out with the images of this checkout, so that a person can apply the same files."""
import os
import pathlib

from . import narration
from .access import ROOT, Kube

OURS = pathlib.Path(__file__).resolve().parent / "apps"
SAMPLES = ROOT / "manifests" / "samples"
RENDERED = ROOT / "build" / "demo"
SAMPLE_IMAGE = "docker.io/tidewright/app:0.1.0"


def image(version):
    """The reference app's image that says it is version 1 or 2."""
    return os.environ[f"TIDEWRIGHT_APP_IMAGE_{version}"]


def apply(kube: Kube, source: pathlib.Path):
    """Applies one of the demo's or the samples' files with version 1 of the image."""
    RENDERED.mkdir(parents=True, exist_ok=True)
    written = RENDERED / source.name
    written.write_text(source.read_text().replace(SAMPLE_IMAGE, image(1)))
    kube.in_namespace("apply", "--server-side", "--force-conflicts", "-f", written.relative_to(ROOT))


def is_settled(kube: Kube, name, replicas):
    """That many pods of the app, all of one revision, are ready, and nothing is on its way."""
    app = kube.app(name)
    status = app.get("status", {})
    return (status.get("observedGeneration") == app["metadata"]["generation"] and status.get("phase") == "Healthy"
            and status.get("replicas") == status.get("availableReplicas") == status.get("updatedReplicas") == replicas
            and len(kube.pods(name)) == replicas)


def wait_ready(kube: Kube, name, replicas, seconds=90):
    narration.until(seconds, f"{name} has {replicas} pods ready and is Healthy", lambda: is_settled(kube, name, replicas))


def set_image(kube: Kube, name, value):
    """As a person would: a change of one field."""
    patch = f'[{{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "{value}"}}]'
    kube.in_namespace("patch", f"sapp/{name}", "--type=json", "-p", patch)


def delete(kube: Kube, *names):
    """Away with them; their pods end by themselves while the demo goes on."""
    kube.in_namespace("delete", "sapp", *names, "--ignore-not-found", "--wait=false")
