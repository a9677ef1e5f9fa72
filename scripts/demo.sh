#!/usr/bin/env bash
# The demo: an app that runs, balances, rolls, scales and heals on a real cluster, each claim checked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/terminal.sh
PROGRAM=demo.sh
readonly STEPS="scale rollout canary bluegreen rollback autoscale crash"
readonly NAMESPACE=tidewright-demo
readonly INSTALLED_IMAGE=docker.io/tidewright/operator:0.1.0
# What the local node runs beside the demo's pods takes little; the pods and the load on them need this.
readonly LEAST_PROCESSORS=2

usage() {
  cat <<'TEXT'
Usage: scripts/demo.sh VERB [--context CONTEXT] [--name NAME] [--keep]

  up          a cluster, if there is none, with Tidewright, Prometheus and the demo's images
  scale       requests per second with one pod and with four
  rollout     images change under load; no request fails
  canary      a new version gets a quarter of the requests, then a half, then all
  bluegreen   a new version stands beside the old one and takes over in one write
  rollback    an image that does not start, and a canary that answers with errors; both rollouts give up and return
  autoscale   the count follows the load, and holds while Prometheus is away
  crash       processes and pods keep dying; the app goes on
  down        remove all of it, and the cluster if `up` started it
  all         up, every step, down

Each step says what it types, shows what happens, checks its claim and prints one line: PASS or FAIL, its name, the figure.
Steps bring up what is missing; all of them can be repeated.

  --context CONTEXT  the kubectl context to use. Without it: the current one if that is minikube's or kind's, else the local
                     cluster of scripts/cluster.sh, which is started where it does not run. Any other is refused.
  --name NAME        use the local cluster of this name (default: tidewright), whatever the current context
  --keep             with all: no down at the end
TEXT
}

# ---- which cluster ------------------------------------------------------------------------------------------------

# Sets CONTEXT (empty: the local cluster) and KIND: local, minikube, kind or other.
choose_cluster() {
  local current=
  if [ -z "$CONTEXT" ] && [ -z "$NAME" ] && command -v kubectl >/dev/null; then
    current=$(kubectl config current-context 2>/dev/null) || true
  fi
  case ${CONTEXT:-$current} in
    "") KIND=local ;;
    tidewright-*) KIND=local current=${CONTEXT:-$current} CONTEXT='' NAME=${current#tidewright-} ;;
    minikube) KIND=minikube CONTEXT=${CONTEXT:-$current} ;;
    kind-*) KIND=kind CONTEXT=${CONTEXT:-$current} ;;
    *)
      [ -n "$CONTEXT" ] || refuse "the current kubectl context is \"$current\", which is neither minikube's nor kind's; to run the demo there say --context $current, to run it on a local cluster say --name tidewright"
      KIND=other
      ;;
  esac
  NAME=${NAME:-tidewright}
  # Inside the cluster's own folder: it goes when the cluster goes, whoever ends it.
  STARTED_MARK=$(state_dir)/clusters/$NAME/started-by-demo
}

start_cluster() {
  if [ "$KIND" != local ]; then
    need kubectl "see https://kubernetes.io/docs/tasks/tools"
    kubectl --context "$CONTEXT" get --raw /readyz >/dev/null || refuse "the context \"$CONTEXT\" does not answer; start that cluster first"
    return
  fi
  if ! scripts/cluster.sh status --name "$NAME" >/dev/null 2>&1; then
    local existed=false
    [ ! -e "$(state_dir)/clusters/$NAME/flavour" ] || existed=true
    shown scripts/cluster.sh up --name "$NAME"
    $existed || touch "$STARTED_MARK"
  fi
  use_local_cluster
}

use_local_cluster() {
  local exports
  exports=$(scripts/cluster.sh env --name "$NAME")
  eval "$exports"
  # What the steps echo is to work when pasted.
  say "\$ eval \"\$(scripts/cluster.sh env$([ "$NAME" = tidewright ] || printf ' --name %s' "$NAME"))\""
}

# shown COMMAND...: echoes a command, then runs it with its output below.
shown() {
  say "\$ $*"
  "$@" >&2
}

k() { kubectl ${CONTEXT:+--context "$CONTEXT"} "$@"; }
# The same, echoed.
kubectl_shown() {
  say "\$ kubectl $*"
  k "$@" >&2
}

# ---- images -------------------------------------------------------------------------------------------------------

# A tag that changes with anything an image is built of: a node that has the tag has this very image, so IfNotPresent is right.
content_tag() {
  find Dockerfile CMakeLists.txt CMakePresets.json cmake operator app tests/load scripts/packages.sh scripts/terminal.sh scripts/image \
    -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12
}

