# shellcheck shell=bash
# Processes of a cluster, known by a pid file that also holds the start time: a pid alone may since be somebody else's.
# Sourced by scripts/cluster.sh; wants identity.sh.

# start_time PID: in clock ticks since boot; nothing when there is no such process. The name in field 2 may hold spaces.
start_time() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  awk '{print $20}' <<<"${stat##*) }"
}

remember_pid() { echo "$2 $(start_time "$2")" >"$STATE/$1.pid"; }

# living_pid NAME: prints the pid if that very process still lives.
living_pid() {
  local pid started
  [ -e "$STATE/$1.pid" ] || return 1
  read -r pid started <"$STATE/$1.pid" || return 1
  [ "$(start_time "$pid")" = "$started" ] && ! grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null && echo "$pid"
}

# stop_process NAME SECONDS: SIGTERM, after SECONDS SIGKILL; by pid, never by name.
stop_process() {
  local pid
  if pid=$(living_pid "$1"); then
    kill -TERM "$pid" 2>/dev/null || true
    if ! wait_until "$2" "$1 ends on SIGTERM" process_gone "$1" 2>/dev/null; then
      kill -KILL "$pid" 2>/dev/null || true
      wait_until 10 "$1 (pid $pid) ends on SIGKILL" process_gone "$1" || return
    fi
  fi
  rm -f "$STATE/$1.pid"
}

process_gone() { ! living_pid "$1"; }

# component_pid COMPONENT: on the full flavour a child of the node's first process, on the API-only one a process of its own.
component_pid() {
  local node
  if [ "$FLAVOUR" = api-only ]; then
    living_pid "$1"
  else
    node=$(living_pid node) || return 1
    ps --ppid "$node" -o pid=,args= | awk -v name="$1" '{n = split($2, path, "/"); if (path[n] == name) {print $1; found = 1}} END {exit !found}'
  fi
}

components() {
  if [ "$FLAVOUR" = api-only ]; then
    echo etcd kube-apiserver kube-controller-manager
  else
    echo containerd etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy
  fi
}

dead_components() {
  local component
  for component in $(components); do
    component_pid "$component" >/dev/null || echo "$component"
  done
}
