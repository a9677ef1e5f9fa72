"""Tidewright as built from this checkout: its images, and manifests that name them.

As a program it builds all that the tests here need, so that they find it built."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cluster import ROOT, SCRIPTS, run  # noqa: E402  (the path comes first)

# As the cluster's name: another checkout's tests must not find their images replaced.
TAG = os.environ.get("TIDEWRIGHT_CLUSTER", "") + "e2e"
OPERATOR_IMAGE = f"docker.io/tidewright/operator:{TAG}"
# The reference app, twice: what /version answers tells them apart.
APP_IMAGES = {version: f"docker.io/tidewright/app:{version}-{TAG}" for version in (1, 2)}


def build_images():
    run(SCRIPTS / "image.sh", "build", "operator", "--tag", OPERATOR_IMAGE, timeout=1800)
    for version, image in APP_IMAGES.items():
        run(SCRIPTS / "image.sh", "build", "app", "--tag", image, "--build-arg", f"APP_VERSION={version}", timeout=1800)


def load_images(cluster):
    build_images()
    cluster.script("load", OPERATOR_IMAGE, *APP_IMAGES.values())


def installed_manifest():
    """manifests/install.yaml with the image built here, and a log that tells every decision."""
    text = (ROOT / "manifests" / "install.yaml").read_text()
    released = "docker.io/tidewright/operator:0.1.0"
    assert released in text
    plain = "- --log-format=json\n"
    assert plain in text
    return text.replace(released, OPERATOR_IMAGE).replace(plain, plain + " " * 8 + "- --log-level=debug\n")


def with_our_image(text):
    """A sample or a demo app with the image built here."""
    released = "docker.io/tidewright/app:0.1.0"
    assert released in text
    return text.replace(released, APP_IMAGES[1])


def openload():
    """The load generator, optimised: with sanitizers it would be slower than what it loads."""
    run("cmake", "--preset", "release", "-DTIDEWRIGHT_TESTS=OFF", "-S", ROOT)
    run("cmake", "--build", ROOT / "build" / "release", "--target", "openload", timeout=1200)
    return ROOT / "build" / "release" / "tests" / "load" / "openload"


if __name__ == "__main__":
    build_images()
    openload()