name_images() {
  local tag
  tag=$(content_tag)
  OPERATOR_IMAGE=docker.io/tidewright/operator:$tag
  export TIDEWRIGHT_APP_IMAGE_1=docker.io/tidewright/app:1-$tag TIDEWRIGHT_APP_IMAGE_2=docker.io/tidewright/app:2-$tag
  if [ "$KIND" = local ]; then
    export TIDEWRIGHT_OPENLOAD=$PWD/build/release/tests/load/openload
  else
    export TIDEWRIGHT_LOAD_IMAGE=docker.io/tidewright/load:$tag
  fi
}

build_openload() {
  cmake --preset release -DTIDEWRIGHT_TESTS=OFF && cmake --build --preset release --target openload
}

build_and_load_images() {
  local images=("$OPERATOR_IMAGE" "$TIDEWRIGHT_APP_IMAGE_1" "$TIDEWRIGHT_APP_IMAGE_2")
  scripts/image.sh build operator --tag "$OPERATOR_IMAGE" >/dev/null
  scripts/image.sh build app --tag "$TIDEWRIGHT_APP_IMAGE_1" --build-arg APP_VERSION=1 >/dev/null
  scripts/image.sh build app --tag "$TIDEWRIGHT_APP_IMAGE_2" --build-arg APP_VERSION=2 >/dev/null
  if [ "$KIND" = local ]; then
    scripts/packages.sh build
    step "building the load generator" "$(state_dir)/logs/openload.log" build_openload || fail "cannot build openload"
  else
    scripts/image.sh build load --tag "$TIDEWRIGHT_LOAD_IMAGE" >/dev/null
    images+=("$TIDEWRIGHT_LOAD_IMAGE")
  fi
  case $KIND in
    local) scripts/cluster.sh load --name "$NAME" "${images[@]}" ;;
    minikube) for image in "${images[@]}"; do shown minikube --profile "$CONTEXT" image load "$image"; done ;;
    kind) shown kind load docker-image --name "${CONTEXT#kind-}" "${images[@]}" ;;
    other) say "  the nodes of \"$CONTEXT\" must be able to get these images: ${images[*]}" ;;
  esac
}

# ---- what runs in it ----------------------------------------------------------------------------------------------

install_operator() {
  local manifest=build/demo/install.yaml
  mkdir -p build/demo
  sed "s|$INSTALLED_IMAGE|$OPERATOR_IMAGE|" manifests/install.yaml >"$manifest"
  grep -q "$OPERATOR_IMAGE" "$manifest" || fail "manifests/install.yaml does not name $INSTALLED_IMAGE, the image to replace"
  kubectl_shown apply --server-side --force-conflicts -f "$manifest"
  kubectl_shown -n tidewright-system rollout status deployment/tidewright --timeout=180s || operator_failed
  k apply --server-side -f - >/dev/null <<YAML
apiVersion: v1
kind: Namespace
metadata: {name: $NAMESPACE, labels: {pod-security.kubernetes.io/enforce: restricted}}
YAML
}

operator_failed() {
  k -n tidewright-system get pods >&2 || true
  k -n tidewright-system logs deployment/tidewright --tail=15 >&2 || true
  fail "the operator does not become ready; its last words are above"
}

install_prometheus() {
  # The local cluster brings it along. Somebody else's stays as it is.
  if [ "$KIND" = local ] || k -n monitoring get service prometheus >/dev/null 2>&1; then
    :
  else
    kubectl_shown apply --server-side -f scripts/cluster/addons/prometheus.yaml
  fi
  k -n monitoring rollout status deployment/prometheus --timeout=180s >/dev/null ||
    fail "Prometheus is not ready: kubectl -n monitoring describe pods"
}

preflight() {
  local processors
  processors=$(k get nodes -o jsonpath='{range .items[*]}{.status.allocatable.cpu}{"\n"}{end}' |
    awk '/m$/ {sum += $1 / 1000; next} {sum += $1} END {printf "%d", sum}')
  [ "$processors" -ge $LEAST_PROCESSORS ] ||
    refuse "the cluster has $processors processors and the demo needs $LEAST_PROCESSORS: one for four pods of 250m, one for the load and the rest"
  # The operator's own pod is annotated for scraping: when it is up, scraping works.
  wait_until 60 "Prometheus scrapes (up is 1 for the operator's pod)" operator_is_scraped ||
    fail "Prometheus answers but scrapes nothing of ours; look at its targets: kubectl -n monitoring port-forward service/prometheus 9090"
}

