// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

func TestListPermissions(t *testing.T) {
	const total = 1201
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method != http.MethodGet || r.URL.Path != "/base/v2/p1/apigw/instances/g1/vpc-endpoint/permissions" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		records := []any{}
		for n := offset; n < min(offset+PageSize, total); n++ {
			records = append(records, map[string]string{"id": "r", "permission": fmt.Sprintf("iam:domain::a%d", n), "created_at": "2021-05-07T14:20:14Z"})
		}
		reply(w, 200, map[string]any{"permissions": records, "size": len(records), "total": total})
	})
	var found []Permission
	for page, err := range s.client.ListPermissions(t.Context(), gateway) {
		if err != nil || page.Shifted {
			t.Fatalf("%+v, %v", page, err)
		}
		found = append(found, page.Permissions...)
	}
	if want := (Permission{"r", "a1200", "2021-05-07T14:20:14Z"}); len(found) != total || found[1200] != want || len(s.requests) != 3 {
		t.Errorf("%d in %d calls", len(found), len(s.requests))
	}
}

func TestListPermissionsAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		answer   string
		accounts []string
		shifted  bool
		bad      bool
	}{
		"all":        {answer: `{"permissions":[{"permission":"iam:domain::*"},{"permission":"iam:other::x"}]}`, accounts: []string{"*", "iam:other::x"}},
		"twice":      {answer: `{"permissions":[{"id":"1","permission":"iam:domain::a"},{"id":"2","permission":"iam:domain::a"}],"total":2}`, accounts: []string{"a", "a"}},
		"repeated":   {answer: `{"permissions":[{"id":"1","permission":"iam:domain::a"},{"id":"1","permission":"iam:domain::a"}],"total":2}`, accounts: []string{"a"}, shifted: true},
		"none":       {answer: `{"permissions":[],"total":0}`},
		"null, none": {answer: `{"permissions":null,"total":0}`},
		"null":       {answer: `{"permissions":null}`, bad: true},
		"no list":    {answer: `{}`, bad: true},
		"nobody":     {answer: `{"permissions":[{"permission":"iam:domain::"}]}`, bad: true},
		"terminal":   {answer: `{"permissions":[{"permission":"iam:domain::\u001b[2J"}]}`, bad: true},
		"counts one": {answer: `{"permissions":[],"total":1}`, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = io.WriteString(w, tc.answer) })
			var accounts []string
			shifted := false
			for page, err := range s.client.ListPermissions(t.Context(), gateway) {
				if err != nil {
					if e := restError(t, err); !tc.bad || e.Kind != rest.KindUnreadable || e.Operation != OperationListPermissions {
						t.Error(err)
					}
					return
				}
				shifted = shifted || page.Shifted
				for _, p := range page.Permissions {
					accounts = append(accounts, p.Account)
				}
			}
			if diff := cmp.Diff(tc.accounts, accounts); tc.bad || diff != "" || shifted != tc.shifted {
				t.Errorf("shifted: %t, (-want +got):\n%s", shifted, diff)
			}
		})
	}
}

func TestChangePermissions(t *testing.T) {
	var sent string
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		body, _ := io.ReadAll(r.Body)
		sent = r.Method + " " + strings.TrimPrefix(r.URL.Path, "/base/v2/p1/apigw/instances/g1/vpc-endpoint/") + " " + string(body)
		reply(w, 200, map[string]any{})
	})
	if err := s.client.AddPermissions(t.Context(), gateway, []string{"a", AllAccounts}); err != nil || sent != `POST permissions/batch-add {"permissions":["iam:domain::a","iam:domain::*"]}` {
		t.Errorf("%s, %v", sent, err)
	}
	if err := s.client.DeletePermissions(t.Context(), gateway, []string{"a"}); err != nil || sent != `POST permissions/batch-delete {"permissions":["iam:domain::a"]}` {
		t.Errorf("%s, %v", sent, err)
	}
	for _, accounts := range [][]string{nil, {"a", "a"}, {""}, {"a/b"}, slices.Repeat([]string{"a"}, 51)} {
		if err := s.client.AddPermissions(t.Context(), gateway, accounts); restError(t, err).Kind != rest.KindInvalid {
			t.Errorf("%v: %v", accounts, err)
		}
	}
	if len(s.requests) != 2 {
		t.Errorf("%d calls", len(s.requests))
	}
}
