#!/bin/sh
# Makes a Debian package of a binary with dpkg-deb alone. The same commit and tools make
# the same package. Gzip takes a quarter of xz's time.
#
#   scripts/deb.sh [BINARY [DIRECTORY]]
#
# BINARY is ./mydocker by default; mydocker_VERSION_ARCHITECTURE.deb is made in DIRECTORY,
# this one by default.
set -eu
umask 022
program=$(realpath -- "${1:-mydocker}")
to=$(realpath -- "${2:-.}")
cd "$(dirname -- "$0")/.."

# figure NAME is a word of what the binary says of itself.
figure() { "$program" version --json | sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }

version=$(figure version)
arch=$(figure arch | sed 's/^386$/i386/; s/^arm$/armhf/')
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y "$program")}
export SOURCE_DATE_EPOCH

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$root"
share=$root/usr/share
doc=$share/doc/mydocker

scripts/install.sh -o "$program" "$root/usr" zsh/vendor-completions
gzip -9n "$share/man/man1/mydocker.1"

mkdir -p "$doc" "$share/lintian/overrides" "$root/DEBIAN"
cp -R README.md docs "$doc/"
cat >"$doc/copyright" <<'END'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Source: https://github.com/mydocker/mydocker

Files: *
Copyright: 2026 the mydocker authors
License: Apache-2.0
 The text of the licence is in /usr/share/common-licenses/Apache-2.0.
END
{
    printf 'mydocker (%s) unstable; urgency=medium\n\n  * See docs/changelog.md.\n\n' "$version"
    printf ' -- mydocker <mydocker@users.noreply.github.com>  %s\n' "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"
# One static file is the point of it.
echo 'mydocker: statically-linked-binary [usr/bin/mydocker]' >"$share/lintian/overrides/mydocker"

cat >"$root/DEBIAN/control" <<END
Package: mydocker
Version: $version
Section: admin
Priority: optional
Architecture: $arch
Maintainer: mydocker <mydocker@users.noreply.github.com>
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f 1)
Suggests: uidmap
Homepage: https://github.com/mydocker/mydocker
Description: run a command in a container, without a daemon or an image
 mydocker isolates a command by namespaces, limits it by cgroups v1 or v2, and
 tells at its end what it used. It starts in milliseconds, and the command's
 exit status is its own.
 .
 It is good for limits from a terminal, a script or CI, for judges of programs,
 and for learning how containers work.
END
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs -d '\n' md5sum) >"$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb -Zgzip --root-owner-group --build "$root" "$to/mydocker_${version}_$arch.deb"
