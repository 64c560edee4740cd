#!/bin/sh
# Copyright (c) The terraform-provider-apig authors
# SPDX-License-Identifier: MPL-2.0
#
# usage: tools/fuzz.sh TIME PACKAGE...
#
# Fuzzes each target of the packages for that time, one after the other, and stops at the first input that fails.
#
# When the time is over, Go's fuzzer may take that for a failure: "context deadline exceeded"
# (https://go.dev/issue/75804). Where it has written no input, that is none.

set -eu

time=${1:?how long}
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for package in $(go list "$@"); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 50x "$package" 2>&1 | tee "$log"
		if grep -q '^ok' "$log"; then
			continue
		fi
		if grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input' "$log"; then
			echo "$target: no input failed"
			continue
		fi
		exit 1
	done
done
