#!/usr/bin/env bash
# Stops what up.sh started, by the ids that it recorded, and removes what it left. The build stays.
#
# Usage: down.sh [--check]    (--check: only say by the exit status whether it runs)
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "$0")/settings.sh"
is() { # the id may have gone to another program, and the program's file have been made anew
  local file
  file=$(readlink "/proc/$1/exe") && file=${file% (deleted)} && [ "${file##*/}" = "$2" ]
}
if [ "${1:-}" = --check ]; then
  [ -f "$run/pids/kubelet" ] && is "$(cat "$run/pids/kubelet")" kubelet
  exit
fi
[ -d "$run" ] || exit 0
stop() { # PROGRAM
  [ -f "$run/pids/$1" ] || return 0
  local pid
  pid=$(cat "$run/pids/$1")
  if is "$pid" "$1"; then
    kill "$pid"
    for _ in $(seq 50); do is "$pid" "$1" || break; sleep 0.2; done
    ! is "$pid" "$1" || kill -KILL "$pid"
  fi
  rm "$run/pids/$1"
}
# It may have been killed: then there is nothing to ask, and the shims are found without it.
tasks() { timeout 20 ctr -a "$run/containerd.sock" -n k8s.io tasks "$@" 2>/dev/null || true; }
# The shims are containerd's children, but it lets them go: they are known by its socket.
shims() {
  local file
  for file in /proc/[0-9]*/cmdline; do
    if tr '\0' ' ' 2>/dev/null <"$file" | grep -q "^[^ ]*containerd-shim.* -address $run/containerd.sock "; then
      basename "$(dirname "$file")"
    fi
  done
}
containers() { for pid in $(shims); do pgrep -P "$pid" || true; done; }

for program in kubelet kube-scheduler kube-controller-manager kube-apiserver etcd versitygw nats-server; do stop "$program"; done
if [ -f "$run/pids/containerd" ]; then
  networks=$(containers | xargs -r -n1 ip netns identify | sort -u) || true # some may end meanwhile
  for task in $(tasks ls -q); do tasks kill -s KILL "$task" || true; done
  for _ in $(seq 50); do
    tasks ls | grep -q RUNNING || break
    sleep 0.2
  done
  for task in $(tasks ls -q); do tasks delete "$task" >/dev/null || true; done
  for pid in $(containers) $(shims); do kill -KILL "$pid" || true; done
  stop containerd
  for network in $networks; do ip netns delete "$network" || true; done
fi
awk -v folder="$run/" 'index($2, folder) == 1 {print $2}' /proc/mounts | sort -r | xargs -r -n1 umount -l
iptables -t nat -D "${forward[@]}" 2>/dev/null || true
ip link del "$bridge" 2>/dev/null || true
find /sys/fs/cgroup -depth -type d \( -path "*/$group" -o -path "*/$group/*" \) -exec rmdir {} + 2>/dev/null || true
# Programs that have one place for all clusters left these there.
for file in /var/lib/cni/results/"$bridge"-*-eth0; do
  id=${file##*"$bridge"-}
  rm -f "$file" "/var/lib/cni/results/cni-loopback-${id%-eth0}-lo"
done
find /var/log/containers -lname "$run/*" -delete 2>/dev/null || true
rm -rf "$run"
