# shellcheck shell=bash
# A cluster's name decides everything else about it: folders, interface, address ranges, ports.
# Sourced by scripts/cluster.sh and scripts/cluster/node.sh.

# identify NAME FLAVOUR: sets the variables below.
identify() {
  NAME=$1
  FLAVOUR=$2
  [[ $NAME =~ ^[a-z]([a-z0-9-]{0,9}[a-z0-9])?$ ]] ||
    refuse "--name \"$NAME\": a name is 1 to 11 of a-z, 0-9 and \"-\", begins with a letter and does not end with \"-\""
  STATE=$(state_dir)/clusters/$NAME
  LOGS=$STATE/logs
  KUBECONFIG_FILE=$STATE/kubeconfig
  NODE_NAME=tw-$NAME
  # Interface names end at 15 characters.
  INTERFACE=tw-$NAME

  local number
  number=$(($(printf '%s' "$NAME" | cksum | cut -d' ' -f1) % 200))
  # One /16 a name: the lower half for pods, the next quarter for Services, the top for the link to the host.
  local net=10.$((16 + number))
  POD_RANGE=$net.0.0/17
  NODE_ADDRESS=$net.0.1
  SERVICE_RANGE=$net.128.0/18
  API_SERVICE_ADDRESS=$net.128.1
  DNS_ADDRESS=$net.128.10
  HOST_LINK=$net.255.1
  NODE_LINK=$net.255.2

  if [ "$FLAVOUR" = api-only ]; then
    # Five ports a name, below the range that the kernel hands out to clients.
    local base=$((21000 + 5 * number))
    API_ADDRESS=127.0.0.1
    API_PORT=$base
    ETCD_PORT=$((base + 1))
    ETCD_PEER_PORT=$((base + 2))
    CONTROLLER_MANAGER_PORT=$((base + 3))
    SCHEDULER_PORT=$((base + 4))
    ADVERTISE_ADDRESS=127.0.0.1
  else
    # A network namespace of its own: the usual ports.
    API_ADDRESS=$NODE_LINK
    API_PORT=6443
    ETCD_PORT=2379
    ETCD_PEER_PORT=2380
    CONTROLLER_MANAGER_PORT=10257
    SCHEDULER_PORT=10259
    ADVERTISE_ADDRESS=$NODE_ADDRESS
  fi
  # Where the API server listens inside the node; the host's way in is API_ADDRESS.
  LOCAL_API=https://127.0.0.1:$API_PORT
}
