#!/usr/bin/python3
"""Makes manifests/install.yaml of the kustomize bases beside it.

    scripts/generate-manifests.py            write it
    scripts/generate-manifests.py --check    change nothing; exit 1 if it is out of date

Run scripts/generate-crd.py first when the CRD has changed. Needs Debian's python3-yaml.
"""
import pathlib
import sys

import yaml

MANIFESTS = pathlib.Path(__file__).resolve().parent.parent / "manifests"
INSTALL = MANIFESTS / "install.yaml"
# The namespace and the CRD first: what follows needs them.
BEFORE_ALL = ["operator/namespace.yaml"]


def bases():
    """The files that the kustomize bases list, in an order in which one apply succeeds."""
    listed = [f"{base}/{name}" for base in yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())["resources"]
              for name in yaml.safe_load((MANIFESTS / base / "kustomization.yaml").read_text())["resources"]]
    last = [name for name in listed if name == "operator/deployment.yaml"]
    between = [name for name in listed if name not in BEFORE_ALL + last]
    return BEFORE_ALL + between + last


def main():
    parts = [(MANIFESTS / name).read_text().strip() for name in bases()]
    wanted = "# Made by scripts/generate-manifests.py of manifests/{crds,rbac,operator}; edit those.\n" + "\n---\n".join(
        parts) + "\n"
    if INSTALL.exists() and INSTALL.read_text() == wanted:
        return
    if "--check" in sys.argv[1:]:
        sys.exit("out of date: manifests/install.yaml; run scripts/generate-manifests.py and commit what it writes")
    INSTALL.write_text(wanted)


if __name__ == "__main__":
    main()
