// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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
	mux.HandleFunc("GET /mock/journal", s.adminJournal)
	mux.HandleFunc("GET /mock/connections", s.adminConnections)
	for path, act := range map[string]func(adminRequest) error{
		"connect": func(r adminRequest) error {
			after, err := r.delay()
			if err != nil {
				return err
			}
			return s.connect(after, r.Gateway, Connection{ID: r.Endpoint, MarkerID: r.MarkerID, DomainID: r.DomainID, Status: r.Status})
		},
		"disconnect": func(r adminRequest) error { return s.disconnect(r.Gateway, r.Endpoint) },
		"status":     func(r adminRequest) error { return s.setStatus(r.Gateway, r.Endpoint, r.Status) },
		"fail-acceptance": func(r adminRequest) error {
			return s.failAcceptance(r.Gateway, r.Endpoint, r.times(1))
		},
		"refuse": func(r adminRequest) error { return s.refuseEndpoint(r.Gateway, r.Endpoint, r.times(-1)) },
	} {
		mux.HandleFunc("POST /mock/"+path, s.adminChange(act))
	}
	mux.HandleFunc("GET /mock/permissions", s.adminPermissions)
	mux.HandleFunc("POST /mock/permit", s.adminPermissionChange(s.Permit))
	mux.HandleFunc("POST /mock/forbid", s.adminPermissionChange(s.Forbid))
	return mux
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

func (r adminRequest) delay() (time.Duration, error) {
	if r.After == "" {
		return 0, nil
	}
	return time.ParseDuration(r.After)
}

func (s *Server) adminChange(act func(adminRequest) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked, err := s.adminAsked(r)
		if err == nil && asked.Endpoint == "" {
			err = fmt.Errorf("the endpoint is missing")
		}
		if err == nil {
			err = act(asked)
		}
		if err != nil {
			adminAnswer(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
			return
		}
		connections := []Connection{}
		if c, ok := s.Connection(asked.Gateway, asked.Endpoint); ok {
			connections = append(connections, c)
		}
		adminAnswer(w, http.StatusOK, map[string]any{"connections": connections})
	}
}

// adminAsked reads the body of a change.
func (s *Server) adminAsked(r *http.Request) (adminRequest, error) {
	var asked adminRequest
	// The content type does not matter: curl -d sends a form's.
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&asked)
	if err == nil {
		asked.Gateway, err = s.onlyGateway(asked.Gateway)
	}
	return asked, err
}

func (s *Server) adminPermissionChange(change func(gatewayID string, accounts ...string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked, err := s.adminAsked(r)
		if err == nil && !permissionForm.MatchString(permissionPrefix+asked.DomainID) {
			err = fmt.Errorf("%q is neither an account's ID nor *", asked.DomainID)
		}
		if err != nil {
			adminAnswer(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
			return
		}
		change(asked.Gateway, asked.DomainID)
		adminAnswer(w, http.StatusOK, map[string]any{"permissions": s.Permissions(asked.Gateway)})
	}
}

func (s *Server) adminPermissions(w http.ResponseWriter, r *http.Request) {
	id, err := s.onlyGateway(r.URL.Query().Get("gateway"))
	if err != nil {
		adminAnswer(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	adminAnswer(w, http.StatusOK, map[string]any{"permissions": s.Permissions(id)})
}

// onlyGateway gives the gateway that is asked for, or the only one there is.
func (s *Server) onlyGateway(asked string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if asked == "" && len(s.gateways) == 1 {
		for id := range s.gateways {
			return id, nil
		}
	}
	_, err := s.gateway(asked)
	return asked, err
}

func (s *Server) adminConnections(w http.ResponseWriter, r *http.Request) {
	var connections []Connection
	id, err := s.onlyGateway(r.URL.Query().Get("gateway"))
	if err == nil {
		connections, err = s.connections(id)
	}
	if err != nil {
		adminAnswer(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	adminAnswer(w, http.StatusOK, map[string]any{"connections": connections})
}

func (s *Server) adminJournal(w http.ResponseWriter, r *http.Request) {
	since := 0
	if text := r.URL.Query().Get("since"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			adminAnswer(w, http.StatusBadRequest, map[string]any{"error": "since is not a number"})
			return
		}
		since = n
	}
	adminAnswer(w, http.StatusOK, map[string]any{"calls": s.journalSince(since)})
}

func adminAnswer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(body) // a person who left is no trouble of the mock
}
