# shellcheck shell=bash disable=SC2034  # sourced by build.sh, up.sh and down.sh, which use these names
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=$(realpath -m "${NBDAG_CLUSTER_PREFIX:-${HOME:-/root}/.cache/nbdag-cluster}")
number=${NBDAG_CLUSTER_NUMBER:-1} # of clusters beside each other; the first one's S3 server is that of all
bin=$prefix/bin images=$prefix/images run=$prefix/run
[ "$number" = 1 ] || run+=$number
registry=nbdag.test # not a registry: images are imported under this name, never pulled
bridge=nbdag$((number - 1)) gateway=10.$((243 + number)).0.1 # this machine as pods see it: there is no cluster DNS, endpoints are addresses
service=10.$((95 + number)).0.1 # the API server as pods see it: there is no kube-proxy, this rule leads to it
group=nbdag$([ "$number" = 1 ] || echo "-$number") # the control group of its pods
forward=(PREROUTING -i "$bridge" -d "$service" -p tcp --dport 443 -j DNAT --to-destination "$gateway:6443")

fail() { echo "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "A cluster is made and run by root. Or name one that is there: KUBECONFIG, see conftest.py."
# One at a time works in the prefix; what it starts must not keep the lock (9>&-).
mkdir -p "$prefix"
exec 9>"$prefix/lock"
flock -n 9 || { echo "Waiting for another one that works in $prefix" >&2; flock 9; }
