#!/bin/sh
# Copyright (c) The terraform-provider-apig authors
# SPDX-License-Identifier: MPL-2.0
#
# usage: tools/licences.sh FILE
#
# Writes the licences and notices of everything that is linked into a released executable: Go itself, and the modules of all
# platforms that a release is for. Most of them ask that their licence goes with what is built from them.

set -eu

cd "$(dirname "$0")/.."
file=${1:?a file is needed}
mkdir -p "$(dirname "$file")"
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT

# with NAME DIRECTORY: prints all licences and notices in the directory, and fails if there is no licence.
with() {
	printf '%s\n\n' "==== $1 ===="
	ls "$2"/LICEN[CS]E* "$2"/COPYING* 2>/dev/null | grep -q . || {
		echo "$1 has no licence." >&2
		exit 1
	}
	for text in "$2"/LICEN[CS]E* "$2"/COPYING* "$2"/NOTICE* "$2"/PATENTS*; do
		[ ! -f "$text" ] || { cat "$text" && echo; }
	done
}

for os in darwin freebsd linux windows; do
	GOOS=$os CGO_ENABLED=0 go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}' .
done | sort -u >"$tmp"
{
	echo 'The provider is licensed under the MPL-2.0, see LICENSE. It is built with Go and the modules below, under these licences.'
	echo
	with 'The Go standard library' "$(go env GOROOT)"
	while read -r path directory; do
		with "$path" "$directory"
	done <"$tmp"
} >"$file"
