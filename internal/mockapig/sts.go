// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"regexp"
	"time"
)

// This file has the token service (STS).

// The longest life of an agency's keys in seconds: of those that a temporary key asks for, and of others.
const (
	mostChainedLife = 3600
	mostAgencyLife  = 43200
)

// sessionForm is what the token service takes for the name of a session.
var sessionForm = regexp.MustCompile(`^[A-Za-z0-9+=,.@-]{2,64}$`)

// absent says whether a request can't arrive, since there is no token service.
func (s *Server) absent(r *http.Request) bool {
	c, _ := route(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config.Behavior.NoSTS && c.operation == OpAssumeAgency
}

// assumeAgency is the token service's way to a key.
func (s *Server) assumeAgency(c *call) (answer, *refusal) {
	var asked struct {
		AgencyURN       string `json:"agency_urn"`
		SessionName     string `json:"agency_session_name"`
		DurationSeconds *int   `json:"duration_seconds"`
	}
	if refused := decodeStrictly(c, &asked); refused != nil {
		return answer{}, refused
	}
	life, ok := keyLife(asked.DurationSeconds, leastKeyLife, mostAgencySeconds(c))
	if asked.DurationSeconds == nil {
		life = time.Hour
	}
	if !ok || !sessionForm.MatchString(asked.SessionName) {
		return answer{}, &refusal{status: http.StatusBadRequest, code: codeBadSTSRequest, message: "The request is invalid"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	agency, refused := s.agency(c, now, func(a Agency) bool { return asked.AgencyURN == "iam::"+a.DomainID+":agency:"+a.Name })
	if refused != nil {
		return answer{}, &refusal{status: refused.status, code: codeSTSDenied, message: refused.message}
	}
	k := s.issue(agency.DomainID, life, now)
	return answer{status: http.StatusOK, body: encode(map[string]any{
		"assumed_agency": map[string]any{"urn": "sts::" + agency.DomainID + ":assumed-agency:" + agency.Name + "/" + asked.SessionName},
		"credentials": map[string]any{
			"access_key_id": k.AccessKey, "secret_access_key": k.SecretKey, "security_token": k.SecurityToken,
			"expiration": k.expiresAt.UTC().Format("2006-01-02T15:04:05.000Z"),
		},
	})}, nil
}

// mostAgencySeconds is how long keys may live at the most that this caller asks for.
func mostAgencySeconds(c *call) int {
	if c.Header.Get("X-Security-Token") != "" {
		return mostChainedLife
	}
	return mostAgencyLife
}
