// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// AdminHandler lets a person with curl play the consumer, the console user and the platform, under /mock/:
//
//	GET  /mock/journal?since=N       the calls numbered above N
//	GET  /mock/connections?gateway=  the true state of all connections
//	POST /mock/connect               {"endpoint", "domain_id", "marker_id", "status", "after": "5s"}
//	POST /mock/disconnect            {"endpoint"}
//	POST /mock/status                {"endpoint", "status"}
//	POST /mock/fail-acceptance       {"endpoint", "times"}; times is 1 when left out, -1 means always
//	POST /mock/refuse                {"endpoint", "times"}; times is -1 when left out: every decision is refused
//	GET  /mock/permissions?gateway=  the true permissions
//	POST /mock/permit                {"domain_id"}
//	POST /mock/forbid                {"domain_id"}
//
// Each takes the "gateway", which may be left out where the mock has only one. A change answers with the connection, or
// the permissions, as they are then. There is no authentication: serve it on loopback only.
func AdminHandler(s *Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /mock/journal", adminCall(s.adminJournal))
	mux.Handle("GET /mock/connections", s.adminListing("connections", func(gateway string) any { return s.Connections(gateway) }))
	mux.Handle("GET /mock/permissions", s.adminListing("permissions", func(gateway string) any { return s.Permissions(gateway) }))
	for path, act := range map[string]func(adminRequest) error{
		"connect": func(r adminRequest) error {
			after, err := time.ParseDuration(cmp.Or(r.After, "0s"))
			if err != nil {
				return err
			}
			return s.connect(after, r.Gateway, Connection{ID: r.Endpoint, MarkerID: r.MarkerID, DomainID: r.DomainID, Status: r.Status})
		},
		"disconnect":      func(r adminRequest) error { return s.disconnect(r.Gateway, r.Endpoint) },
		"status":          func(r adminRequest) error { return s.setStatus(r.Gateway, r.Endpoint, r.Status) },
		"fail-acceptance": func(r adminRequest) error { return s.failAcceptance(r.Gateway, r.Endpoint, r.times(1)) },
		"refuse":          func(r adminRequest) error { return s.refuseEndpoint(r.Gateway, r.Endpoint, r.times(-1)) },
	} {
		mux.Handle("POST /mock/"+path, s.adminChange(act))
	}
	mux.Handle("POST /mock/permit", s.adminPermissionChange(s.Permit))
	mux.Handle("POST /mock/forbid", s.adminPermissionChange(s.Forbid))
	return mux
}

// adminCall gives what to answer, or why it is refused.
type adminCall func(*http.Request) (map[string]any, error)

// ServeHTTP answers in JSON that a person can read.
func (call adminCall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	body, err := call(r)
	if err != nil {
		status, body = http.StatusBadRequest, map[string]any{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(body) // a person who left is no trouble of the mock
}

// adminRequest is the body of every change.
type adminRequest struct {
	Gateway  string `json:"gateway"`
	Endpoint string `json:"endpoint"`
	DomainID string `json:"domain_id"`
	MarkerID int64  `json:"marker_id"`
	Status   string `json:"status"`
	After    string `json:"after"`
	Times    *int   `json:"times"`
}

// times is how often something is to happen, or what is usual for it.
func (r adminRequest) times(usual int) int {
	if r.Times == nil {
		return usual
	}
	return *r.Times
}

func (s *Server) adminChange(act func(adminRequest) error) adminCall {
	return func(r *http.Request) (map[string]any, error) {
		asked, err := s.adminAsked(r)
		if err == nil && asked.Endpoint == "" {
			err = errors.New("the endpoint is missing")
		}
		if err == nil {
			err = act(asked)
		}
		if err != nil {
			return nil, err
		}
		connections := []Connection{}
		if c, ok := s.Connection(asked.Gateway, asked.Endpoint); ok {
			connections = append(connections, c)
		}
		return map[string]any{"connections": connections}, nil
	}
}

func (s *Server) adminPermissionChange(change func(gatewayID string, accounts ...string)) adminCall {
	return func(r *http.Request) (map[string]any, error) {
		asked, err := s.adminAsked(r)
		if err == nil && !permissionForm.MatchString(permissionPrefix+asked.DomainID) {
			err = fmt.Errorf("%q is neither an account's ID nor *", asked.DomainID)
		}
		if err != nil {
			return nil, err
		}
		change(asked.Gateway, asked.DomainID)
		return map[string]any{"permissions": s.Permissions(asked.Gateway)}, nil
	}
}

// adminAsked reads the body of a change. Its content type does not matter: curl -d sends a form's.
func (s *Server) adminAsked(r *http.Request) (asked adminRequest, err error) {
	if err = decodeOne(io.LimitReader(r.Body, maxBody), &asked); err == nil {
		asked.Gateway, err = s.onlyGateway(asked.Gateway)
	}
	return asked, err
}

func (s *Server) adminListing(name string, list func(gateway string) any) adminCall {
	return func(r *http.Request) (map[string]any, error) {
		id, err := s.onlyGateway(r.URL.Query().Get("gateway"))
		if err != nil {
			return nil, err
		}
		return map[string]any{name: list(id)}, nil
	}
}

// onlyGateway gives the gateway that is asked for, or the only one there is.
func (s *Server) onlyGateway(asked string) (string, error) {
	s.locked(func() {
		if all := slices.Collect(maps.Keys(s.gateways)); asked == "" && len(all) == 1 {
			asked = all[0]
		}
	})
	return asked, s.at(asked, func(*gateway, time.Time) error { return nil })
}

func (s *Server) adminJournal(r *http.Request) (map[string]any, error) {
	since, err := strconv.Atoi(cmp.Or(r.URL.Query().Get("since"), "0"))
	if err != nil {
		return nil, errors.New("since is not a number")
	}
	return map[string]any{"calls": s.journalSince(since)}, nil
}
