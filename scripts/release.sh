#!/usr/bin/env bash
# release.sh [OS/ARCH...] makes a release in dist, for some platforms or for all: archives,
# packages for Debian, the Helm chart, the image's folder, what each program is linked from, and
# checksums. It publishes nothing. Every time is the commit's, so that two releases of
# one commit are the same, byte by byte.
#
# The version is the commit's tag, without its v. A commit without one is a pre-release
# of the next version, and one that is changed says so. RELEASE_VERSION names another.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh
umask 022
export LC_ALL=C TZ=UTC
go=${GO:-go}
dist=${RELEASE_DIST:-dist}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf 'release: %s\n' "$*" >&2; }

# next is the version of a commit without a tag: behind the last tag, before the next.
next() {
	local last major minor patch
	last=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || echo v0.0.-1)
	IFS=. read -r major minor patch <<<"${last#v}"
	echo "$major.$minor.$((patch + 1))-dev.$(git rev-list --count HEAD)"
}

version() {
	local tag version
	if tag=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null); then
		version=${tag#v}
	else
		version=$(next)
	fi
	[ -z "$(git status --porcelain)" ] || version=$version+changed
	echo "$version"
}

# compile makes the programs of a platform.
compile() {
	local os=${1%/*} arch=${1#*/} to=$work/$1 suffix=
	[ "$os" != windows ] || suffix=.exe
	say "compiling for $1"
	mkdir -p "$to"
	local flags=(-trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$version")
	CGO_ENABLED=0 GOOS=$os GOARCH=$arch "$go" build "${flags[@]}" -o "$to/octoq$suffix" ./cmd/octoq
	(cd enqueue/outbox && CGO_ENABLED=0 GOOS=$os GOARCH=$arch "$go" build "${flags[@]}" -o "$to/octoq-outbox$suffix" ./cmd/octoq-outbox)
}

# common makes what is the same for all platforms: pages of the manual, completion and
# licences.
common() {
	local to=$work/common here
	here=$("$go" env GOHOSTOS)/$("$go" env GOHOSTARCH)
	[ -d "$work/$here" ] || compile "$here"
	mkdir -p "$to/man" "$to/completions"
	"$work/$here/octoq" manual "$to/man"
	"$work/$here/octoq-outbox" manual "$to/man"
	"$work/$here/octoq" completion bash >"$to/completions/octoq.bash"
	"$work/$here/octoq" completion zsh >"$to/completions/_octoq"
	PLATFORMS=$platforms "$go" run ./scripts/thirdparty .:./cmd/octoq enqueue/outbox:./cmd/octoq-outbox >"$to/THIRD-PARTY-LICENSES"
	cp LICENSE README.md CHANGELOG.md SECURITY.md "$to"
}

# archive packs the programs of a platform, with what is common.
archive() {
	local os=${1%/*} name=octoq_${version}_${1/\//_} root=$work/archive
	mkdir -p "$root"
	cp -r "$work/common" "$root/$name"
	cp "$work/$1"/* "$root/$name"
	[ "$os" != linux ] || cp -r deploy/systemd "$root/$name"
	chmod -R u=rwX,go=rX "$root/$name"
	find "$root/$name" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	if [ "$os" = windows ]; then
		rm -f "$PWD/$dist/$name.zip"
		(cd "$root" && find "$name" | sort | zip -qX "$OLDPWD/$dist/$name.zip" -@)
	else
		tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner --format=ustar -c "$name" | gzip -9n >"$dist/$name.tar.gz"
	fi
	rm -rf "$root"
}

# package makes the package for Debian of a platform.
package() {
	local arch=${1#*/} root=$work/deb file page
	mkdir -p "$root/DEBIAN" "$root/usr/share/doc/octoq" "$root/usr/share/man/man1"
	install -D -m 755 -t "$root/usr/bin" "$work/$1/octoq" "$work/$1/octoq-outbox"
	install -D -m 644 -t "$root/usr/lib/systemd/system" deploy/systemd/*.service
	for file in worker web outbox; do
		install -D -m 640 "deploy/deb/$file.env" "$root/etc/octoq/$file.env"
		install -d -m 750 "$root/etc/octoq/$file"
		echo "/etc/octoq/$file.env"
	done >"$root/DEBIAN/conffiles"
	for page in "$work"/common/man/*.1; do
		gzip -9nc "$page" >"$root/usr/share/man/man1/${page##*/}.gz"
	done
	install -D -m 644 "$work/common/completions/octoq.bash" "$root/usr/share/bash-completion/completions/octoq"
	install -D -m 644 "$work/common/completions/_octoq" "$root/usr/share/zsh/vendor-completions/_octoq"
	install -m 644 LICENSE "$root/usr/share/doc/octoq/copyright"
	gzip -9nc CHANGELOG.md >"$root/usr/share/doc/octoq/changelog.gz"
	gzip -9nc "$work/common/THIRD-PARTY-LICENSES" >"$root/usr/share/doc/octoq/THIRD-PARTY-LICENSES.gz"
	install -m 755 deploy/deb/postinst deploy/deb/prerm deploy/deb/postrm "$root/DEBIAN"
	(cd "$root" && find usr -type f | sort | xargs md5sum >DEBIAN/md5sums)
	sed -e "s/@VERSION@/${version/-/\~}/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$(du -sk --apparent-size "$root/usr" | cut -f 1)/" deploy/deb/control >"$root/DEBIAN/control"
	dpkg-deb --root-owner-group -Zxz --build "$root" "$dist/octoq_${version/-/\~}_$arch.deb" >&2
	rm -rf "$root"
}

# image lays out what the image is built from, for Linux.
image() {
	local arch=${1#*/}
	install -D -t "$dist/image/$arch" "$work/$1/octoq" "$work/$1/octoq-outbox"
	install -m 644 deploy/image/Dockerfile LICENSE "$work/common/THIRD-PARTY-LICENSES" "$dist/image"
	install -m 644 "${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}" "$dist/image/ca-certificates.crt"
}

# chart packs the Helm chart, with the version of the release.
chart() {
	local root=$work/chart
	mkdir -p "$root"
	cp -r deploy/chart "$root/octoq"
	rm -rf "$root/octoq/ci"
	sed -i "s/^\(version\|appVersion\): .*/\1: $version/" "$root/octoq/Chart.yaml"
	tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --mode=u=rwX,go=rX --format=ustar -c octoq |
		gzip -9n >"$dist/octoq-$version.tgz"
}

# contents says what the programs of a platform are linked from.
contents() {
	local program name
	for program in "$work/$1"/*; do
		name=$(basename "$program" .exe)
		"$go" run ./scripts/sbom "$name" "$version" "$program" >"$dist/${name}_${version}_${1/\//_}.cdx.json"
	done
}

scripts/need.sh dpkg-deb zip -- ca-certificates
[ "$#" -gt 0 ] || set -- linux/amd64 linux/arm64 darwin/arm64 windows/amd64
platforms=$*
version=${RELEASE_VERSION:-$(version)}
SOURCE_DATE_EPOCH=$(git show -s --format=%ct)
export SOURCE_DATE_EPOCH
rm -rf "$dist"
mkdir -p "$dist"
for platform in "$@"; do
	compile "$platform"
done
common
chart
for platform in "$@"; do
	archive "$platform"
	contents "$platform"
	case $platform in
	linux/*) package "$platform" && image "$platform" ;;
	esac
done
(cd "$dist" && find . -maxdepth 1 -type f -printf '%P\n' | sort | xargs sha256sum) >"$work/checksums.txt"
mv "$work/checksums.txt" "$dist"
say "octoq $version, in $dist:"
cat "$dist/checksums.txt"
