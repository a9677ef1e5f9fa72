#!/usr/bin/env bash
# The node's first process: makes the node ready inside its own network, mount and PID namespaces and starts every component.
# Started by scripts/cluster.sh through nsenter and unshare, never by hand. As PID 1 it reaps orphans (bash does), and
# when it ends the kernel ends everything else in the namespace with it.
# Usage: node.sh NAME BIN, with PAUSE_IMAGE and CNI_PLUGINS in the environment.
set -euo pipefail
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$SCRIPTS/terminal.sh"
. "$SCRIPTS/cluster/identity.sh"
. "$SCRIPTS/cluster/control_plane.sh"
identify "$1" full
BIN=$2
CONFIG=$STATE/node

mount_folders() {
  mount --make-rshared /
  # containerd keeps the pods' namespaces below /run, the CNI plugins their locks; on the host they would stay behind.
  mount -t tmpfs tmpfs /run
  mkdir -p /run/netns "$CONFIG"/{lib,lib.work,log}
  # The kubelet has paths that no flag moves (device plugins, links to the pods' logs).
  mount -t overlay overlay -o "lowerdir=/var/lib,upperdir=$CONFIG/lib,workdir=$CONFIG/lib.work" /var/lib
  mount --bind "$CONFIG/log" /var/log
}

make_network() {
  ip link set lo up
  # Before the kubelet: the bridge's address is the node's.
  ip link add tw0 type bridge
  ip addr add "$NODE_ADDRESS/17" dev tw0
  ip link set tw0 up
  sysctl -qw net.ipv4.ip_forward=1
  if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then sysctl -qw net.bridge.bridge-nf-call-iptables=1; fi
}

write_containerd_config() {
  mkdir -p "$CONFIG/cni"
  cat >"$CONFIG/containerd.toml" <<TOML
version = 2
root = "$STATE/containerd"
state = "/run/containerd"
[grpc]
  address = "$STATE/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$PAUSE_IMAGE"
  # Where the machine may not lower oom_score_adj, pods would otherwise not start.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$CNI_PLUGINS"
    conf_dir = "$CONFIG/cni"
TOML
  cat >"$CONFIG/cni/10-tidewright.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "tidewright",
  "plugins": [
    {"type": "bridge", "bridge": "tw0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
     "ipam": {"type": "host-local", "dataDir": "/run/cni-ipam", "ranges": [[{"subnet": "$POD_RANGE"}]],
              "routes": [{"dst": "0.0.0.0/0"}]}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
JSON
}

write_kubelet_config() {
  cat >"$CONFIG/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $STATE/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $STATE/pki/kubelet.crt
tlsPrivateKeyFile: $STATE/pki/kubelet.key
containerRuntimeEndpoint: unix://$STATE/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$NODE_NAME
clusterDNS: [$DNS_ADDRESS]
clusterDomain: cluster.local
resolvConf: ""
failSwapOn: false
oomScoreAdj: 0
enforceNodeAllocatable: []
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: 1Gi, nodefs.inodesFree: "1%", imagefs.available: 1Gi}
serializeImagePulls: false
podLogsDir: $STATE/pod-logs
volumePluginDir: $CONFIG/volume-plugins
shutdownGracePeriod: 0s
nodeStatusUpdateFrequency: 5s
YAML
}

write_proxy_config() {
  cat >"$CONFIG/kube-proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $STATE/pki/kube-proxy.kubeconfig}
mode: iptables
clusterCIDR: $POD_RANGE
hostnameOverride: $NODE_NAME
oomScoreAdj: 0
conntrack: {maxPerCore: 0, min: 0}
YAML
}

run_containerd() { exec containerd --config "$CONFIG/containerd.toml"; }
run_kubelet() {
  exec "$BIN/kubelet" --config "$CONFIG/kubelet.yaml" --kubeconfig "$STATE/pki/kubelet.kubeconfig" \
    --hostname-override "$NODE_NAME" --node-ip "$NODE_ADDRESS" --root-dir "$STATE/kubelet"
}
run_kube-proxy() { exec "$BIN/kube-proxy" --config "$CONFIG/kube-proxy.yaml"; }

start() { "run_$1" >>"$LOGS/$1.log" 2>&1 & }

mount_folders
make_network
write_containerd_config
write_kubelet_config
write_proxy_config
start containerd
start etcd
start kube-apiserver
# The others only try again and again until the API server answers, at intervals of up to seconds: starting them then is quicker.
wait_until 60 "the API server is alive" api_get 127.0.0.1 /livez/ping || exit 1
start kube-controller-manager
start kube-scheduler
start kubelet
start kube-proxy

trap 'exit 0' TERM INT
# Ends only by a signal: a component that died is for `cluster.sh status` to tell and for `up` to mend.
while :; do wait || true; sleep 1; done
