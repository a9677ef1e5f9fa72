#!/usr/bin/env bash
# A real Kubernetes on this machine, without Docker and without a virtual machine.
set -euo pipefail
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CLUSTER_SOURCES=$SCRIPTS/cluster
. "$SCRIPTS/terminal.sh"
. "$CLUSTER_SOURCES/identity.sh"
. "$CLUSTER_SOURCES/binaries.sh"
. "$CLUSTER_SOURCES/certificates.sh"
. "$CLUSTER_SOURCES/control_plane.sh"
. "$CLUSTER_SOURCES/network.sh"
. "$CLUSTER_SOURCES/cgroups.sh"
. "$CLUSTER_SOURCES/processes.sh"
PROGRAM=cluster.sh

readonly PROMETHEUS_IMAGE=docker.io/prom/prometheus:v3.13.5
readonly PAUSE_IMAGE=docker.io/tidewright/pause:1

usage() {
  cat <<'TEXT'
Usage: scripts/cluster.sh VERB [--name NAME] [--api-only] [...]

  up                start the cluster; does nothing where it runs, and starts anew what is broken
  down              end it and remove all that it left: processes, network, cgroups, data
  status            each component, the node, the addresses; exit code 0 when all is well, 1 when not
  load IMAGE...     bring images from scripts/image.sh (or Docker) into the cluster
  env               print the exports that point kubectl and our scripts at it: eval "$(scripts/cluster.sh env)"
  logs COMPONENT    print a component's log (-f follows): etcd, kube-apiserver, kubelet, ...
  tool helm|kwok    build a tool on first use and print its path; gateway-api is the folder of the Gateway API's CRDs
  list              the clusters of this user

  --name NAME       which cluster (default: tidewright); clusters with different names live side by side
  --api-only        etcd, API server and controllers on loopback, no node: up in seconds, needs no root

The full flavour is one node with containers, Services, DNS and Prometheus. It needs Linux and root; where that is not
to be had, use minikube or kind, which the demo and the tests take when they are the current context.
TEXT
}

# ---- up ---------------------------------------------------------------------------------------------------------

up() {
  if [ "$FLAVOUR" = full ]; then check_full_prerequisites; else check_api_only_prerequisites; fi
  BIN=$(binaries_of kubernetes)
  if [ -e "$STATE/flavour" ] && [ "$(cat "$STATE/flavour")" != "$FLAVOUR" ]; then
    refuse "the cluster \"$NAME\" is of the other flavour ($(cat "$STATE/flavour")); end it first with: scripts/cluster.sh down --name $NAME"
  fi
  if [ -e "$STATE/ready" ] && [ -z "$(dead_components)" ] && api_answers; then
    say "cluster \"$NAME\" is up already"
    return
  fi
  # A kill in the middle of an earlier up may have left a link without a folder.
  if [ -e "$STATE" ] || { [ "$FLAVOUR" = full ] && [ -e "/run/netns/$INTERFACE" ]; }; then
    say "cluster \"$NAME\" is broken (not running: $(dead_components | tr '\n' ' ')): cleaning up and starting it anew"
    clean
  fi

  local started
  started=$(now_ms)
  if [ "$FLAVOUR" = full ]; then prepare_images; started=$(now_ms); make_link; else check_ports; fi
  mkdir -p "$LOGS"
  echo "$FLAVOUR" >"$STATE/flavour"
  make_certificates 2>"$LOGS/certificates.log" || fail "cannot make certificates; see $LOGS/certificates.log"
  cd "$SCRIPTS/.."
  make_kubeconfigs
  write_audit_policy
  if [ "$FLAVOUR" = full ]; then start_node; else start_api_only; fi
  touch "$STATE/ready"
  say "cluster \"$NAME\" is up after $(seconds_since "$started")s; to use it: eval \"\$(scripts/cluster.sh env${NAME_HINT})\""
}

