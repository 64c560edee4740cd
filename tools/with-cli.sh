#!/bin/sh
# Copyright (c) The terraform-provider-apig authors
# SPDX-License-Identifier: MPL-2.0
#
# usage: tools/with-cli.sh COMMAND [ARGUMENT...]
#
# Runs COMMAND with a Terraform or OpenTofu CLI chosen, and told to it in the variables
# that terraform-plugin-testing reads: TF_ACC_TERRAFORM_PATH, and for OpenTofu
# TF_ACC_PROVIDER_HOST. The CLI is the first of these:
#
#   1. the file that TF_ACC_TERRAFORM_PATH names
#   2. the release of Terraform that TF_ACC_TERRAFORM_VERSION names, downloaded to .bin/
#   3. terraform from the PATH
#   4. tofu from the PATH
#   5. a release of Terraform, downloaded to .bin/
#   6. OpenTofu, built from tools/opentofu to .bin/ (minutes at the first time)
#
# TF_ACC_TERRAFORM_PATH=opentofu asks for the last one, whatever else is there.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
bin=$root/.bin
release=1.15.9 # of Terraform, when there is no CLI at all

say() { printf '%s\n' "$*" >&2; }

# download_terraform VERSION: sets cli.
download_terraform() {
	cli=$bin/terraform-$1/terraform
	[ ! -x "$cli" ] || return 0
	say "Downloading Terraform $1 to .bin/ ..."
	mkdir -p "$bin/terraform-$1"
	go tool -modfile="$root/tools/go.mod" hc-install install -version "$1" -path "$bin/terraform-$1" terraform >&2
}

# build_tofu sets cli. The build is cached by Go, so that it is cheap to ask each time.
build_tofu() {
	cli=$bin/tofu
	[ -x "$cli" ] || say "Building OpenTofu to .bin/, which takes some minutes ..."
	mkdir -p "$bin"
	(cd "$root/tools/opentofu" && CGO_ENABLED=0 go build -trimpath \
		-ldflags "-s -w -X github.com/opentofu/opentofu/version.dev=no" \
		-o "$cli" github.com/opentofu/opentofu/cmd/tofu)
}

find_cli() {
	if [ "${TF_ACC_TERRAFORM_PATH:-}" = opentofu ]; then
		build_tofu
	elif [ -n "${TF_ACC_TERRAFORM_PATH:-}" ]; then
		cli=$TF_ACC_TERRAFORM_PATH
	elif [ -n "${TF_ACC_TERRAFORM_VERSION:-}" ]; then
		download_terraform "${TF_ACC_TERRAFORM_VERSION#v}"
	elif cli=$(command -v terraform) || cli=$(command -v tofu); then
		:
	elif ! download_terraform "$release"; then
		say "Terraform $release could not be downloaded."
		build_tofu
	fi
}

if [ $# -eq 0 ]; then
	say "usage: tools/with-cli.sh COMMAND [ARGUMENT...]"
	exit 2
fi

# The user's own CLI configuration has no say in what the tests see.
export TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1

find_cli
about=$("$cli" version)
say "CLI: $(printf '%s' "$about" | head -n 1) ($cli)"

unset TF_ACC_TERRAFORM_VERSION
export TF_ACC_TERRAFORM_PATH="$cli"
case $about in
OpenTofu*) export TF_ACC_PROVIDER_HOST=registry.opentofu.org ;;
esac

exec "$@"
