# shellcheck shell=bash
# make_group ROOT   makes the group of all pods of a cluster, $group, which the kubelet expects to be
# there, below the place where control groups are mounted.
make_group() {
  local hierarchy
  if [ -f "$1/cgroup.controllers" ]; then # version 2: a group hands its controllers on
    mkdir -p "$1/$group"
    hand_on "$1" || { make_room "$1" && hand_on "$1"; } || fail "The controllers of $1 can't be handed on to pods."
    hand_on "$1/$group"
  else
    for hierarchy in "$1"/*/; do mkdir -p "$hierarchy/$group" 2>/dev/null || true; done
  fi
}
hand_on() { sed 's/[^ ][^ ]*/+&/g' "$1/cgroup.controllers" 2>/dev/null >"$1/cgroup.subtree_control"; }
# Where this machine is a container, its root group is one as any other: it hands nothing on while
# processes are in it.
make_room() {
  local pid
  mkdir -p "$1/nbdag-others"
  for pid in $(cat "$1/cgroup.procs"); do
    { echo "$pid" >"$1/nbdag-others/cgroup.procs"; } 2>/dev/null || true # it may have ended
  done
}