check_full_prerequisites() {
  [ "$(uname -s)" = Linux ] || refuse "the local cluster needs Linux; use minikube or kind here"
  [ "$(id -u)" -eq 0 ] || refuse "the full cluster needs root (namespaces, mounts, cgroups); run it as root, use --api-only, or use minikube or kind"
  "$SCRIPTS/packages.sh" cluster
  # Without it a pod's packets to a Service that ends on the same bridge come back past the address translation.
  [ -e /proc/sys/net/bridge ] || modprobe br_netfilter 2>/dev/null ||
    refuse "the kernel module br_netfilter is missing, without which pods do not reach Services; load it with: modprobe br_netfilter"
  CNI_PLUGINS=
  local dir
  for dir in /usr/lib/cni /opt/cni/bin; do
    if [ -x "$dir/bridge" ]; then CNI_PLUGINS=$dir; fi
  done
  [ -n "$CNI_PLUGINS" ] || refuse "the CNI plugins are not installed; on Debian: apt-get install containernetworking-plugins"
}

check_api_only_prerequisites() {
  need openssl "on Debian: apt-get install openssl"
  need curl "on Debian: apt-get install curl"
  need setsid "on Debian: apt-get install util-linux"
  need ss "on Debian: apt-get install iproute2"
}

check_ports() {
  local port user
  for port in $API_PORT $ETCD_PORT $ETCD_PEER_PORT $CONTROLLER_MANAGER_PORT; do
    user=$(ss -Hltnp "sport = :$port" 2>/dev/null | head -n 1)
    [ -z "$user" ] || refuse "port $port, which a cluster called \"$NAME\" uses, is in use$(sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1 (pid \2)/p' <<<"$user"); stop that, or choose another --name"
  done
}

# ---- the cluster's own images -------------------------------------------------------------------------------------

prepare_images() {
  local coredns prometheus
  coredns=$(binaries_of coredns)
  prometheus=$(binaries_of prometheus)
  COREDNS_IMAGE=docker.io/coredns/coredns:$(pinned_version coredns github.com/coredns/coredns | tr -d v)
  PAUSE_ARCHIVE=$(own_image "$PAUSE_IMAGE" pause "$(command -v catatonit)")
  COREDNS_ARCHIVE=$(own_image "$COREDNS_IMAGE" coredns "$coredns/coredns")
  PROMETHEUS_ARCHIVE=$(own_image "$PROMETHEUS_IMAGE" prometheus "$prometheus/prometheus")
}

# own_image IMAGE NAME FILE: the archive of an image around one static program, built unless the cache has it. Prints its path.
own_image() {
  local image=$1 name=$2 program=$3 source=$CLUSTER_SOURCES/images/$2 key file context archive
  key=$(cat "$source/Dockerfile" "$program" | sha256sum | cut -c1-16)
  file=$(cache_dir)/images/cluster-$name-$key.tar
  mkdir -p "$(dirname "$file")"
  (
    # Two clusters that come up for the first time build it once.
    flock 5
    [ ! -e "$file" ] || exit 0
    context=$(mktemp -d) && cp "$program" "$context/" || exit
    "$SCRIPTS/image.sh" build-context "$context" --file "$source/Dockerfile" --tag "$image" >/dev/null || exit
    rm -rf "$context"
    archive=$("$SCRIPTS/image.sh" archive "$image") || exit
    cp --reflink=auto "$archive" "$file.partial" && mv "$file.partial" "$file"
  ) 5>"$(cache_dir)/images/$name.lock" || exit
  echo "$file"
}

import_image() { ctr -a "$STATE/containerd.sock" -n k8s.io images import "$1"; }

# ---- full ---------------------------------------------------------------------------------------------------------

start_node() {
  make_cgroups
  mkdir -p "$STATE/node"
  # The node keeps neither our terminal nor our lock (fd 9).
  setsid env "PAUSE_IMAGE=$PAUSE_IMAGE" "CNI_PLUGINS=$CNI_PLUGINS" nsenter --net="/run/netns/$INTERFACE" \
    unshare --mount --pid --fork --mount-proc --propagation private \
    "$CLUSTER_SOURCES/node.sh" "$NAME" "$BIN" >"$LOGS/node.log" 2>&1 </dev/null 9>&- &
  local outer=$! node
  wait_until 10 "the node's first process" has_child $outer || fail "the node does not start; see $LOGS/node.log"
  node=$(ps --ppid $outer -o pid= | tr -d ' ')
  remember_pid node "$node"

  wait_until 30 "containerd answers" ctr -a "$STATE/containerd.sock" version || node_failed containerd
  import_image "$PAUSE_ARCHIVE" >"$LOGS/images.log" 2>&1 || node_failed images
  import_image "$COREDNS_ARCHIVE" >>"$LOGS/images.log" 2>&1 || node_failed images
  wait_until 60 "the API server is ready" api_answers || node_failed kube-apiserver
  sed "s/DNS_ADDRESS/$DNS_ADDRESS/; s|COREDNS_IMAGE|$COREDNS_IMAGE|" "$CLUSTER_SOURCES/addons/coredns.yaml" |
    k apply --server-side -f - >"$LOGS/addons.log" 2>&1 || node_failed addons
  wait_until 60 "the node is Ready" node_ready || node_failed kubelet
  import_image "$PROMETHEUS_ARCHIVE" >>"$LOGS/images.log" 2>&1 || node_failed images
  k apply --server-side -f "$CLUSTER_SOURCES/addons/prometheus.yaml" >>"$LOGS/addons.log" 2>&1 || node_failed addons
}

