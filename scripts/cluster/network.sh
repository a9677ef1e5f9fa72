# shellcheck shell=bash
# The node's network namespace and the one veth pair that joins it to the host.
# Sourced by scripts/cluster.sh; wants identity.sh.

make_link() {
  local taken
  # Another cluster, or the host's own network, may already use these addresses.
  taken=$(ip -o route show root "${POD_RANGE%.0.0/17}.0.0/16" | head -n 1)
  [ -z "$taken" ] || refuse "the addresses of a cluster called \"$NAME\" (${POD_RANGE%/17}/16) are in use here: \"$taken\"; choose another --name"
  ip netns add "$INTERFACE"
  ip link add "$INTERFACE" type veth peer name uplink netns "$INTERFACE"
  ip addr add "$HOST_LINK" peer "$NODE_LINK" dev "$INTERFACE"
  ip link set "$INTERFACE" up
  ip -n "$INTERFACE" addr add "$NODE_LINK" peer "$HOST_LINK" dev uplink
  ip -n "$INTERFACE" link set uplink up
  ip -n "$INTERFACE" route add default via "$HOST_LINK"
  # From the host, pods and Services answer directly: load tools need no port-forward.
  ip route add "$POD_RANGE" via "$NODE_LINK"
  ip route add "$SERVICE_RANGE" via "$NODE_LINK"
}

remove_link() {
  # The interface takes its routes with it.
  if [ -e "/sys/class/net/$INTERFACE" ]; then ip link delete "$INTERFACE"; fi
  if [ -e "/run/netns/$INTERFACE" ]; then ip netns delete "$INTERFACE"; fi
}
