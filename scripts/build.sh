#!/bin/sh
# Builds mydocker: the full program, which has every command, and then the front, which
# starts containers and carries the full one as data. See the package cmd/full.
#
#   scripts/build.sh BINARY [TAG...]      with further build tags
set -eu
binary=$(realpath -m -- "$1")
shift
cd "$(dirname -- "$0")/.."

tags=urfave_cli_no_template
for tag in "$@"; do tags=$tags,$tag; done
linker='-s -w'
# See the package container/entry, which knows these two architectures.
case $(go env GOARCH) in
amd64 | arm64) linker="$linker -E=github.com/mydocker/mydocker/container/entry.start" ;;
esac
# The checkout's commit is built in where git can tell it; elsewhere (no git, a tarball, a
# checkout of another user's) the build goes on without.
vcs=false
! git rev-parse -q --verify HEAD >/dev/null 2>&1 || vcs=auto

work=$(mktemp -d)
trap 'rm -rf "$work" "$binary.new"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# build OUTPUT TAGS [FLAG...]
build() {
    output=$1
    with=$2
    shift 2
    CGO_ENABLED=0 go build -trimpath -buildvcs="$vcs" -tags "$with" -ldflags "$linker" -o "$output" "$@" .
}
build "$work/full" "$tags"
# The front embeds a file that is nowhere in the sources: nothing but this build needs it.
echo "{\"Replace\": {\"cmd/full/mydocker\": \"$work/full\"}}" >"$work/overlay.json"
build "$work/front" "$tags,front" -overlay "$work/overlay.json"
# The linker writes through a mapping, page by page, and a program that lies in the page
# cache like that takes 5% longer to start a container than one that was copied.
cp "$work/front" "$binary.new"
mv -f "$binary.new" "$binary"
