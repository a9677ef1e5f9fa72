# shellcheck shell=bash
# The commands of the components that both flavours run. Each is one function that becomes its component by `exec`.
# Sourced by scripts/cluster.sh, node.sh and api_only.sh; wants identity.sh and the variable BIN.

# api_get ADDRESS PATH: as the cluster's administrator; quicker than kubectl, and there before any of RBAC's roles.
api_get() {
  local pki=$STATE/pki
  curl -sf --max-time 2 --cacert "$pki/ca.crt" --cert "$pki/admin.crt" --key "$pki/admin.key" "https://$1:$API_PORT$2"
}

run_etcd() {
  # No fsync: the cluster is thrown away, and a laptop's disk should not set its pace.
  exec "$BIN/etcd" --name "$NODE_NAME" --data-dir "$STATE/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
    --listen-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" --initial-advertise-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
    --initial-cluster "$NODE_NAME=http://127.0.0.1:$ETCD_PEER_PORT" --quota-backend-bytes 8589934592
}

run_kube-apiserver() {
  local pki=$STATE/pki bind=0.0.0.0
  local -a more=()
  if [ "$FLAVOUR" = api-only ]; then
    bind=127.0.0.1
    # Endpoints of the Service `kubernetes` may not be loopback, and nothing here routes to it.
    more+=(--endpoint-reconciler-type=none)
  else
    more+=(--kubelet-client-certificate "$pki/apiserver-kubelet-client.crt"
      --kubelet-client-key "$pki/apiserver-kubelet-client.key" --kubelet-certificate-authority "$pki/ca.crt"
      --kubelet-preferred-address-types InternalIP)
  fi
  exec "$BIN/kube-apiserver" --etcd-servers "http://127.0.0.1:$ETCD_PORT" --bind-address "$bind" --secure-port "$API_PORT" \
    --advertise-address "$ADVERTISE_ADDRESS" --service-cluster-ip-range "$SERVICE_RANGE" \
    --authorization-mode Node,RBAC --allow-privileged --anonymous-auth=true \
    --client-ca-file "$pki/ca.crt" --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file "$pki/service-account.pub" --service-account-signing-key-file "$pki/service-account.key" \
    --audit-policy-file "$STATE/audit-policy.yaml" --audit-log-path "$LOGS/audit.log" --audit-log-maxsize 500 \
    --audit-log-maxbackup 2 "${more[@]}"
}

run_kube-controller-manager() {
  # The rates matter only to scale tests: with the default of 20 a second, 1 000 pods take two minutes.
  exec "$BIN/kube-controller-manager" --kubeconfig "$STATE/pki/controller-manager.kubeconfig" --bind-address 127.0.0.1 \
    --secure-port "$CONTROLLER_MANAGER_PORT" --leader-elect=false --use-service-account-credentials \
    --kube-api-qps=1000 --kube-api-burst=2000 \
    --root-ca-file "$STATE/pki/ca.crt" --service-account-private-key-file "$STATE/pki/service-account.key" \
    --cluster-signing-cert-file "$STATE/pki/ca.crt" --cluster-signing-key-file "$STATE/pki/ca.key"
}

run_kube-scheduler() {
  exec "$BIN/kube-scheduler" --kubeconfig "$STATE/pki/scheduler.kubeconfig" --bind-address 127.0.0.1 \
    --secure-port "$SCHEDULER_PORT" --leader-elect=false --kube-api-qps=1000 --kube-api-burst=2000
}

# Who changed what, at the level that names it and keeps no bodies: the tests count our operator's writes in it.
write_audit_policy() {
  cat >"$STATE/audit-policy.yaml" <<'YAML'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  verbs: [get, list, watch]
- level: None
  resources: [{group: coordination.k8s.io, resources: [leases]}]
- level: Metadata
YAML
}
