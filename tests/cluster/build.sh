#!/usr/bin/env bash
# Builds what up.sh starts: Kubernetes, etcd, Argo Workflows, Argo Events and an S3 server from their Go modules
# (modules/, the versions are there), and the images of the pods. What has been built is kept, each
# output with a key of what it was made from.
#
# Usage: build.sh [PYTHON]   (PYTHON: the image of the steps gets the versions of packages it has)
# Needs: root, Debian, go as new as modules/*/go.mod say. Packages of Debian are installed where they
# are missing.
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "$0")/settings.sh"
python=$(realpath -s "$(command -v "${1:-python3}")")
packages=(containerd runc containernetworking-plugins iptables iproute2 procps curl openssl debootstrap
  buildah ca-certificates gcc libc6-dev)
work=$prefix/build
mkdir -p "$bin" "$images" "$work"
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOTOOLCHAIN=local

missing() { ! dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
version_of() { awk -v module="$2" '$1 == "require" && $2 == module {print $3}' "$here/modules/$1/go.mod"; }
modules() { cat "$here/modules/$1"/*; }

# made OUTPUT FUNCTION SOURCE [ARGUMENT…]   calls FUNCTION OUTPUT ARGUMENT… unless OUTPUT is there
# and was made by the same function and arguments from the same text SOURCE.
made() {
  local output=$1 key
  key=$({ declare -f "$2"; echo "${@:3}"; } | sha256sum)
  [ -e "$output" ] && [ "$(cat "$output.key" 2>/dev/null)" = "$key" ] && return
  echo "Making ${output#"$prefix/"}" >&2
  rm -rf "$output" "$output.key"
  "$2" "$output" "${@:4}"
  echo "$key" >"$output.key"
}

# again COMMAND…   tries it three times: what it fetches comes over a network.
again() {
  local pause
  for pause in 5 20; do
    "$@" && return
    echo "This failed, and is tried again in $pause seconds: $*" >&2
    sleep "$pause"
  done
  "$@"
}

install_packages() {
  local needed=()
  for package in "$@"; do ! missing "$package" || needed+=("$package"); done
  [ ${#needed[@]} -gt 0 ] || return 0
  echo "Installing ${needed[*]}" >&2
  again apt_install "${needed[@]}" || { tail -n 20 "$work/apt.log" >&2; return 1; }
}
apt_install() {
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } \
    </dev/null >"$work/apt.log" 2>&1
}

# Programs of packages that would start as services where they are installed.
unpack() { # OUTPUT PACKAGE FILE
  rm -rf "$work/$2"*
  again fetch_package "$2" || { tail -n 20 "$work/apt.log" >&2; return 1; }
  dpkg -x "$work/$2"_*.deb "$work/$2"
  cp "$work/$2/$3" "$1"
  rm -rf "$work/$2"*
}
fetch_package() { (cd "$work" && { apt-get update && apt-get download "$1"; } </dev/null >"$work/apt.log" 2>&1); }

compile() { # OUTPUT FOLDER PACKAGE [LDFLAGS]
  (cd "$work/$2" && again go build -trimpath -ldflags "-s -w ${4:-}" -o "$1" "$3")
}

# Argo's repository has a link (signal_linux.go) that archives of modules leave out: a copy of the
# module gets it back. The manifests that up.sh applies are in the copy too.
copy_argo() { # OUTPUT MODULE
  (cd "$work/argo" && again go mod download "$2" && cp -r --no-preserve=mode "$(go list -m -f '{{.Dir}}' "$2")" "$1")
  cp "$1/workflow/executor/osspecific/"signal_{darwin,linux}.go
}

copy_manifests() { # OUTPUT MODULE
  (cd "$work/events" && again go mod download "$2" && cp -r --no-preserve=mode "$(go list -m -f '{{.Dir}}' "$2")/manifests" "$1")
}

# The images: each function gets OUTPUT NAME:TAG, fills a folder and packs it.
pack() { # FOLDER OUTPUT NAME:TAG CONFIG
  "$python" "$here/image.py" "$1" "$registry/$3" "$2" "$4"
  rm -rf "$1"
}
image_pause() {
  local folder=$work/pause
  mkdir -p "$folder"
  printf '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n' |
    gcc -x c -static -O2 -o "$folder/pause" -
  pack "$folder" "$1" "$2" '{"Entrypoint": ["/pause"]}'
}
image_argoexec() {
  local folder=$work/argoexec
  mkdir -p "$folder"/{bin,etc,tmp}
  chmod 1777 "$folder/tmp"
  cp "$bin/argoexec" "$folder/bin/"
  echo 'argoexec:x:8737:8737::/tmp:/bin/sh' >"$folder/etc/passwd"
  pack "$folder" "$1" "$2" '{"Env": ["PATH=/bin"], "Entrypoint": ["argoexec"]}'
}
image_controller() {
  local folder=$work/controller
  mkdir -p "$folder"/{bin,tmp}
  chmod 1777 "$folder/tmp"
  cp "$bin/workflow-controller" "$folder/bin/"
  cp "$(go env GOROOT)/lib/time/zoneinfo.zip" "$folder/" # else it knows no time zones
  pack "$folder" "$1" "$2" '{"Env": ["PATH=/bin", "ZONEINFO=/zoneinfo.zip"], "User": "8737"}'
}
image_events() {
  local folder=$work/argo-events
  mkdir -p "$folder"/{bin,tmp}
  chmod 1777 "$folder/tmp"
  cp "$bin/argo-events" "$folder/bin/"
  cp "$(go env GOROOT)/lib/time/zoneinfo.zip" "$folder/"
  pack "$folder" "$1" "$2" '{"Env": ["PATH=/bin", "ZONEINFO=/zoneinfo.zip"], "User": "9731", "Entrypoint": ["argo-events"]}'
}
debian() { # OUTPUT
  again bootstrap "$1"
  rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*
}
bootstrap() {
  rm -rf "$1"
  debootstrap --variant=minbase --include=python3,ca-certificates bookworm "$1" >"$work/debootstrap.log"
}
image_python() {
  rm -rf "$work/python"
  cp -a "$work/debian" "$work/python"
  pack "$work/python" "$1" "$2" "$runs_python"
}
image_step() {
  local folder=$work/step
  rm -rf "$folder"
  cp -a "$work/debian" "$folder"
  "$python" -m pip install --quiet --no-input --disable-pip-version-check --root-user-action ignore \
    --python-version 3.11 --only-binary :all: --target "$folder/usr/local/lib/python3.11/dist-packages" "${@:3}"
  pack "$folder" "$1" "$2" "$runs_python"
}
# What `nbdag image` writes, built as podman builds it. The image that it begins with is made here, with
# pip, which finds the packages in a folder.
image_made() { # OUTPUT NAME:TAG FOLDER
  local store=$work/buildah base container
  rm -rf "$store" "$work/wheels"
  "$python" -m pip download --quiet --no-input --disable-pip-version-check --no-deps \
    --python-version 3.11 --only-binary :all: --dest "$work/wheels" --requirement "$3/requirements.txt"
  base=$(awk '$1 == "FROM" {print $2}' "$3/Containerfile")
  container=$(builder from scratch)
  builder add --quiet "$container" "$work/debian" / >/dev/null
  again builder run --isolation chroot "$container" -- sh -c \
    'apt-get update && apt-get install -y --no-install-recommends python3-pip' >"$work/apt.log" 2>&1
  builder run --isolation chroot "$container" -- ln -s python3 /usr/bin/python
  builder config --env PATH=/usr/local/bin:/usr/bin:/bin --env PIP_BREAK_SYSTEM_PACKAGES=1 \
    --env PIP_NO_INDEX=1 --env PIP_FIND_LINKS=/wheels "$container"
  builder commit --quiet "$container" "$base" >/dev/null
  builder build --isolation chroot --pull-never --volume "$work/wheels:/wheels:ro" \
    --tag "$registry/$2" --file "$3/Containerfile" "$3" >"$work/buildah.log" 2>&1 ||
    { tail -n 20 "$work/buildah.log" >&2; return 1; }
  builder push --quiet "$registry/$2" "docker-archive:$1:$registry/$2"
  rm -rf "$store" "$work/wheels"
}
builder() { buildah --root "$work/buildah/root" --runroot "$work/buildah/run" --storage-driver vfs "$@"; }
runs_python='{"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": ["python3"]}'

command -v go >/dev/null || fail "Kubernetes and Argo are built with go, which is not here: install Go 1.24 or newer."
install_packages "${packages[@]}"
cp -r "$here"/modules/* "$work/"

k8s=$(version_of kubernetes k8s.io/kubernetes)
names="-X k8s.io/component-base/version.gitVersion=$k8s"
names+=" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$(cut -d. -f2 <<<"$k8s")"
made "$bin/etcd" compile "$(modules etcd)" etcd go.etcd.io/etcd/server/v3
for program in kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl; do
  made "$bin/$program" compile "$(modules kubernetes)" kubernetes "k8s.io/kubernetes/cmd/$program" "$names"
done
made "$bin/versitygw" compile "$(modules s3)" s3 github.com/versity/versitygw/cmd/versitygw

module=github.com/argoproj/argo-workflows/v3
argo=$(version_of argo "$module")
made "$prefix/argo" copy_argo "$argo" "$module"
(cd "$work/argo" && go mod edit -replace "$module=$prefix/argo")
for program in workflow-controller argoexec; do
  made "$bin/$program" compile "$(modules argo)" argo "$module/cmd/$program" "-X $module.version=$argo"
done

events=$(version_of events github.com/argoproj/argo-events)
made "$prefix/events" copy_manifests "$events" github.com/argoproj/argo-events
made "$bin/nats-server" unpack "" nats-server usr/sbin/nats-server
for program in prometheus promtool; do
  made "$bin/$program" unpack "" prometheus "usr/bin/$program"
done
made "$bin/argo-events" compile "$(modules events)" events github.com/argoproj/argo-events/cmd

made "$images/pause.tar" image_pause "" pause:1
made "$images/argoexec.tar" image_argoexec "$(modules argo)" "argoexec:$argo"
made "$images/controller.tar" image_controller "$(modules argo)" "workflow-controller:$argo"
made "$images/argo-events.tar" image_events "$(modules events)" "argo-events:$events"
made "$work/debian" debian ""
made "$images/python.tar" image_python "" python:1 # as the image that steps have where none is named
# What the Python of a step needs for nbdag (IPython, cloudpickle), for the notebooks of examples/, and
# to read S3. pandas keeps texts in another way where there is no pyarrow: both sides need it.
mapfile -t requirements < <("$python" "$here/versions.py" ipython cloudpickle numpy pandas scikit-learn matplotlib seaborn joblib pyarrow minio)
made "$images/step.tar" image_step "" step:1 "${requirements[@]}"
rm -rf "$work/made" && mkdir "$work/made"
cp "$here/../../examples/hello_world.ipynb" "$work/made/"
(cd "$work/made" && "$python" -m nbdag.cli image hello_world.ipynb) >/dev/null
made "$images/made.tar" image_made "$(cat "$work/made/image/"*)" made:1 "$work/made/image"
echo "Built in $prefix" >&2
