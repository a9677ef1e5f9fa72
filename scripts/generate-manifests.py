#!/usr/bin/python3
"""Makes manifests/install.yaml of the files that manifests/kustomization.yaml lists, in its order.

    scripts/generate-manifests.py            write it
    scripts/generate-manifests.py --check    change nothing; exit 1 if it is out of date

Run scripts/generate-crd.py first when the CRD has changed. Needs Debian's python3-yaml.
"""
import pathlib
import sys

import yaml

MANIFESTS = pathlib.Path(__file__).resolve().parent.parent / "manifests"
INSTALL = MANIFESTS / "install.yaml"
HEADER = "# Made by scripts/generate-manifests.py of the files in kustomization.yaml; edit those.\n"


def main():
    resources = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())["resources"]
    wanted = HEADER + "\n---\n".join((MANIFESTS / name).read_text().strip() for name in resources) + "\n"
    if INSTALL.exists() and INSTALL.read_text() == wanted:
        return
    if "--check" in sys.argv[1:]:
        sys.exit("out of date: manifests/install.yaml; run scripts/generate-manifests.py and commit what it writes")
    INSTALL.write_text(wanted)


if __name__ == "__main__":
    main()
