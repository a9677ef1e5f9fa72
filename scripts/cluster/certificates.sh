# shellcheck shell=bash
# One certificate authority a cluster and the certificates that its components show each other.
# Sourced by scripts/cluster.sh; wants identity.sh.

readonly CERTIFICATE_DAYS=3650

make_certificates() {
  mkdir -p "$STATE/pki"
  chmod 700 "$STATE/pki"
  cd "$STATE/pki" || return
  new_key ca
  openssl req -x509 -new -key ca.key -subj /CN=tidewright-local-ca -days $CERTIFICATE_DAYS -out ca.crt
  new_key service-account
  openssl pkey -in service-account.key -pubout -out service-account.pub

  local names="DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
  names+=",DNS:localhost,IP:127.0.0.1,IP:$API_SERVICE_ADDRESS,IP:$NODE_ADDRESS,IP:$NODE_LINK"
  certificate apiserver "/CN=kube-apiserver" "$names"
  certificate apiserver-kubelet-client "/O=system:masters/CN=kube-apiserver-kubelet-client"
  certificate admin "/O=system:masters/CN=admin"
  certificate controller-manager "/CN=system:kube-controller-manager"
  certificate scheduler "/CN=system:kube-scheduler"
  certificate kube-proxy "/CN=system:kube-proxy"
  certificate kubelet "/O=system:nodes/CN=system:node:$NODE_NAME" "DNS:$NODE_NAME,IP:127.0.0.1,IP:$NODE_ADDRESS,IP:$NODE_LINK"
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }

# certificate NAME SUBJECT [ALTERNATIVE_NAMES]
certificate() {
  local extensions="extendedKeyUsage=clientAuth,serverAuth"
  [ $# -lt 3 ] || extensions+=$'\n'"subjectAltName=$3"
  new_key "$1"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 8)" -days $CERTIFICATE_DAYS \
      -extfile <(printf '%s\n' "$extensions") -out "$1.crt"
}

# kubeconfig_for USER SERVER FILE: with everything inline, so that the file can be copied away.
kubeconfig_for() {
  local user=$1 server=$2 file=$3 pki=$STATE/pki
  (umask 077 && cat >"$file.new" <<YAML)
apiVersion: v1
kind: Config
current-context: tidewright-$NAME
contexts:
- name: tidewright-$NAME
  context: {cluster: tidewright-$NAME, user: $user}
clusters:
- name: tidewright-$NAME
  cluster:
    server: $server
    certificate-authority-data: $(base64 -w0 <"$pki/ca.crt")
users:
- name: $user
  user:
    client-certificate-data: $(base64 -w0 <"$pki/$user.crt")
    client-key-data: $(base64 -w0 <"$pki/$user.key")
YAML
  mv "$file.new" "$file"
}

make_kubeconfigs() {
  local user
  for user in controller-manager scheduler kube-proxy kubelet; do
    kubeconfig_for $user "$LOCAL_API" "$STATE/pki/$user.kubeconfig"
  done
  kubeconfig_for admin "https://$API_ADDRESS:$API_PORT" "$KUBECONFIG_FILE"
}
