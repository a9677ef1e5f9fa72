# shellcheck shell=bash
# The node's own cgroup in every hierarchy: the kubelet's cgroupRoot. Works on cgroup v1, v2 and hybrid.
# Sourced by scripts/cluster.sh; wants identity.sh.

# The folders that hold a cgroup tree: one on v2, one a controller on v1.
cgroup_hierarchies() {
  awk '$3 == "cgroup" || $3 == "cgroup2" {print $2}' /proc/self/mounts
}

make_cgroups() {
  local hierarchy group file
  for hierarchy in $(cgroup_hierarchies); do
    group=$hierarchy/$NODE_NAME
    mkdir -p "$group"
    # On v1 a cpuset without processors and memory takes no process.
    for file in cpuset.cpus cpuset.mems; do
      if [ -e "$hierarchy/$file" ] && [ -e "$group/$file" ]; then cat "$hierarchy/$file" >"$group/$file"; fi
    done
  done
}

remove_cgroups() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    [ -d "$hierarchy/$NODE_NAME" ] || continue
    # Depth first; a cgroup whose last process has just ended may need a moment.
    wait_until 10 "removing the cgroup $hierarchy/$NODE_NAME" remove_tree "$hierarchy/$NODE_NAME" || return
  done
}

remove_tree() { find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || [ ! -d "$1" ]; }
