#!/usr/bin/python3
"""Makes the CRD and its reference page of what we write by hand and what the API server says of a pod template.

    scripts/generate-crd.py              write manifests/crds/, the chart's copy and docs/crd.md
    scripts/generate-crd.py --check      change nothing; exit 1 and name the files that are out of date
    scripts/generate-crd.py --refresh    first take the pod template anew from the cluster of the current kubectl context

Reads scripts/crd/scaledapp.yaml (ours) and scripts/crd/kubernetes.json (kept from a cluster, so that generating needs
none). Needs Debian's python3-yaml; --refresh needs kubectl.
"""
import argparse
import copy
import json
import pathlib
import re
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "scripts/crd/scaledapp.yaml"
KUBERNETES = ROOT / "scripts/crd/kubernetes.json"
CRD = ROOT / "manifests/crds/tidewright.dev_scaledapps.yaml"
CHART_COPY = ROOT / "helm/tidewright/files/tidewright.dev_scaledapps.yaml"
REFERENCE = ROOT / "docs/crd.md"

# Client-side apply stores the object in an annotation of at most 262 144 bytes; this leaves it room to grow.
MOST_BYTES = 200_000
TYPES = {"PodTemplateSpec": "io.k8s.api.core.v1.PodTemplateSpec",
         "Quantity": "io.k8s.apimachinery.pkg.api.resource.Quantity"}
KEPT_OF_METADATA = ["annotations", "creationTimestamp", "finalizers", "generateName", "labels", "name", "namespace"]
NUMBER = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)"
SUFFIX = r"([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?"
POSITIVE = r"([0-9]*[1-9][0-9]*(\.[0-9]*)?|[0-9]*\.[0-9]*[1-9][0-9]*)"


# --- the API server's part -------------------------------------------------------------------------------------------

def first_sentence(text):
    """Up to the first full stop that ends a sentence; "e.g. x" and "1.5" do not."""
    text = " ".join(text.split("\n\n")[0].split())
    text = re.sub(r"\s*More info: \S+", "", text)
    for stop in re.finditer(r"\.(?= [A-Z\"'`(])", text):
        if not re.search(r"\b(e\.g|i\.e|etc|vs)$", text[:stop.start()]):
            return text[:stop.end()]
    return text


