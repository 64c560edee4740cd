#!/bin/sh
# Copyright (c) The terraform-provider-apig authors
# SPDX-License-Identifier: MPL-2.0
#
# usage: tools/with-cli.sh tools/docs.sh DIRECTORY
#
# Generates the registry's documentation into DIRECTORY (relative to the repository's root,
# emptied before), from the provider's schema, examples/ and templates/.
#
# The schema comes from the CLI by a development override, which needs no network and works
# with OpenTofu too; left alone, tfplugindocs would know Terraform only, and download it.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:?a directory is needed}
cd "$root"

# tfplugindocs looks for the schema under this address.
address=registry.terraform.io/hashicorp/apig

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

go build -o "$tmp/plugin/terraform-provider-apig" .

cat >"$tmp/cli.tfrc" <<EOF
provider_installation {
  dev_overrides {
    "$address" = "$tmp/plugin"
  }
  direct {}
}
EOF

cat >"$tmp/main.tf" <<EOF
terraform {
  required_providers {
    apig = { source = "$address" }
  }
}
EOF

TF_CLI_CONFIG_FILE=$tmp/cli.tfrc "$TF_ACC_TERRAFORM_PATH" -chdir="$tmp" providers schema -json >"$tmp/schema.json"

tfplugindocs() {
	subcommand=$1
	shift
	go tool -modfile=tools/go.mod tfplugindocs "$subcommand" \
		--provider-dir . --provider-name apig --providers-schema "$tmp/schema.json" "$@" >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		exit 1
	}
}

tfplugindocs generate --rendered-website-dir "$out"