operator_is_scraped() {
  k get --raw '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query?query=up%7Bnamespace%3D%22tidewright-system%22%7D%3D%3D1' |
    grep -q '"value"'
}

up() {
  local started
  started=$(now_ms)
  start_cluster
  build_and_load_images
  install_operator
  install_prometheus
  preflight
  say
  echo "PASS up Tidewright, Prometheus and the images are ready after $(seconds_since "$started") s"
}

is_up() {
  if [ "$KIND" = local ]; then
    scripts/cluster.sh status --name "$NAME" >/dev/null 2>&1 || return 1
    [ -x "$TIDEWRIGHT_OPENLOAD" ] || return 1
    use_local_cluster
  fi
  [ "$(k -n tidewright-system get deployment tidewright -o 'jsonpath={.spec.template.spec.containers[0].image}' 2>/dev/null)" = "$OPERATOR_IMAGE" ] &&
    k get namespace $NAMESPACE >/dev/null 2>&1
}

# ---- steps --------------------------------------------------------------------------------------------------------

run_steps() {
  TIDEWRIGHT_DEMO_NAMESPACE=$NAMESPACE TIDEWRIGHT_DEMO_CONTEXT=$CONTEXT PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=scripts python3 -m demo "$@"
}

# Steps that mostly wait run side by side, or the whole would take twice as long: what those beside said follows when they are done.
all() {
  local started beside status=0 log=build/demo/beside.log
  started=$(now_ms)
  up
  run_steps scale rollout || status=1
  mkdir -p build/demo
  say
  say "(crash and bluegreen run beside these; what they said follows)"
  run_steps crash bluegreen >"$log.verdicts" 2>"$log" &
  beside=$!
  run_steps canary rollback autoscale || status=1
  wait $beside || status=1
  cat "$log" >&2
  cat "$log.verdicts"
  $KEEP || down
  say
  if [ $status -eq 0 ]; then
    echo "PASS all $(seconds_since "$started") s"
  else
    echo "FAIL all $(seconds_since "$started") s; the lines above say which"
  fi
  return $status
}

down() {
  if [ "$KIND" = local ]; then
    if [ -e "$STARTED_MARK" ]; then
      shown scripts/cluster.sh down --name "$NAME"
      return
    fi
    scripts/cluster.sh status --name "$NAME" >/dev/null 2>&1 || return 0
    use_local_cluster
  fi
  kubectl_shown delete namespace $NAMESPACE --ignore-not-found
  local others
  others=$(k get scaledapps -A -o name 2>/dev/null) || true
  if [ -n "$others" ]; then
    say "  other ScaledApps are here, so Tidewright stays; to remove it with all of them: kubectl delete -f manifests/install.yaml"
    return
  fi
  kubectl_shown delete --ignore-not-found -f manifests/install.yaml
  if [ "$KIND" != local ] && k get clusterrole tidewright-demo-prometheus >/dev/null 2>&1; then
    kubectl_shown delete --ignore-not-found -f scripts/cluster/addons/prometheus.yaml
  fi
}

# ---- the command line ---------------------------------------------------------------------------------------------

verb=${1:-}
case " up $STEPS down all " in
  *" ${verb:-none} "*) shift ;;
  *)
    case $verb in
      "") usage >&2; exit 2 ;;
      -h | --help | help) usage; exit 0 ;;
      -*) refuse "the verb comes first, before $verb; see --help" ;;
      *) refuse "unknown verb \"$verb\"; the verbs are up, ${STEPS// /, }, down and all" ;;
    esac
    ;;
esac
CONTEXT='' NAME='' KEEP=false
while [ $# -gt 0 ]; do
  case $1 in
    --context) [ $# -ge 2 ] || refuse "--context needs a context's name"; CONTEXT=$2; shift 2 ;;
    --context=*) CONTEXT=${1#*=}; shift ;;
    --name) [ $# -ge 2 ] || refuse "--name needs a name"; NAME=$2; shift 2 ;;
    --name=*) NAME=${1#*=}; shift ;;
    --keep) [ "$verb" = all ] || refuse "--keep goes with all"; KEEP=true; shift ;;
    -h | --help) usage; exit 0 ;;
    *) refuse "unknown argument \"$1\" of $verb; see --help" ;;
  esac
done
[ -z "$CONTEXT" ] || [ -z "$NAME" ] || refuse "--context and --name exclude each other: one is somebody's cluster, the other a local one"
choose_cluster
need python3 "it draws the table and checks the claims"
name_images

case $verb in
  up | down | all) $verb ;;
  *)
    is_up || up
    run_steps "$verb"
    ;;
esac
