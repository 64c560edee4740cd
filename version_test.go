// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"runtime/debug"
	"testing"

	"gotest.tools/v3/assert"
)

func TestBuild(t *testing.T) {
	t.Parallel()
	revision := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "f00d"}}
	for name, tc := range map[string]struct {
		version, commit         string // as the linker was told
		info                    *debug.BuildInfo
		wantVersion, wantCommit string
	}{
		"release":    {"1.2.3", "beef", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: revision}, "1.2.3", "beef"},
		"go install": {"", "", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "1.2.3", ""},
		"go build":   {"", "", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: revision}, "dev", "f00d"},
		"unknown":    {"", "", nil, "dev", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gotVersion, gotCommit := build(tc.version, tc.commit, tc.info)
			assert.Check(t, gotVersion == tc.wantVersion && gotCommit == tc.wantCommit,
				"version %q, commit %q; want %q, %q", gotVersion, gotCommit, tc.wantVersion, tc.wantCommit)
		})
	}
}
