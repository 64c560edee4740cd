// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"strconv"
	"time"
)

// The operations of the metadata service.
const (
	OpGetMetadataToken = "getMetadataToken"
	OpGetMetadataKeys  = "getMetadataKeys"
)

var metadataRoutes = []operationRoute{
	{operation: OpGetMetadataToken, method: http.MethodPut, pattern: "/meta-data/latest/api/token", handle: (*Server).getMetadataToken},
	{operation: OpGetMetadataKeys, method: http.MethodGet, pattern: "/openstack/latest/securitykey", handle: (*Server).getMetadataKeys},
}

// MetadataTokens says what the metadata service has to do with tokens of its own.
type MetadataTokens string

// What metadata services do, old ones and new ones.
const (
	MetadataTokensUnknown  MetadataTokens = "unknown"  // it has none: 404
	MetadataTokensOptional MetadataTokens = "optional" // it gives them, and keys without one as well
	MetadataTokensRequired MetadataTokens = "required" // it gives keys with one only: 401
)

// instance is the ECS instance whose metadata service the mock is.
type instance struct {
	domain string // of the instance's agency; "" for an instance without one
	tokens MetadataTokens
	issued map[string]bool
}

// BeInstance makes the mock the metadata service of an instance, with an agency in a domain or, for "", without one.
func (s *Server) BeInstance(domainID string, tokens MetadataTokens) {
	s.locked(func() { s.instance = &instance{domain: domainID, tokens: tokens, issued: map[string]bool{}} })
}

func (s *Server) getMetadataToken(c *call) (answer, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.instance == nil || s.instance.tokens == MetadataTokensUnknown {
		return plainAnswer(http.StatusNotFound, "404 Not Found"), nil
	}
	life, err := strconv.Atoi(c.Header.Get("X-Metadata-Token-Ttl-Seconds"))
	if err != nil || life < 1 || life > 21600 {
		return plainAnswer(http.StatusBadRequest, "400 Bad Request"), nil
	}
	token := "mock-metadata-" + newID()
	s.instance.issued[token] = true
	return plainAnswer(http.StatusOK, token), nil
}

func (s *Server) getMetadataKeys(c *call) (answer, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := c.Header.Get("X-Metadata-Token")
	switch i := s.instance; {
	case i == nil:
		return plainAnswer(http.StatusNotFound, "404 Not Found"), nil
	case i.tokens == MetadataTokensRequired && !i.issued[token]:
		return plainAnswer(http.StatusUnauthorized, "401 Unauthorized"), nil
	case i.domain == "":
		return plainAnswer(http.StatusUnauthorized, "Please configure Cloud Service Agency first"), nil
	}
	return s.issue(s.instance.domain, instanceLife, time.Now()).answer(http.StatusOK), nil
}

// plainAnswer is what the metadata service says in place of JSON.
func plainAnswer(status int, text string) answer {
	return answer{status: status, header: http.Header{"Content-Type": {"text/plain"}}, body: []byte(text)}
}