has_child() { [ -n "$(ps --ppid "$1" -o pid=)" ]; }

node_failed() {
  say "the end of $LOGS/$1.log:"
  tail -n 15 "$LOGS/$1.log" | cut -c1-300 | sed 's/^/    /' >&2
  fail "the cluster \"$NAME\" did not come up; logs are in $LOGS; scripts/cluster.sh down${NAME_HINT} removes it"
}

# ---- API only -----------------------------------------------------------------------------------------------------

start_api_only() {
  local component
  start_component etcd
  start_component kube-apiserver
  wait_until 60 "the API server is ready" api_answers || node_failed kube-apiserver
  start_component kube-controller-manager
  # It makes what tests need before anything else: the default ServiceAccount.
  wait_until 60 "the ServiceAccount default" k get serviceaccount default || node_failed kube-controller-manager
  for component in $(dead_components); do node_failed "$component"; done
}

start_component() {
  setsid "$CLUSTER_SOURCES/api_only.sh" "$NAME" "$BIN" "$1" >"$LOGS/$1.log" 2>&1 </dev/null 9>&- &
  remember_pid "$1" $!
}

# ---- down ---------------------------------------------------------------------------------------------------------

down() {
  if [ ! -e "$STATE" ] && [ ! -e "/run/netns/$INTERFACE" ]; then
    say "there is no cluster \"$NAME\""
    return
  fi
  if [ -e "$STATE/flavour" ]; then identify "$NAME" "$(cat "$STATE/flavour")"; fi
  [ "$FLAVOUR" = api-only ] || [ "$(id -u)" -eq 0 ] || refuse "the cluster \"$NAME\" was started by root; run this as root"
  clean
  say "cluster \"$NAME\" is down"
}

clean() {
  local component
  if [ "$FLAVOUR" = api-only ]; then
    # The API server before its store, so that it does not spend its last seconds on complaints.
    for component in kube-controller-manager kube-apiserver etcd; do stop_process $component 10 || fail "cannot stop $component"; done
  else
    stop_process node 5 || fail "cannot stop the node"
    remove_link
    remove_cgroups || fail "cannot remove the cgroups of $NODE_NAME"
  fi
  wait_until 10 "removing $STATE" rm -rf --one-file-system "$STATE" || fail "cannot remove $STATE"
}

# ---- questions ----------------------------------------------------------------------------------------------------

