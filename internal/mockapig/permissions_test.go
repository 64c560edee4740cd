// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

const (
	permissionsPath = "/v2/" + testProject + "/apigw/instances/" + testGateway + "/vpc-endpoint/permissions"
	ownerPermission = permissionPrefix + testDomain
)

// account is the n-th account that may ask.
func account(n int) string { return fmt.Sprintf("%032x", n) }

func accounts(from, to int) []string {
	var ids []string
	for n := from; n < to; n++ {
		ids = append(ids, account(n))
	}
	return ids
}

// permissionsBody is that of a change of accounts' permissions.
func permissionsBody(accounts ...string) string {
	asked := permissionList{Permissions: []string{}}
	for _, id := range accounts {
		asked.Permissions = append(asked.Permissions, permissionPrefix+id)
	}
	return string(encode(asked))
}

func changePermissions(t *testing.T, s *Server, how string, accounts ...string) reply {
	t.Helper()
	return mustSend(t, s, newRequest(t.Context(), http.MethodPost, permissionsPath+"/batch-"+how, permissionsBody(accounts...)))
}

// listedPermissions are the accounts that a listing names; the owner's is "owner".
func listedPermissions(t *testing.T, s *Server, query string) ([]string, permissionListing) {
	t.Helper()
	got := get(t, s, permissionsPath+query)
	var page permissionListing
	err := json.Unmarshal([]byte(got.body), &page)
	assert.Assert(t, err == nil && got.status == http.StatusOK, "%d %s: %v", got.status, got.body, err)
	return permitted(page.Permissions), page
}

func permitted(permissions []Permission) []string {
	names := []string{}
	for _, p := range permissions {
		if p.Permission == ownerPermission {
			names = append(names, "owner")
		} else {
			names = append(names, strings.TrimPrefix(p.Permission, permissionPrefix))
		}
	}
	return names
}

func wantPermitted(t *testing.T, s *Server, want ...string) {
	t.Helper()
	assert.Check(t, is.DeepEqual(want, permitted(s.Permissions(testGateway))), "permitted")
}

func TestPermissionPages(t *testing.T) {
	s := newWorld(Config{})
	s.Permit(testGateway, accounts(1, 30)...)
	for _, tc := range []struct {
		query string
		first string
		size  int
		total int
	}{
		{"", "owner", 20, 30},
		{"?limit=0&offset=-3", "owner", 20, 30},
		{"?limit=501", "owner", 30, 30},
		{"?limit=4&offset=28", account(28), 2, 30},
		{"?offset=30", "", 0, 30},
		{"?permission=iam:domain::" + account(7), account(7), 1, 1},
		{"?permission=0000001", account(1), 15, 15},
		{"?permission=nobody", "", 0, 0},
	} {
		names, page := listedPermissions(t, s, tc.query)
		if len(names) != tc.size || *page.Size != tc.size || *page.Total != tc.total || tc.size > 0 && names[0] != tc.first {
			t.Errorf("%s: %v, %d of %d", tc.query, names, *page.Size, *page.Total)
		}
	}
	call := last(t, s)
	assert.Check(t, call.Filter.Permission == "nobody", "the journal has %+v", call)
	s.SetBehavior(Behavior{OmitTotal: true})
	_, page := listedPermissions(t, s, "")
	assert.Check(t, page.Total == nil && page.Size == nil, "got %+v", page)
}

