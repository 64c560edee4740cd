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
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

func TestListPermissions(t *testing.T) {
	const total = 1201
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		assert.Check(t, r.Method == http.MethodGet && r.URL.Path == "/base/v2/p1/apigw/instances/g1/vpc-endpoint/permissions", "%s %s", r.Method, r.URL)
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		records := []any{}
		for n := offset; n < min(offset+PageSize, total); n++ {
			records = append(records, map[string]string{"id": "r", "permission": fmt.Sprintf("iam:domain::a%d", n), "created_at": "2021-05-07T14:20:14Z"})
		}
		reply(w, 200, map[string]any{"permissions": records, "size": len(records), "total": total})
	})
	var found []Permission
	for page, err := range s.client.ListPermissions(t.Context(), gateway) {
		assert.Assert(t, err == nil && !page.Shifted, "%+v, %v", page, err)
		found = append(found, page.Entries...)
	}
	want := (Permission{"r", "a1200", "2021-05-07T14:20:14Z"})
	assert.Check(t, len(found) == total && found[1200] == want && len(s.requests) == 3, "%d in %d calls", len(found), len(s.requests))
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
					e := restError(t, err)
					assert.Check(t, tc.bad && e.Kind == rest.KindUnreadable && e.Operation == OperationListPermissions, err)
					return
				}
				shifted = shifted || page.Shifted
				for _, p := range page.Entries {
					accounts = append(accounts, p.Account)
				}
			}
			diff := cmp.Diff(tc.accounts, accounts)
			assert.Check(t, !tc.bad && diff == "" && shifted == tc.shifted, "shifted: %t, (-want +got):\n%s", shifted, diff)
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
	err := s.client.AddPermissions(t.Context(), gateway, []string{"a", AllAccounts})
	assert.Check(t, err == nil && sent == `POST permissions/batch-add {"permissions":["iam:domain::a","iam:domain::*"]}`, "%s, %v", sent, err)
	err = s.client.DeletePermissions(t.Context(), gateway, []string{"a"})
	assert.Check(t, err == nil && sent == `POST permissions/batch-delete {"permissions":["iam:domain::a"]}`, "%s, %v", sent, err)
	for _, accounts := range [][]string{nil, {"a", "a"}, {""}, {"a/b"}, slices.Repeat([]string{"a"}, 51)} {
		err := s.client.AddPermissions(t.Context(), gateway, accounts)
		assert.Check(t, restError(t, err).Kind == rest.KindInvalid, "%v: %v", accounts, err)
	}
	assert.Check(t, len(s.requests) == 2, "%d calls", len(s.requests))
}