def refresh():
    """Keeps of the API server's document the schemas that a pod template is made of, and nothing else."""
    def kubectl(*args):
        return json.loads(subprocess.run(["kubectl", *args], check=True, stdout=subprocess.PIPE).stdout)
    schemas = kubectl("get", "--raw", "/openapi/v3/apis/apps/v1")["components"]["schemas"]
    kept = {}

    def keep(node):
        if isinstance(node, list):
            for item in node:
                keep(item)
        elif isinstance(node, dict):
            if isinstance(node.get("description"), str):
                node["description"] = first_sentence(node["description"])
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name and name not in kept:
                kept[name] = schemas[name]
                keep(kept[name])
            for value in node.values():
                keep(value)

    metadata = schemas["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]
    metadata["properties"] = {k: v for k, v in metadata["properties"].items() if k in KEPT_OF_METADATA}
    for name in TYPES.values():
        keep({"$ref": "/" + name})
    document = {"from": "/openapi/v3/apis/apps/v1 of " + kubectl("get", "--raw", "/version")["gitVersion"],
                "schemas": dict(sorted(kept.items()))}
    KUBERNETES.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


def quantity(number=NUMBER, sign="[+-]?"):
    """int-or-string would refuse `cpu: 0.5`, which a Deployment takes, and a union of three types is not structural.
    So: anything, less what is neither a string nor a number."""
    return {"x-kubernetes-preserve-unknown-fields": True, "maxProperties": 0, "maxItems": 0,
            "not": {"enum": [True, False, {}, []]}, "maxLength": 64, "pattern": f"^{sign}{number}{SUFFIX}$"}


class Kubernetes:
    """Schemas of core types, references resolved, as a CRD may hold them; described down to `depth` fields deep."""

    def __init__(self, document, depth):
        self.schemas = document["schemas"]
        self.depth = depth

    def schema(self, type_name):
        return self._convert({"$ref": "/" + TYPES[type_name]}, 0)

    def _convert(self, node, level, key_of_list=False):
        """`key_of_list`: whether the field is a key that its list needs a default of."""
        node = dict(node)
        for part in node.pop("allOf", []) + ([{"$ref": node.pop("$ref")}] if "$ref" in node else []):
            name = part["$ref"].rpartition("/")[2]
            if name == TYPES["Quantity"]:
                return self._described(quantity(), node, level)
            node = {**self.schemas[name], **node}
        if node.get("format") == "int-or-string":
            return self._described({"x-kubernetes-int-or-string": True}, node, level)
        kept = {k: node[k] for k in ("type", "format", "enum", "required", "x-kubernetes-list-type",
                                     "x-kubernetes-list-map-keys", "x-kubernetes-map-type") if k in node}
        # The document's defaults are mostly Go's zero values, refused on enums and in the way of `required`; a real one
        # is filled in by the API server when it makes the pod. Only a list key cannot wait that long.
        if key_of_list:
            kept["default"] = node["default"]
        if "properties" in node:
            kept["properties"] = {name: self._field(name, field, node, level + 1)
                                  for name, field in node["properties"].items()}
        if "items" in node:
            kept["items"] = self._convert({**node["items"], "keys": node.get("x-kubernetes-list-map-keys", [])}, level)
            kept["items"].pop("description", None)  # said by the list already
        if isinstance(node.get("additionalProperties"), dict):
            kept["additionalProperties"] = self._convert(node["additionalProperties"], level)
        return self._described(kept, node, level)

    def _field(self, name, field, parent, level):
        if name in parent.get("required", []):
            return self._convert(field, level)
        is_key = name in parent.get("keys", [])
        schema = self._convert(field, level, is_key)
        # Generators write null for what they leave out (`creationTimestamp: null`, `env: null`); a Deployment takes it.
        if not is_key:
            schema["nullable"] = True
            if "enum" in schema:
                schema["enum"] = schema["enum"] + [None]
        return schema

    def _described(self, schema, node, level):
        if level <= self.depth and node.get("description"):
            return {"description": node["description"], **schema}
        return schema


# --- our part --------------------------------------------------------------------------------------------------------

def merged(base, over):
    """`over` wins; properties are united, the base's first."""
    result = {**base, **over}
    if "properties" in base and "properties" in over:
        result["properties"] = {**base["properties"], **over["properties"]}
    return result


def resolve(node, definitions, kubernetes):
    if isinstance(node, list):
        return [resolve(item, definitions, kubernetes) for item in node]
    if not isinstance(node, dict):
        return node
    rest = {key: resolve(value, definitions, kubernetes) for key, value in node.items() if key != "$ref"}
    name = node.get("$ref")
    if name is None:
        return rest
    if name == "PositiveQuantity":
        base = {**quantity(POSITIVE, r"\+?"), "minimum": 0, "exclusiveMinimum": True}
    elif name == "k8s.Quantity":
        base = quantity()
    elif name.startswith("k8s."):
        base = kubernetes.schema(name.removeprefix("k8s."))
    else:
        base = resolve(definitions[name], definitions, kubernetes)
    return copy.deepcopy(merged(base, rest))


def build(source, kubernetes):
    names = dict(source["names"])
    group, version = names.pop("group"), names.pop("version")
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{group}"},
        "spec": {
            "group": group,
            "names": names,
            "scope": "Namespaced",
            "versions": [{
                "name": version,
                "served": True,
                "storage": True,
                "additionalPrinterColumns": source["columns"],
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                              "labelSelectorPath": ".status.selector"}},
                "schema": {"openAPIV3Schema": resolve(source["schema"], source["definitions"], kubernetes)}}]}}


def generate():
    """The CRD, with the descriptions of the pod template down to the depth that there is room for."""
    source = yaml.safe_load(SOURCE.read_text())
    document = json.loads(KUBERNETES.read_text())
    for depth in range(12, -1, -1):
        crd = build(source, Kubernetes(document, depth))
        if len(json.dumps(crd, separators=(",", ":"))) <= MOST_BYTES:
            return crd
    sys.exit(f"generate-crd: the CRD is larger than {MOST_BYTES} bytes even without the pod template's descriptions")


# --- what is written -------------------------------------------------------------------------------------------------

class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def crd_text(crd):
    return ("# Made by scripts/generate-crd.py of scripts/crd/; edit those.\n"
            + yaml.dump(crd, Dumper=Dumper, sort_keys=False, width=120, allow_unicode=True))