k() { "${BIN:-$(binaries_of kubernetes)}/kubectl" --kubeconfig "$KUBECONFIG_FILE" "$@"; }
api_answers() { api_get "$API_ADDRESS" /readyz; }
node_ready() { [ "$(k get node "$NODE_NAME" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]; }

require_cluster() {
  [ -e "$STATE/flavour" ] || refuse "there is no cluster \"$NAME\"; start it with: scripts/cluster.sh up${NAME_HINT}"
  identify "$NAME" "$(cat "$STATE/flavour")"
}

status() {
  require_cluster
  local component pid well=true
  BIN=$(binaries_of kubernetes)
  printf 'cluster     %s (%s)\n' "$NAME" "$FLAVOUR"
  for component in $(components); do
    if pid=$(component_pid "$component"); then
      printf '%-24s running, pid %s\n' "$component" "$pid"
    else
      printf '%-24s not running; see scripts/cluster.sh logs %s%s\n' "$component" "$component" "$NAME_HINT"
      well=false
    fi
  done
  if api_answers >/dev/null; then printf '%-24s https://%s:%s answers\n' "API" "$API_ADDRESS" "$API_PORT"; else printf '%-24s does not answer\n' API; well=false; fi
  if [ "$FLAVOUR" = full ]; then
    if node_ready 2>/dev/null; then printf '%-24s Ready\n' "node $NODE_NAME"; else printf '%-24s not Ready\n' "node $NODE_NAME"; well=false; fi
    printf '%-24s pods %s, Services %s\n' "addresses" "$POD_RANGE" "$SERVICE_RANGE"
  fi
  $well
}

load() {
  require_cluster
  [ "$FLAVOUR" = full ] || refuse "the cluster \"$NAME\" is API-only and runs no containers; load needs a full one"
  [ $# -gt 0 ] || refuse "load which image? scripts/image.sh list shows what is here"
  living_pid node >/dev/null || refuse "the cluster \"$NAME\" is not running; start it with: scripts/cluster.sh up${NAME_HINT}"
  local image archive started
  for image in "$@"; do
    started=$(now_ms)
    archive=$(PROGRAM=cluster.sh "$SCRIPTS/image.sh" archive "$image") || exit
    import_image "$archive" >>"$LOGS/images.log" 2>&1 || fail "cannot import $image; see $LOGS/images.log"
    say "  loaded $image: $(seconds_since "$started")s"
  done
}

environment() {
  require_cluster
  local bin
  bin=$(binaries_of kubernetes)
  printf 'export KUBECONFIG=%q\n' "$KUBECONFIG_FILE"
  printf 'export PATH=%q:"$PATH"\n' "$bin"
}

logs() {
  require_cluster
  local component=${1:-} follow=()
  if [ "$component" = -f ]; then follow=(-f); component=${2:-}; elif [ "${2:-}" = -f ]; then follow=(-f); fi
  [ -n "$component" ] || refuse "logs of which component? $(basename -s .log "$LOGS"/*.log | tr '\n' ' ')"
  [ -e "$LOGS/$component.log" ] || refuse "there is no log of \"$component\"; there are: $(basename -s .log "$LOGS"/*.log | tr '\n' ' ')"
  tail -n +1 "${follow[@]}" "$LOGS/$component.log"
}

tool() {
  local dir
  case ${1:-} in
    helm | kwok) dir=$(binaries_of "$1"); echo "$dir/$1" ;;
    kubectl) dir=$(binaries_of kubernetes); echo "$dir/kubectl" ;;
    gateway-api) gateway_api ;;
    *) refuse "unknown tool \"${1:-}\"; the tools are gateway-api, helm, kwok and kubectl" ;;
  esac
}

list() {
  local dir
  for dir in "$(state_dir)"/clusters/*/; do
    [ -e "$dir/flavour" ] || continue
    printf '%-12s %s\n' "$(basename "$dir")" "$(cat "$dir/flavour")"
  done
}

# ---- the command line -----------------------------------------------------------------------------------------------

verb=${1:-}
case $verb in
  "") usage >&2; exit 2 ;;
  -h | --help | help) usage; exit 0 ;;
  up | down | status | load | env | logs | tool | list) shift ;;
  -*) refuse "the verb comes first, before $verb; see --help" ;;
  *) refuse "unknown verb \"$verb\"; the verbs are up, down, status, load, env, logs, tool and list" ;;
esac

name=tidewright flavour=full
rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --name) [ $# -ge 2 ] || refuse "--name needs a name"; name=$2; shift 2 ;;
    --name=*) name=${1#*=}; shift ;;
    --api-only) flavour=api-only; shift ;;
    -h | --help) usage; exit 0 ;;
    -f) [ "$verb" = logs ] || refuse "unknown flag -f of $verb; see --help"; rest+=("$1"); shift ;;
    -*) refuse "unknown flag $1 of $verb; see --help" ;;
    *) rest+=("$1"); shift ;;
  esac
done
case $verb in
  up | down | status | env | list) [ ${#rest[@]} -eq 0 ] || refuse "$verb takes no \"${rest[0]}\"; a cluster is named with --name" ;;
esac
NAME_HINT=
[ "$name" = tidewright ] || NAME_HINT=" --name $name"
identify "$name" "$flavour"

# One command at a time changes a cluster.
case $verb in
  up | down)
    mkdir -p "$(state_dir)/clusters"
    exec 9>"$(state_dir)/clusters/$name.lock"
    flock -n 9 || { say "waiting for another command on the cluster \"$name\""; flock 9; }
    ;;
esac
case $verb in
  env) environment ;;
  *) "$verb" "${rest[@]}" ;;
esac
