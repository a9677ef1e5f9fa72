# shellcheck shell=bash
# The cluster's programs, built once a machine from the pinned modules beside this file.
# Sourced by scripts/cluster.sh; wants terminal.sh.

# binaries_of MODULE: builds the module's tools if they are not in the cache, and prints their folder.
# The cache's key is everything that decides what comes out: the pinned sources, how we build, the compiler.
binaries_of() {
  local module=$1 source key dir
  source=$CLUSTER_SOURCES/$module
  if [ -n "${TIDEWRIGHT_GO:-}" ]; then
    command -v "$TIDEWRIGHT_GO" >/dev/null || refuse "TIDEWRIGHT_GO=$TIDEWRIGHT_GO is not a program"
  fi
  key=$({ cat "$source/go.mod" "$source/go.sum" "$CLUSTER_SOURCES/binaries.sh"; uname -m; } | sha256sum | cut -c1-16)
  dir=$(cache_dir)/binaries/$module-$key
  if [ ! -e "$dir/.complete" ]; then
    need_go
    need_space "$(cache_dir)" 6 "building the cluster's programs"
    mkdir -p "$(cache_dir)/binaries"
    # Two clusters that start at once must not build the same thing twice.
    exec 8>"$dir.lock"
    flock 8
    if [ ! -e "$dir/.complete" ]; then
      step "building $module (once on this machine)" "$(state_dir)/logs/build-$module.log" build_module "$module" "$dir" ||
        fail "cannot build $module; if a download failed, check that the Go module proxy answers"
    fi
    exec 8>&-
  fi
  echo "$dir"
}

# The cluster's programs are built from source, and the newest of their modules asks for this Go.
need_go() {
  local go=${TIDEWRIGHT_GO:-go} remedy="install Go 1.26 or newer (the cluster's programs are built from source), or use minikube or kind instead"
  local version
  need "$go" "$remedy"
  version=$("$go" env GOVERSION)
  [ "$(printf 'go1.26\n%s\n' "$version" | sort -V | head -n 1)" = go1.26 ] || refuse "$go is $version; $remedy"
}

build_module() {
  local module=$1 dir=$2 version flags="-s -w" tags='' component=k8s.io/component-base/version
  rm -rf "$dir" "$dir.partial"
  mkdir -p "$dir.partial"
  case $module in
    kubernetes)
      version=$(pinned_version kubernetes k8s.io/kubernetes)
      flags+=" -X $component.gitVersion=$version -X $component.gitMajor=1 -X $component.gitMinor=$(cut -d. -f2 <<<"$version")"
      ;;
    # Of two dozen ways to find targets only ours: a third of the size and of the building time.
    prometheus) tags=remove_all_sd,enable_kubernetes_sd ;;
  esac
  (cd "$CLUSTER_SOURCES/$module" &&
    CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false" "${TIDEWRIGHT_GO:-go}" build -trimpath -tags "$tags" -ldflags "$flags" -o "$dir.partial/" tool) || return
  # etcd's main package is called after its folder.
  if [ -e "$dir.partial/server" ]; then mv "$dir.partial/server" "$dir.partial/etcd"; fi
  touch "$dir.partial/.complete"
  mv "$dir.partial" "$dir"
}

# pinned_version MODULE GO_MODULE: "v1.34.4"
pinned_version() { awk -v m="$2" '$1 == m && $2 ~ /^v/ {print $2; exit}' "$CLUSTER_SOURCES/$1/go.mod"; }

# gateway_api: the folder of the Gateway API's CRDs (standard channel), from the pinned module.
gateway_api() {
  local go=${TIDEWRIGHT_GO:-go} found
  need_go
  found=$(cd "$CLUSTER_SOURCES/gateway-api" && GOFLAGS=-mod=readonly "$go" mod download -json sigs.k8s.io/gateway-api |
    sed -n 's/^.*"Dir": "\(.*\)",*$/\1/p') || true
  [ -n "$found" ] || fail "cannot get the Gateway API's CRDs; check that the Go module proxy answers"
  echo "$found/config/crd/standard"
}