def type_of(schema):
    if "x-kubernetes-int-or-string" in schema:
        return "int or string"
    if "x-kubernetes-preserve-unknown-fields" in schema:
        return "quantity"
    if schema["type"] == "array":
        return "list of " + type_of(schema["items"]) + "s"
    if schema["type"] == "object" and "additionalProperties" in schema:
        return "map of strings"
    if schema.get("format") == "date-time":
        return "time"
    return {"integer": "int", "boolean": "bool"}.get(schema["type"], schema["type"])


def limits_of(schema):
    said = []
    if "enum" in schema:
        said.append(", ".join(f"`{value}`" for value in schema["enum"]))
    low, high = schema.get("minimum"), schema.get("maximum")
    if schema.get("exclusiveMinimum"):
        said.append(f"> {low}")
    elif low is not None:
        said.append(f"{low} to {high}" if high is not None else f">= {low}")
    if "x-kubernetes-preserve-unknown-fields" not in schema:
        if "maxLength" in schema and "x-kubernetes-int-or-string" not in schema:
            said.append(f"at most {schema['maxLength']} characters")
    if "maxItems" in schema and "items" in schema:
        low = schema.get("minItems")
        said.append(f"{low} to {schema['maxItems']} items" if low else f"at most {schema['maxItems']} items")
    return ", ".join(said)


def reference_text(crd):
    """One table a block; the pod template is the API server's and is left to `kubectl explain`."""
    version = crd["spec"]["versions"][0]
    out = ["<!-- Made by scripts/generate-crd.py of scripts/crd/scaledapp.yaml; edit that. -->",
           "# ScaledApp: every field", "",
           f"`{crd['spec']['group']}/{version['name']}`, namespaced, short name "
           f"`{crd['spec']['names']['shortNames'][0]}`. The same texts come from `kubectl explain sapp.spec`.", "",
           "A default in this table is filled in by the API server when the block around it is written. A block that is",
           "left out behaves as one written with its defaults, except `autoscaling`, which is then off, `service`, which is",
           "then not made, and `rollout.canary.gatewayRoute`, `fallback`, `panic`, `tls`, which are then not used.", ""]

    def cell(text):
        return str(text).replace("|", "\\|")

    def block(path, schema):
        out.extend([f"## {path}", "", schema.get("description", ""), ""])
        inner = []
        required = schema.get("required", [])
        out.extend(["| field | type | default | limits | meaning |", "|---|---|---|---|---|"])
        for name, field in schema["properties"].items():
            item = field.get("items", field)
            shown = name + ("[]" if "items" in field else "")
            if "properties" in item and name != "template":
                inner.append((f"{path}.{shown}", {**item, "description": field.get("description",
                                                                                  item.get("description", ""))}))
            default = "required" if name in required else f"`{json.dumps(field['default'])}`" if "default" in field else ""
            kind = "PodTemplateSpec" if name == "template" else type_of(field)
            out.append("| " + " | ".join([f"`{shown}`", kind, default, cell(limits_of(field)),
                                          cell(field.get("description", ""))]) + " |")
        out.append("")
        rules = schema.get("x-kubernetes-validations", [])
        for field in schema["properties"].values():
            if "properties" not in field and field.get("type") == "string":
                rules = rules + [rule for rule in field.get("x-kubernetes-validations", []) if rule not in rules]
        if rules:
            out.extend(["Refused with these sentences:", ""] + [f"- {rule['message']}" for rule in rules] + [""])
        for inner_path, inner_schema in inner:
            block(inner_path, inner_schema)

    properties = version["schema"]["openAPIV3Schema"]["properties"]
    block("spec", properties["spec"])
    block("status", properties["status"])
    return "\n".join(out).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is out of date")
    parser.add_argument("--refresh", action="store_true", help="take the pod template anew from the current cluster")
    arguments = parser.parse_args()
    if arguments.refresh:
        refresh()
    crd = generate()
    text = crd_text(crd)
    stale = []
    for path, wanted in ((CRD, text), (CHART_COPY, text), (REFERENCE, reference_text(crd))):
        if path.exists() and path.read_text() == wanted:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not arguments.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted)
    if arguments.check and stale:
        sys.exit("out of date: " + ", ".join(stale) + "; run scripts/generate-crd.py and commit what it writes")
    print(f"{len(json.dumps(crd, separators=(',', ':')))} bytes of JSON;",
          "nothing to do" if not stale else "wrote " + ", ".join(stale))


if __name__ == "__main__":
    main()
