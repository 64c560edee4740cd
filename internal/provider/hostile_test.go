// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

// hostileServers are those to ask, by the service that is hostile. A text is shown
// of what is refused and of what can't be read: so each service gives each of the
// bad answers, as a success and as refusals.
func hostileServers() map[string][]hostileServer {
	servers := map[string][]hostileServer{}
	add := func(name, signIn string, answers []string, statuses []int, ends ...string) {
		for _, answer := range answers {
			for _, status := range statuses {
				at := map[string]string{}
				for _, end := range ends {
					at[end] = answer
				}
				servers[name] = append(servers[name], hostileServer{signIn: signIn, at: at, status: status})
			}
		}
	}
	succeeds, refuses := []int{200}, []int{200, 403}
	add("API", "password", badAnswers, []int{200, 404, 500}, "/vpc-endpoint/connections", "/vpc-endpoint/permissions")
	add("API", "password", []string{"connections"}, succeeds, "/vpc-endpoint/connections")
	add("API", "password", []string{"permissions"}, succeeds, "/vpc-endpoint/permissions")
	add("API's decisions", "password", badAnswers, []int{200, 403, 500}, "/connections/action", "/permissions/batch-add")
	add("IAM", "password", []string{"token", "bare token"}, succeeds, "/v3/auth/tokens")
	add("IAM", "password", badAnswers, refuses, "/v3/auth/tokens")
	for _, answer := range append([]string{"projects", "project"}, badAnswers...) { // asked where the token's answer does not tell the project
		servers["IAM"] = append(servers["IAM"], hostileServer{signIn: "password", at: map[string]string{"/v3/auth/tokens": "bare token", "/v3/projects": answer}, status: 200})
	}
	add("IAM's exchange", "OIDC", []string{"token"}, succeeds, "/OS-AUTH/id-token/tokens")
	add("IAM's exchange", "OIDC", badAnswers, refuses, "/OS-AUTH/id-token/tokens")
	add("IAM's keys", "OIDC", []string{"keys", "bare keys"}, succeeds, "/OS-CREDENTIAL/securitytokens")
	add("IAM's keys", "OIDC", badAnswers, refuses, "/OS-CREDENTIAL/securitytokens")
	add("STS", "STS", []string{"STS's keys", "bare keys"}, succeeds, "/v5/agencies/assume")
	add("STS", "STS", badAnswers, append(refuses, 404), "/v5/agencies/assume")
	add("metadata service", "metadata", badAnswers, refuses, "/meta-data/latest/api/token")
	add("metadata service", "metadata", []string{"keys", "bare keys"}, succeeds, "/openstack/latest/securitykey")
	add("metadata service", "metadata", badAnswers, refuses, "/openstack/latest/securitykey")
	return servers
}

// Whatever a server writes, in whatever place, what is shown of it, logged or kept
// is short and does nothing to a terminal.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	unprintable := "A\x1b[31mRED\x1b]0;title\x07\u009b31m\r\nB\x00\x7f\u202eC\u2066D\u200f"
	long := map[string]string{
		"endless": strings.Repeat("x", 2*mostWritten),
		"immense": strings.Repeat("x", 70_000), // longer than what is searched for secrets
	}
	fields := hostileFields()
	written := map[string]bool{}
	for service, servers := range hostileServers() {
		for _, server := range servers {
			for _, field := range fields {
				written[field] = written[field] || server.writes(field)
			}
		}
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			for _, server := range servers {
				for _, field := range fields {
					if !server.writes(field) {
						continue
					}
					server.field = field
					tryHostile(t, server, "unprintable", unprintable)
					if seen[field] {
						continue
					}
					seen[field] = true
					for kind, text := range long {
						tryHostile(t, server, kind, text)
					}
				}
			}
		})
	}
	for _, field := range fields {
		if !written[field] {
			t.Errorf("no server writes %s", field)
		}
	}
}

