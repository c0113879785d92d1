#!/usr/bin/env bash
# Starts what build.sh built, as processes of this machine: a Kubernetes of one node with Argo
# Workflows and Argo Events, NATS, and an S3 server that tells NATS of its objects. What runs already is left as it is. Prints what to export.
#
# Usage: eval "$(up.sh)"   stop it with down.sh
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "$0")/settings.sh"
# shellcheck source=tests/cluster/group.sh
source "$here/group.sh"
api=https://$gateway:6443 etcd=http://127.0.0.1:$((2379 + 10 * (number - 1)))
s3=10.244.0.1:7070 nats=nats://10.244.0.1:4222
bucket=nbdag access_key=nbdag secret_key=nbdag-secret namespace=nbdag
export KUBECONFIG=$run/admin.conf PATH=$bin:$PATH NO_PROXY=$gateway,${s3%:*},127.0.0.1

settings() {
  printf 'export %s=%s\n' KUBECONFIG "$KUBECONFIG" NBDAG_STEP_IMAGE "$registry/step:1" NBDAG_PYTHON_IMAGE "$registry/python:1" NBDAG_MADE_IMAGE "$registry/made:1" \
    NBDAG_S3_ENDPOINT "$s3" NBDAG_S3_BUCKET "$bucket" \
    NBDAG_S3_ACCESS_KEY "$access_key" NBDAG_S3_SECRET_KEY "$secret_key" NBDAG_NATS "$nats" NBDAG_PROGRAMS "$bin" NO_PROXY "$NO_PROXY"
}

