#!/bin/sh
# Copyright (c) The terraform-provider-apig authors
# SPDX-License-Identifier: MPL-2.0
#
# usage: tools/release-notes.sh TAG [CHANGELOG]
#
# Prints the section that CHANGELOG.md has of the version, and fails if there is none, or nothing in it.

set -eu

version=${1#v}
notes=$(awk -v heading="## [$version]" '
	index($0, "## ") == 1 { inside = index($0, heading) == 1; next }
	/^\[[^]]*\]: / { next }
	inside
' "${2:-$(dirname "$0")/../CHANGELOG.md}")
if [ -z "$(printf %s "$notes" | tr -d '[:space:]')" ]; then
	printf 'CHANGELOG.md has no section "## [%s]" with something in it.\n' "$version" >&2
	exit 1
fi
printf '%s\n' "$notes" | sed '/./,$!d'
