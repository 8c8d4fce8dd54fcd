#!/bin/sh
# Puts mydocker, its manual page and its completions where each is looked for.
#
#   scripts/install.sh [-d] [-o] BINARY PREFIX [ZSH-DIRECTORY]
#   scripts/install.sh -r PREFIX [ZSH-DIRECTORY]      removes them
#
#   -d  also a link called docker, by which mydocker has Docker's command line, and
#       the completions of that
#   -o  also a link called mydocker-oci, by which mydocker is an OCI runtime
#
# The page and the completions are what the binary prints. Zsh looks in a directory of
# its own, below PREFIX/share: zsh/site-functions if nothing else is said.
set -eu
umask 022

docker=
links=
while :; do
    case $1 in
    -d) docker=yes links="$links docker" ;;
    -o) links="$links mydocker-oci" ;;
    *) break ;;
    esac
    shift
done
if [ "$1" = -r ]; then
    program=
else
    [ -x "$1" ] || { echo "install.sh: there is no $1: make build makes it, where Go is" >&2; exit 1; }
    program=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)/${1##*/}
fi
prefix=$2
zsh=${3:-zsh/site-functions}

# put FILE COMMAND... writes what a command prints, or removes the file.
put() {
    file=$prefix/$1
    shift
    if [ -z "$program" ]; then
        rm -f -- "$file"
        return
    fi
    mkdir -p -- "$(dirname -- "$file")"
    # What runs from the file goes on to; nobody sees half of it.
    "$@" >"$file.new"
    chmod "$mode" "$file.new"
    mv -f -- "$file.new" "$file"
}

# A link is made where nothing else has its name, and only it is removed.
is_ours() { [ -L "$prefix/bin/$1" ] && [ "$(readlink -- "$prefix/bin/$1")" = mydocker ]; }
for name in $links; do
    link=$prefix/bin/$name
    if ! is_ours "$name" && { [ -e "$link" ] || [ -L "$link" ]; }; then
        echo "install.sh: $link is there and not mydocker's: nothing is installed" >&2
        exit 1
    fi
done

mode=755
put bin/mydocker cat -- "$program"
mode=644
put share/man/man1/mydocker.1 "$program" man
put share/bash-completion/completions/mydocker "$program" completion bash
put "share/$zsh/_mydocker" "$program" completion zsh
put share/fish/vendor_completions.d/mydocker.fish "$program" completion fish

# What starts containers after a boot; nothing of it is enabled.
boot=$(CDPATH='' cd -- "$(dirname -- "$0")/boot" && pwd)
put lib/systemd/system/mydocker-boot.service cat -- "$boot/system.service"
put lib/systemd/user/mydocker-boot.service cat -- "$boot/user.service"
mode=755
put share/mydocker/init.d/mydocker-boot cat -- "$boot/init.d"
mode=644

# put_docker FILE SHELL does that for the name docker, where the file is not Docker's own.
put_docker() {
    if [ ! -e "$prefix/$1" ] || grep -q mydocker -- "$prefix/$1"; then
        put "$1" "$program" docker completion "$2"
    fi
}
if [ "$docker" ] || is_ours docker; then
    put_docker share/bash-completion/completions/docker bash
    put_docker "share/$zsh/_docker" zsh
    put_docker share/fish/vendor_completions.d/docker.fish fish
fi
if [ ! "$program" ]; then
    links='docker mydocker-oci'
fi
for name in $links; do
    if [ "$program" ]; then
        is_ours "$name" || ln -s mydocker "$prefix/bin/$name"
    elif is_ours "$name"; then
        rm -f -- "$prefix/bin/$name"
    fi
done
