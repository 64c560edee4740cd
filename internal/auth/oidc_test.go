// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/textfile"
)

func TestIDTokenFileIsReadAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m := newWorld(mockapig.Config{})
	m.AddIDToken("id-token-2", mockapig.IDToken{ProviderID: "ci", DomainID: userDomain})
	a := world(t, m, Config{OIDC: OIDC{ProviderID: "ci", TokenFile: file, Role: directID}})

	_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
	if _, ok := errors.AsType[*TokenFileError](err); !ok || !strings.Contains(err.Error(), file) {
		t.Errorf("without the file: %v", err)
	}
	write(" \n")
	if _, err := send(t.Context(), a, "GET", gatewayPath, "", nil); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("with an empty file: %v", err)
	}
	write(strings.Repeat("x", textfile.MostBytes+1))
	if _, err := send(t.Context(), a, "GET", gatewayPath, "", nil); err == nil || !strings.Contains(err.Error(), file+" is longer than") {
		t.Errorf("with a file without an end: %v", err)
	}
	write("id-token-1\n")
	callTogether(t, a, 3)
	m.AddIDToken("id-token-1", mockapig.IDToken{ProviderID: "another"}) // it has ended
	write("id-token-2\n")
	m.ExpireKeys()
	callTogether(t, a, 3)
	if text := a.Redact("id-token-1 id-token-2"); text != "*** ***" {
		t.Errorf("tokens from a file are shown: %s", text)
	}
}

// What is given on the way, and sent to get the next, is secret as well.
func TestIDTokenWayIsRedacted(t *testing.T) {
	t.Parallel()
	m := newWorld(mockapig.Config{})
	var given []string
	cfg := Config{OIDC: OIDC{ProviderID: "ci", Token: "id-token-1", Role: directID}, IAM: mustURL(t, testIAM), STS: mustURL(t, "https://sts.test")}
	a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
		resp, err := m.Transport().RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body = io.NopCloser(bytes.NewReader(body))
		var answer keysAnswer
		if json.Unmarshal(body, &answer) == nil {
			c := answer.Credential
			given = append(given, c.Access, c.Secret, c.SecurityToken)
		}
		given = append(given, resp.Header.Get(headerSubjectToken))
		return resp, err
	}))
	m.Fail(mockapig.Fault{Operation: mockapig.OpAssumeAgency, Status: http.StatusBadRequest, Code: "PAP5.0001", Message: "What is", Echo: true})
	_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
	if !strings.Contains(errorText(err), "What is") || !strings.Contains(errorText(err), redacted) {
		t.Errorf("error %v", err)
	}
	given = slices.DeleteFunc(given, func(s string) bool { return s == "" })
	if len(given) != 4 {
		t.Errorf("given were %d secrets, want a token and a key", len(given))
	}
	for _, secret := range given {
		if got := a.Redact("x" + secret + "y"); got != "x***y" || strings.Contains(errorText(err), secret) {
			t.Errorf("%s is shown: %v", got, err)
		}
	}
}

// A token in the place of its file's path is in no message.
func TestIDTokenInPlaceOfItsFile(t *testing.T) {
	t.Parallel()
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl"
	a := world(t, newWorld(mockapig.Config{}), Config{OIDC: OIDC{ProviderID: "ci", TokenFile: token, Role: directID}})
	_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
	if _, ok := errors.AsType[*TokenFileError](err); !ok || strings.Contains(err.Error(), "eyJ") || !strings.Contains(err.Error(), "looks like the content of a file") {
		t.Errorf("%v", err)
	}
}
