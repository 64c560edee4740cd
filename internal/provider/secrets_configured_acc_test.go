// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Credentials in the configuration are in no state and no log. A saved plan has them, as literals and as variables: it holds the
// configuration and the variables as they are. Ephemeral variables it does not hold, and an apply is given them again.
func TestAccSecrets_configured_terraform1_11(t *testing.T) {
	t.Parallel()
	skipBelow(t, tfversion.Version1_11_0)
	const access, secret = "OWNERACCESSKEY", "secret-secret-key"
	variables := func(more string) string {
		return fmt.Sprintf("variable \"ak\" {\n  type = string\n  %s\n}\nvariable \"sk\" {\n  type = string\n  %s\n}\n", more, more)
	}
	for name, tc := range map[string]struct {
		variables          string
		accessKey, secrets string
		inPlan, inJSON     bool // of the secret key
	}{
		"literal":            {accessKey: `"` + access + `"`, secrets: `"` + secret + `"`, inPlan: true, inJSON: true},
		"sensitive variable": {variables: variables("sensitive = true"), accessKey: "var.ak", secrets: "var.sk", inPlan: true, inJSON: true},
		"ephemeral variable": {variables: variables("ephemeral = true"), accessKey: "var.ak", secrets: "var.sk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			ids := endpointIDs(1, 2)
			m.ask("pendingAcceptance", ids...)
			log := filepath.Join(t.TempDir(), "log")
			config := tc.variables + fmt.Sprintf("provider \"apig\" {\n  region = %q\n  endpoints = { apig = %q, iam = %q }\n  access_key = %s\n  secret_key = %s\n}\n",
				testRegion, m.url, m.url, tc.accessKey, tc.secrets) + block("test", "accepted", hclList(ids), limits)
			c := newCLI(t, config, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
			if tc.variables != "" {
				c.environment = append(c.environment, "TF_VAR_ak="+access, "TF_VAR_sk="+secret)
			}
			printed := c.must("plan", "-input=false", "-out=saved.tfplan").output()
			shown := c.must("show", "-json", "saved.tfplan").output()
			printed += c.applySaved().output()
			m.expectStatuses(t, "accepted", ids...)

			contains := func(where string, want bool, texts ...[]byte) {
				t.Helper()
				got := bytes.Contains(bytes.Join(texts, nil), []byte(secret))
				if got != want {
					t.Errorf("%s: the secret key is there: %t, want %t", where, got, want)
				}
			}
			contains("the saved plan", tc.inPlan, unzipped(t, filepath.Join(c.dir, "saved.tfplan"))...)
			contains("the saved plan as JSON", tc.inJSON, []byte(shown))
			contains("what is printed", false, []byte(printed))
			contains("the log", false, filesIn(t, filepath.Dir(log))...)
			contains("the state", false, []byte(c.must("state", "pull").output()))
		})
	}
}

// unzipped are the files in an archive, as a saved plan is one.
func unzipped(t *testing.T, name string) [][]byte {
	t.Helper()
	archive, err := zip.OpenReader(name)
	noError(t, err)
	defer func() { noError(t, archive.Close()) }()
	var texts [][]byte
	for _, file := range archive.File {
		opened, err := file.Open()
		noError(t, err)
		text, err := io.ReadAll(opened)
		noError(t, err)
		noError(t, opened.Close())
		texts = append(texts, text)
	}
	return texts
}