// tryHostile has a server write a text, and looks at what comes of it.
func tryHostile(t *testing.T, s hostileServer, kind, text string) {
	t.Helper()
	s.text, s.asked = text, &sync.Map{}
	var texts []string
	if s.decides() { // what comes of a decision is waited for
		synctest.Test(t, func(t *testing.T) { texts = allWritten(t, &s) })
	} else {
		texts = allWritten(t, &s)
	}
	for end := range s.at {
		if _, ok := s.asked.Load(end); !ok {
			t.Errorf("%s is not asked", end)
		}
	}
	for _, written := range texts {
		if what := unfitIn(written); what != "" {
			t.Errorf("%v with status %d, %s in %s: %s", s.at, s.status, kind, s.field, what)
		}
	}
}

// mostWritten is how long any text is at most.
const mostWritten = 4000

// unfitIn tells what is wrong with a text that was written.
func unfitIn(text string) string {
	if len(text) > mostWritten {
		return fmt.Sprintf("%d bytes: %.100q", len(text), text)
	}
	for _, c := range text {
		if !unicode.IsPrint(c) && c != '\n' {
			return fmt.Sprintf("%q in %.200q", c, text)
		}
	}
	return ""
}

// allWritten is what comes of all calls to a server: messages, lines of the log, and what is kept.
func allWritten(t *testing.T, s *hostileServer) []string {
	t.Helper()
	w := &written{gw: apig.Gateway{Region: "cn-north-4", ProjectID: "p1", InstanceID: "instance"}}
	var log bytes.Buffer
	ctx, cancel := context.WithTimeout(tflogtest.RootLogger(t.Context(), &log), 10*time.Minute)
	defer cancel()
	settings, diags := signin.ByEnvironment("", env(s.environment()))
	if diags.HasError() {
		t.Fatal(problems(diags))
	}
	var err error
	if w.p, _, err = newBackend(settings, s, "test"); err != nil {
		t.Fatal(err)
	}
	w.list(ctx, s)
	if s.decides() {
		w.decide(ctx)
	}
	for line := range strings.Lines(log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		for key, value := range entry {
			w.add(key, fmt.Sprint(value))
		}
	}
	return w.texts
}

// written are the texts that come of calls.
type written struct {
	p     *backend.Backend
	gw    apig.Gateway
	texts []string
}

func (w *written) add(texts ...string) { w.texts = append(w.texts, texts...) }

// failed takes in all that is made of an error.
func (w *written) failed(err error) {
	if err == nil {
		return
	}
	d := w.p.APIError(err, "It failed", w.gw)
	w.add(d.Summary()+"\n"+d.Detail(), backend.RefusalAdvice([]error{err}), backend.InBrief(err), err.Error())
}

// list looks the project up, and lists. Where a service of signing in is hostile,
// one listing tells all.
func (w *written) list(ctx context.Context, s *hostileServer) {
	var diags diag.Diagnostics
	if id := w.p.DefaultProject(ctx, str("cn-north-4"), &diags); !diags.HasError() {
		w.gw.ProjectID = id.ValueString()
		w.add(w.gw.ProjectID, w.gw.String())
	}
	w.add(problems(diags)...)
	session := w.p.Session(w.gw)
	connections, err := session.Get(ctx, []string{"endpoint-1"}, gateway.OfThisRun())
	w.failed(err)
	w.keep(connections)
	if !s.lists() && err != nil {
		return
	}
	connections, err = session.List(ctx, gateway.Now())
	w.failed(err)
	w.keep(connections)
	permissions, err := session.Permissions(ctx, gateway.OfThisRun())
	w.failed(err)
	for account, permission := range permissions {
		w.add(account, permission.ID, permission.Account, permission.CreatedAt)
	}
}

func (w *written) keep(connections map[string]endpoint.Connection) {
	for id, c := range connections {
		w.add(id, c.ID, c.DomainID, string(c.Status), c.CreatedAt, c.UpdatedAt)
	}
}

// decide makes the calls that change something.
func (w *written) decide(ctx context.Context) {
	session := w.p.Session(w.gw)
	reject := &settle.Item{EndpointID: "endpoint-1", Goal: endpoint.Reject}
	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	w.failed(session.Settle(soon, []*settle.Item{reject}, 0))
	w.failed(reject.Refusal)
	change := &gateway.PermissionChange{Add: []string{"another-account"}}
	w.failed(session.Permit(ctx, change))
	for _, err := range change.Refused {
		w.failed(err)
	}
}