func TestPermissionSwitches(t *testing.T) {
	s := newWorld(Config{})
	for i, domain := range []string{account(1), account(2)} {
		s.Connect(testGateway, Connection{ID: endpoint(i), DomainID: domain, Status: StatusAccepted})
	}
	s.Permit(testGateway, account(1), "*")
	got := changePermissions(t, s, "add", account(1), account(2))
	assert.Check(t, got.status == 200, "adding an existing one: %d %s", got.status, got.body)
	got = changePermissions(t, s, "delete", account(2), account(3), testDomain)
	assert.Check(t, got.status == 200, "deleting missing ones and the owner's: %d %s", got.status, got.body)
	wantPermitted(t, s, "owner", account(1), "*")

	s.SetBehavior(Behavior{AddRefused: true, DeleteRefused: true, RemovedRejects: true})
	got = changePermissions(t, s, "add", account(4), account(1))
	assert.Check(t, got.status == 400 && got.Code == "APIG.2011", "adding an existing one: %d %s", got.status, got.body)
	for _, missing := range []string{account(3), testDomain} {
		got := changePermissions(t, s, "delete", account(1), missing)
		assert.Check(t, got.status == 400 && got.Code == "APIG.2011", "deleting %s: %d %s", missing, got.status, got.body)
	}
	wantPermitted(t, s, "owner", account(1), "*")
	assert.Check(t, is.Equal(truth(s), "accepted, accepted"))
	changePermissions(t, s, "delete", "*")
	assert.Check(t, is.Equal(truth(s), "accepted, rejected"))
	s.Forbid(testGateway, account(1))
	assert.Check(t, is.Equal(truth(s), "rejected, rejected"))
}

func TestStalePermissions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld(Config{Behavior: Behavior{StaleFor: time.Minute}})
		wantListed := func(want ...string) {
			t.Helper()
			names, _ := listedPermissions(t, s, "")
			assert.Check(t, slices.Equal(names, want), "listed %v, want %v", names, want)
		}
		changePermissions(t, s, "add", account(1))
		wantListed("owner")
		pass(time.Minute)
		wantListed("owner", account(1))
		changePermissions(t, s, "delete", account(1))
		wantListed("owner", account(1))
		wantPermitted(t, s, "owner")
		changePermissions(t, s, "add", account(1))
		pass(time.Minute)
		wantListed("owner", account(1))
	})
}

func TestRefusesPermissions(t *testing.T) {
	one := permissionsBody(account(1))
	for _, tc := range []refusalTest{
		{name: "none", body: `{"permissions":[]}`, code: "APIG.2011"},
		{name: "left out", body: `{}`, code: "APIG.2011"},
		{name: "51", body: permissionsBody(accounts(0, 51)...), code: "APIG.2011"},
		{name: "duplicate", body: permissionsBody(account(1), account(1)), code: "APIG.2011"},
		{name: "bare account", body: `{"permissions":["` + account(1) + `"]}`, code: "APIG.2011"},
		{name: "short account", body: permissionsBody("abc"), code: "APIG.2011"},
		{name: "capitals", body: permissionsBody(strings.Repeat("A", 32)), code: "APIG.2011"},
		{name: "user", body: `{"permissions":["iam:user::` + account(1) + `"]}`, code: "APIG.2011"},
		{name: "two stars", body: permissionsBody("**"), code: "APIG.2011"},
		{name: "null", body: `{"permissions":[null]}`, code: "APIG.2011"},
		{name: "unknown field", body: `{"permissions":["a"],"force":true}`, code: "APIG.2000"},
		{name: "field in another case", body: strings.ToUpper(one[:14]) + one[14:], code: "APIG.2011"},
		{name: "not JSON", body: "permissions", code: "APIG.2000"},
		{name: "query", path: "?x=1", body: one, code: "APIG.2000"},
		{name: "no credentials", body: one, headers: []string{"X-Auth-Token", ""}, status: 401, code: "APIC.7100"},
		{name: "foreign project", body: one, headers: []string{"X-Project-Id", otherProject}, status: 403, code: "APIC.7106"},
	} {
		for _, how := range []string{"add", "delete"} {
			tc := tc
			tc.name, tc.method, tc.path = tc.name+", "+how, http.MethodPost, permissionsPath+"/batch-"+how+tc.path
			tc.status = cmp.Or(tc.status, http.StatusBadRequest)
			s := newWorld(Config{})
			tc.run(t, s)
			wantPermitted(t, s, "owner")
		}
	}
	for _, query := range []string{"?limit=x", "?id=a", "?status=accepted", "?permission=a&permission=b"} {
		refusalTest{name: query, path: permissionsPath + query, status: 400, code: "APIG.2011"}.run(t, newWorld(Config{}))
	}
}
