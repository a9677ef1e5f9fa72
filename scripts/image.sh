#!/usr/bin/env bash
# Builds Tidewright's container images with Docker where an engine answers, otherwise with buildah and without any registry.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/terminal.sh
PROGRAM=image.sh

readonly BASE_IMAGE=docker.io/library/debian:bookworm-slim

usage() {
  cat <<'TEXT'
Usage: scripts/image.sh VERB [...]

  build TARGET [--tag IMAGE] [--build-arg NAME=VALUE]...
                       build a target of the Dockerfile (operator, app or load); the default tag is
                       docker.io/tidewright/TARGET:VERSION. Prints the image's name.
  build-context FOLDER --file DOCKERFILE --tag IMAGE
                       build any other Dockerfile
  archive IMAGE        save the image in the cache as a docker-archive, unless it is there; prints the file's name
  size IMAGE           the unpacked size in MB
  list                 the images that were built here

Without a Docker engine it uses buildah, as root; the base image is then made from Debian's packages, once.
TEXT
}

# The engine is looked for once, and only where a verb needs it.
engine() {
  if [ -z "${ENGINE:-}" ]; then
    if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
      ENGINE=docker
    else
      scripts/packages.sh image
      [ "$(id -u)" -eq 0 ] || refuse "no Docker engine answers, and buildah needs root here; start Docker, or run this as root"
      ENGINE=buildah
      export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=overlay
    fi
  fi
}

b() { buildah --root "$(cache_dir)/buildah" --runroot "$(cache_dir)/buildah-run" "$@"; }

has_image() {
  if [ "$ENGINE" = docker ]; then docker image inspect "$1" >/dev/null 2>&1; else b inspect --type image "$1" >/dev/null 2>&1; fi
}

image_id() {
  if [ "$ENGINE" = docker ]; then docker image inspect --format '{{.Id}}' "$1"; else b inspect --type image --format '{{.FromImageID}}' "$1"; fi
}

make_base_image() {
  local tar container
  tar=$(mktemp --suffix=.tar)
  # Chained: step, which runs this, suspends set -e, and half an image must not pass for one.
  mmdebstrap --variant=minbase --include=ca-certificates bookworm "$tar" ${TIDEWRIGHT_DEBIAN_MIRROR:+"$TIDEWRIGHT_DEBIAN_MIRROR"} &&
    container=$(b from scratch) && b add "$container" "$tar" / && b config --cmd bash "$container" &&
    b commit --rm "$container" "$BASE_IMAGE" && rm -f "$tar"
}

ensure_base_image() {
  [ "$ENGINE" = buildah ] || return 0
  has_image "$BASE_IMAGE" && return
  need_space "$(cache_dir)" 4 "building images"
  # Two builds that start at once must not both make it.
  mkdir -p "$(cache_dir)"
  exec 7>"$(cache_dir)/base-image.lock"
  flock 7
  has_image "$BASE_IMAGE" || step "making the base image debian:bookworm-slim (once on this machine)" "$(state_dir)/logs/base-image.log" make_base_image ||
    fail "cannot make the base image from Debian's packages"
  exec 7>&-
}

# build_image CONTEXT DOCKERFILE IMAGE [ARGUMENTS...]
build_image() {
  local context=$1 file=$2 image=$3
  shift 3
  engine
  if grep -q '^FROM debian:' "$file"; then ensure_base_image; fi
  local log
  log=$(state_dir)/logs/image-$(tr '/:' '--' <<<"$image").log
  if [ "$ENGINE" = docker ]; then
    step "building $image" "$log" env DOCKER_BUILDKIT=1 docker build --tag "$image" --file "$file" "$@" "$context"
  else
    step "building $image" "$log" b bud --layers --pull-never --tag "$image" --file "$file" "$@" "$context"
  fi || fail "cannot build $image"
  echo "$image"
}

