// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"runtime/debug"
	"strings"
)

// Set by the linker in releases.
var version, commit string

// built returns the version and the commit of this executable.
func built() (ofVersion, ofCommit string) {
	info, _ := debug.ReadBuildInfo()
	return build(version, commit, info)
}

// build returns the version and the commit that the linker was told. Where it was told neither, as by "go install",
// they are what Go wrote into the executable, or "dev" and "".
func build(version, commit string, info *debug.BuildInfo) (ofVersion, ofCommit string) {
	if info != nil {
		if version == "" && info.Main.Version != "(devel)" {
			version = strings.TrimPrefix(info.Main.Version, "v")
		}
		for _, setting := range info.Settings {
			if commit == "" && setting.Key == "vcs.revision" {
				commit = setting.Value
			}
		}
	}
	return cmp.Or(version, "dev"), commit
}
