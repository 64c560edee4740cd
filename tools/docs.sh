#!/bin/sh
# Copyright (c) The terraform-provider-apig authors
# SPDX-License-Identifier: MPL-2.0
#
# usage: tools/docs.sh generate DIRECTORY
#        tools/docs.sh validate
#
# Generates the registry's documentation into DIRECTORY (relative to the repository's root,
# emptied before), from the provider's schemas, examples/ and templates/. Or checks that docs/
# has a page for each thing, with the front matter and within the limits of the registries.
#
# The provider is asked for its schemas without a CLI: one that is too old for list resources,
# actions and identities would leave them out.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
command=${1:?generate or validate}
cd "$root"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# tfplugindocs looks for the schemas under this address.
go run ./internal/cmd/providerschema registry.terraform.io/hashicorp/apig >"$tmp/schema.json"

tfplugindocs() {
	subcommand=$1
	shift
	go tool -modfile=tools/go.mod tfplugindocs "$subcommand" \
		--provider-dir . --provider-name apig --providers-schema "$tmp/schema.json" "$@" >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		exit 1
	}
}

case $command in
generate) tfplugindocs generate --rendered-website-dir "${2:?a directory is needed}" ;;
validate) tfplugindocs validate ;;
*)
	echo 'usage: tools/docs.sh generate DIRECTORY | validate' >&2
	exit 2
	;;
esac
