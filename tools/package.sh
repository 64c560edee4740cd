#!/bin/sh
# Copyright (c) The terraform-provider-apig authors
# SPDX-License-Identifier: MPL-2.0
#
# usage: tools/package.sh [host]
#
# Rehearses a release of the commit that is checked out: packages it twice, in two checkouts, signs it with a key that is
# thrown away, and looks into what came out. With "host", for this machine's platform only. The zips are in dist/ afterwards.

set -eu

only=${1:-}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
work=$(mktemp -d)
trap 'gpgconf --homedir "$GNUPGHOME" --kill all 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

mkdir -p .bin/release
echo 'Building goreleaser, which takes minutes at the first time ...'
go build -modfile=tools/release/go.mod -o .bin/release/ github.com/goreleaser/goreleaser/v2
# It writes its own checksum into what it writes, so that has to be the same everywhere.
go build -trimpath -modfile=tools/release/go.mod -o .bin/release/ github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
PATH=$root/.bin/release:$PATH

export GNUPGHOME="$work/gnupg"
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --no-auto-check-trustdb --trust-model always --passphrase '' --quick-gen-key 'Rehearsal of a release' rsa3072 sign 1d
GPG_FINGERPRINT=$(gpg --no-auto-check-trustdb --trust-model always --list-keys --with-colons | awk -F: '$1 == "fpr" { print $10; exit }')
export GPG_FINGERPRINT

# quietly DIRECTORY ARGUMENT...: runs goreleaser, and shows what it said if it fails.
quietly() {
	directory=$1
	shift
	(cd "$directory" && goreleaser "$@" >"$work/log" 2>&1) || {
		cat "$work/log" >&2
		exit 1
	}
}

# package DIRECTORY: packages what is checked out there.
package() {
	config=.goreleaser.yml
	if [ "$only" = host ]; then
		config=$work/goreleaser.yml
		sed -e "s/^    goos: .*/    goos: [$(go env GOOS)]/" -e "s/^    goarch: .*/    goarch: [\"$(go env GOARCH)\"]/" .goreleaser.yml >"$config"
	fi
	printf 'Packaging in the %s checkout ...\n' "$(basename "$1")"
	quietly "$1" release --config "$config" --snapshot --clean
}

commit=$(git rev-parse HEAD)
for checkout in first second; do
	git clone --quiet --no-checkout "$root" "$work/$checkout"
	git -C "$work/$checkout" checkout --quiet --detach "$commit"
	git -C "$work/$checkout" remote set-url origin https://github.com/apig-terraform/terraform-provider-apig.git
done

quietly "$work/first" check
package "$work/first"
package "$work/second"

sums=$(cd "$work/first/dist" && ls ./*_SHA256SUMS)
gpg --batch --quiet --no-auto-check-trustdb --trust-model always --verify "$work/first/dist/$sums.sig" "$work/first/dist/$sums"
cmp "$work/first/dist/$sums" "$work/second/dist/$sums" || {
	echo 'Two builds of one commit have other checksums.' >&2
	exit 1
}

rm -rf dist
mv "$work/first/dist" dist
tools/with-cli.sh go run ./internal/cmd/packagecheck -dist dist -commit "$commit" \
	-time "$(git show -s --format=%ct "$commit")" ${only:+-host}