runs() { [ -f "$run/pids/$1" ] && [ "$(readlink "/proc/$(cat "$run/pids/$1")/exe")" = "$(readlink -f "$(command -v "$1")")" ]; }
start() { # PROGRAM ARGUMENT…
  runs "$1" && return
  setsid nohup "$@" >"$run/log/$1.log" 2>&1 </dev/null 9>&- &
  echo $! >"$run/pids/$1"
}
# wait_for COMMAND…   until it succeeds; not longer than what was started lives, or three minutes.
wait_for() {
  local end=$((SECONDS + 180)) pid program
  until "$@" >/dev/null 2>&1; do
    for pid in "$run"/pids/*; do
      program=$(basename "$pid")
      [ -d "/proc/$(cat "$pid")" ] || { tail -n 5 "$run/log/$program.log" >&2; fail "$program has ended: see above, and $run/log"; }
    done
    [ $SECONDS -lt $end ] || fail "This did not come true in three minutes: $* (logs: $run/log)"
    sleep 0.2
  done
}
# Two prefixes have the same addresses: there is one cluster at a time.
check_ports() {
  local pair user
  for pair in "${etcd#http://}=etcd" "$gateway:6443=kube-apiserver" "$gateway:7070=versitygw" "$gateway:4222=nats-server"; do
    user=$(ss -Hltnp "src ${pair%=*}")
    [ -z "$user" ] || runs "${pair#*=}" ||
      fail "Address ${pair%=*} is taken, by a cluster of another prefix (down.sh there) or another program: $user"
  done
}

sign() { # NAME SUBJECT [EXTENSION]
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -out "$1.crt" -extfile <(echo "${3:-}") 2>/dev/null
}
kubeconfig() { # FILE TOKEN NAMESPACE
  cat >"$1" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: nbdag, cluster: {server: "$api", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: nbdag, user: {token: $2}}]
contexts: [{name: nbdag, context: {cluster: nbdag, user: nbdag, namespace: $3}}]
current-context: nbdag
YAML
}
make_keys() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3650 -subj /CN=nbdag 2>/dev/null
  sign api /CN=kube-apiserver "subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:$gateway,IP:$service"
  sign kubelet-client /O=system:masters/CN=apiserver-kubelet-client
  openssl genrsa -out accounts.key 2048 2>/dev/null
  openssl rsa -in accounts.key -pubout -out accounts.pub 2>/dev/null
  local admin kubelet
  admin=$(openssl rand -hex 16) kubelet=$(openssl rand -hex 16)
  printf '%s,admin,1,"system:masters"\n%s,system:node:node,2,"system:nodes"\n' "$admin" "$kubelet" >tokens.csv
  kubeconfig kubelet.conf "$kubelet" default
  kubeconfig "$run/admin.conf" "$admin" "$namespace"
}

network() {
  sysctl -qw net.ipv4.ip_forward=1
  ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge
  ip addr replace "$gateway/24" dev "$bridge"
  ip link set "$bridge" up
  iptables -t nat -C "${forward[@]}" 2>/dev/null || iptables -t nat -A "${forward[@]}"
}

control_plane() {
  start etcd --data-dir "$run/etcd" --unsafe-no-fsync --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
    --listen-peer-urls "http://127.0.0.1:$((2380 + 10 * (number - 1)))"
  start kube-apiserver --etcd-servers="$etcd" --bind-address="$gateway" --secure-port=6443 --advertise-address="$gateway" \
    --tls-cert-file=api.crt --tls-private-key-file=api.key --client-ca-file=ca.crt --token-auth-file=tokens.csv \
    --authorization-mode=Node,RBAC --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file=accounts.pub --service-account-signing-key-file=accounts.key \
    --service-cluster-ip-range="${service%.*.*}.0.0/16" --allow-privileged=true --endpoint-reconciler-type=none \
    --kubelet-preferred-address-types=InternalIP --kubelet-client-certificate=kubelet-client.crt --kubelet-client-key=kubelet-client.key
  wait_for kubectl get --raw /readyz
  start kube-controller-manager --kubeconfig="$KUBECONFIG" --bind-address="$gateway" --leader-elect=false --root-ca-file=ca.crt \
    --service-account-private-key-file=accounts.key --use-service-account-credentials=true --controllers='*,-nodeipam,-service-lb-controller'
  start kube-scheduler --kubeconfig="$KUBECONFIG" --bind-address="$gateway" --leader-elect=false
}

node() {
  local archive imported
  mkdir -p "$run/cni"
  cat >"$run/cni/10-bridge.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "$bridge", "plugins": [
  {"type": "bridge", "bridge": "$bridge", "isGateway": true, "ipMasq": false,
   "ipam": {"type": "host-local", "dataDir": "$run/addresses", "routes": [{"dst": "0.0.0.0/0"}],
            "ranges": [[{"subnet": "${gateway%.*}.0/24", "rangeStart": "${gateway%.*}.10"}]]}}]}
JSON
  cat >"$run/containerd.toml" <<TOML
version = 2
root = "$run/containerd/root"
state = "$run/containerd/state"
[grpc]
  address = "$run/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$registry/pause:1"
  stream_server_port = "0"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$run/cni"
TOML
  start containerd --config "$run/containerd.toml"
  wait_for ctr -a "$run/containerd.sock" version
  for archive in "$images"/*.tar; do
    imported=$run/images/$(basename "$archive").key
    if ! cmp -s "$archive.key" "$imported"; then
      ctr -a "$run/containerd.sock" -n k8s.io images import "$archive" >/dev/null
      cp "$archive.key" "$imported"
    fi
  done

  # A group and a folder for logs of its own: a kubelet removes pods that it finds and doesn't know.
  cat >"$run/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PWD/ca.crt}}
authorization: {mode: Webhook}
address: $gateway
cgroupDriver: cgroupfs
cgroupRoot: /$group
healthzBindAddress: $gateway
failSwapOn: false
failCgroupV1: false
containerRuntimeEndpoint: unix://$run/containerd.sock
resolvConf: ""
podLogsDir: $run/log/pods
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: "100Mi", nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%"}
YAML
  make_group /sys/fs/cgroup
  start kubelet --config="$run/kubelet.yaml" --kubeconfig=kubelet.conf --hostname-override=node --node-ip="$gateway" --root-dir="$run/kubelet"
  wait_for kubectl wait --for=condition=Ready node/node --timeout=1s
}

argo() {
  local version manifests
  version=$(awk '$2 == "github.com/argoproj/argo-workflows/v3" {print $3}' "$here/modules/argo/go.mod")
  kubectl apply --server-side -k "$prefix/argo/manifests/base/crds/full" >/dev/null
  wait_for kubectl wait --for=condition=established --timeout=30s crd --all # it fails where there is no condition yet
  kubectl create namespace argo --dry-run=client -o yaml | kubectl apply -f - >/dev/null
  mkdir -p "$run/argo"
  manifests=$(realpath --relative-to="$run/argo" "$prefix/argo/manifests")
  cat >"$run/argo/kustomization.yaml" <<YAML
namespace: argo
resources: [$manifests/base/workflow-controller, $manifests/cluster-install-no-crds/workflow-controller-rbac]
images: [{name: quay.io/argoproj/workflow-controller, newName: $registry/workflow-controller, newTag: $version}]
patches:
- target: {kind: Deployment}
  patch: |
    - {op: add, path: /spec/template/spec/containers/0/args/-, value: --executor-image=$registry/argoexec:$version}
    - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: DEFAULT_REQUEUE_TIME, value: 1s}} # else 10 s
YAML
  kubectl apply -k "$run/argo" >/dev/null
  kubectl -n argo wait --for=condition=Available deployment/workflow-controller --timeout=300s >/dev/null
}

# One controller for all namespaces; what listens, and the bus, are made where they are needed.
events() {
  local version manifests
  version=$(awk '$1 == "require" && $2 == "github.com/argoproj/argo-events" {print $3}' "$here/modules/events/go.mod")
  mkdir -p "$run/events"
  manifests=$(realpath --relative-to="$run/events" "$prefix/events")
  cat >"$run/events/kustomization.yaml" <<YAML
resources: [$manifests/cluster-install]
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: controller-manager, namespace: argo-events}
    spec:
      template:
        spec:
          containers:
          - name: controller-manager
            image: $registry/argo-events:$version
            imagePullPolicy: IfNotPresent
            env:
            - {name: ARGO_EVENTS_IMAGE, value: "$registry/argo-events:$version"}
            - {name: IMAGE_PULL_POLICY, value: IfNotPresent}
YAML
  kubectl create namespace argo-events --dry-run=client -o yaml | kubectl apply -f - >/dev/null
  kubectl apply --server-side --force-conflicts -k "$run/events" >/dev/null
  kubectl -n argo-events wait --for=condition=Available deployment/controller-manager --timeout=300s >/dev/null
}

# The event bus insists on TLS, and takes any certificate; event sources and the S3 server speak none.
nats() {
  [ -f nats.crt ] || sign nats /CN=nats "subjectAltName=IP:$gateway"
  cat >"$run/nats.conf" <<CONF
listen: "$gateway:4222"
http: "$gateway:8222"
jetstream { store_dir: "$run/nats" }
tls { cert_file: "$PWD/nats.crt", key_file: "$PWD/nats.key" }
allow_non_tls: true
CONF
  start nats-server -c "$run/nats.conf"
  wait_for curl -sf "http://$gateway:8222/healthz"
}

s3() {
  mkdir -p "$run/s3/$bucket"
  ROOT_ACCESS_KEY=$access_key ROOT_SECRET_KEY=$secret_key start versitygw --port "$s3" --region us-east-1 \
    --event-nats-url "$nats" --event-nats-topic s3.events posix "$run/s3"
}

# A namespace in which workflows can run, for work by hand; the tests make one of their own.
user_namespace() {
  sed -e "s|\$NAMESPACE|$namespace|; s|\$ENDPOINT|$s3|; s|\$BUCKET|$bucket|" \
    -e "s|\$ACCESS_KEY|$access_key|; s|\$SECRET_KEY|$secret_key|" "$here/namespace.yaml" | kubectl apply -f - >/dev/null
}

[ -f "$images/step.tar.key" ] || fail "Nothing is built in $prefix: build.sh does that, or make cluster-up."
check_ports
mkdir -p "$run"/{images,keys,log,pids}
cd "$run/keys"
[ -f "$run/admin.conf" ] || make_keys
network
[ "$number" != 1 ] || { nats; s3; }
control_plane
node
argo
[ "$number" != 1 ] || events
user_namespace
settings