# value_of FLAG [VALUE...]
value_of() {
  [ $# -ge 2 ] || refuse "$1 needs a value; see --help"
  printf '%s' "$2"
}

version() { sed -n 's/^project(tidewright VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt; }

archive_image() {
  local image=$1 file
  engine
  has_image "$image" || refuse "there is no image $image here; build it first (scripts/image.sh build), images here: $(list_images | tr '\n' ' ')"
  file=$(cache_dir)/images/$(tr '/:' '--' <<<"$image")-$(image_id "$image" | sed 's/^sha256://' | cut -c1-12).tar
  mkdir -p "$(dirname "$file")"
  (
    # Two clusters that load the same image want the same archive.
    flock 6
    [ ! -e "$file" ] || exit 0
    rm -f "$file.partial"
    # An earlier build under the same name is of no more use.
    rm -f "$(cache_dir)/images/$(tr '/:' '--' <<<"$image")"-????????????.tar
    # Chained: what comes before "||" suspends set -e.
    if [ "$ENGINE" = docker ]; then
      docker save --output "$file.partial" "$image" || exit
    else
      b push -q "$image" "docker-archive:$file.partial:$image" || exit
    fi
    mv "$file.partial" "$file"
  ) 6>"$(cache_dir)/images/archive.lock" || return
  echo "$file"
}

list_images() {
  if [ "$ENGINE" = docker ]; then
    docker images --format '{{.Repository}}:{{.Tag}}'
  else
    b images --format '{{.Name}}:{{.Tag}}'
  fi | { grep -v '<none>' || true; } | sort -u
}

size_of() {
  engine
  has_image "$1" || refuse "there is no image $1 here"
  local bytes container
  if [ "$ENGINE" = docker ]; then
    bytes=$(docker image inspect --format '{{.Size}}' "$1")
  else
    container=$(b from --pull-never "$1")
    bytes=$(du -s -B1 "$(b mount "$container")" | cut -f1)
    b rm "$container" >/dev/null
  fi
  printf '%d.%d\n' $((bytes / 1000000)) $((bytes % 1000000 / 100000))
}

verb=${1:-}
[ -n "$verb" ] || { usage >&2; exit 2; }
shift
case $verb in
  -h | --help | help) usage ;;
  build)
    target=${1:-}
    case $target in
      operator | app | load) shift ;;
      "") refuse "build what? operator, app or load" ;;
      *) refuse "unknown target \"$target\"; the Dockerfile has operator, app and load" ;;
    esac
    tag=docker.io/tidewright/$target:$(version)
    arguments=()
    while [ $# -gt 0 ]; do
      case $1 in
        --tag) tag=$(value_of "$@"); shift 2 ;;
        --build-arg) arguments+=(--build-arg "$(value_of "$@")"); shift 2 ;;
        *) refuse "unknown flag $1 of build; see --help" ;;
      esac
    done
    build_image . Dockerfile "$tag" --target "$target" --build-arg "VERSION=$(version)" "${arguments[@]}"
    ;;
  build-context)
    [ $# -gt 0 ] || refuse "build-context needs a folder"
    context=$1
    shift
    file='' tag=''
    while [ $# -gt 0 ]; do
      case $1 in
        --file) file=$(value_of "$@"); shift 2 ;;
        --tag) tag=$(value_of "$@"); shift 2 ;;
        *) refuse "unknown flag $1 of build-context; see --help" ;;
      esac
    done
    [ -n "$file" ] && [ -n "$tag" ] || refuse "build-context needs --file and --tag"
    build_image "$context" "$file" "$tag"
    ;;
  archive) [ $# -gt 0 ] || refuse "archive which image?"; archive_image "$1" ;;
  size) [ $# -gt 0 ] || refuse "size of which image?"; size_of "$1" ;;
  list) engine; list_images ;;
  *) refuse "unknown verb \"$verb\"; the verbs are build, build-context, archive, size and list" ;;
esac
