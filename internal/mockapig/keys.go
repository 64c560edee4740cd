// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Temporary access keys are for an agency, for a token, or for the agency of an ECS instance.

// The life of temporary keys, in seconds as they are asked for.
const (
	leastKeyLife    = 900
	mostKeyLife     = 86400
	mostAgencyLife  = 43200 // of the token service's keys
	mostChainedLife = 3600  // of those that a temporary key asks for
	instanceLife    = 6 * time.Hour
)

// Agency lets accounts act within the domain that owns it.
type Agency struct {
	Name       string `json:"name"`
	DomainID   string `json:"domain_id"`
	DomainName string `json:"domain_name"`
	// Trusted is the ID of the domain that may assume it.
	Trusted string `json:"trusted"`
}

// IDToken is what a token of an identity provider is good for.
type IDToken struct {
	ProviderID string `json:"provider_id"`
	DomainID   string `json:"domain_id"`
	// ExpiresAt is when the token ends; the zero time means never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// keyRecord is a temporary access key.
type keyRecord struct {
	Account
	expiresAt time.Time
	revoked   bool
}

func (k *keyRecord) good(now time.Time) bool { return !k.revoked && now.Before(k.expiresAt) }

// AddAgency adds an agency.
func (s *Server) AddAgency(a Agency) { s.locked(func() { s.agencies = append(s.agencies, a) }) }

// AddIDToken adds a token of an identity provider.
func (s *Server) AddIDToken(token string, t IDToken) { s.locked(func() { s.idTokens[token] = t }) }

// ExpireKeys has every temporary access key so far refused from now on (401 APIGW.0301).
func (s *Server) ExpireKeys() {
	s.locked(func() {
		for _, k := range s.keys {
			k.revoked = true
		}
	})
}

// issue makes a temporary access key for a domain; the caller holds the lock.
func (s *Server) issue(domainID string, life time.Duration, now time.Time) *keyRecord {
	k := &keyRecord{
		Account: Account{
			DomainID: domainID, AccessKey: "MOCK" + strings.ToUpper(newID()[:16]), SecretKey: "mock-secret-" + newID(),
			SecurityToken: "mock-security-" + newID(),
		},
		expiresAt: now.Add(cmp.Or(s.config.KeyLifetime, life)),
	}
	s.keys[k.AccessKey] = k
	return k
}

// answer is IAM's form of a key, and the metadata service's.
func (k *keyRecord) answer(status int) answer {
	return answer{status: status, body: encode(map[string]any{"credential": map[string]any{
		"access": k.AccessKey, "secret": k.SecretKey, "securitytoken": k.SecurityToken, "expires_at": k.expiresAt.UTC().Format(iamTime),
	}})}
}

type exchangeRequest struct {
	Auth struct {
		IDToken struct {
			ID string `json:"id"`
		} `json:"id_token"`
	} `json:"auth"`
}

// exchangeIDToken makes an unscoped token of an identity provider's.
func (s *Server) exchangeIDToken(c *call, asked exchangeRequest, now time.Time) (answer, *refusal) {
	known, ok := s.idTokens[asked.Auth.IDToken.ID]
	if !ok || known.ProviderID != c.Header.Get("X-Idp-Id") || !known.ExpiresAt.IsZero() && !now.Before(known.ExpiresAt) {
		return answer{}, iamRefusal(http.StatusUnauthorized, "The ID token is invalid or has expired")
	}
	return s.grant("mock-federated-", Token{DomainID: known.DomainID}, now, map[string]any{"methods": []string{"mapped"}}), nil
}

// keysRequest asks for a key, for an agency or for a token.
type keysRequest struct {
	Auth struct {
		Identity struct {
			Methods    []string `json:"methods"`
			AssumeRole *struct {
				AgencyName      string `json:"agency_name"`
				DomainName      string `json:"domain_name"`
				DomainID        string `json:"domain_id"`
				DurationSeconds *int   `json:"duration_seconds"`
			} `json:"assume_role"`
			Token *struct {
				ID              string `json:"id"`
				DurationSeconds *int   `json:"duration_seconds"`
			} `json:"token"`
		} `json:"identity"`
	} `json:"auth"`
}

func (s *Server) createKeys(c *call, asked keysRequest, now time.Time) (answer, *refusal) {
	identity := asked.Auth.Identity
	switch {
	case slices.Equal(identity.Methods, []string{"assume_role"}) && identity.AssumeRole != nil && identity.Token == nil:
		role := *identity.AssumeRole
		life, ok := keyLife(role.DurationSeconds, leastKeyLife*time.Second, mostKeyLife)
		if !ok || role.AgencyName == "" || role.DomainName == "" && role.DomainID == "" {
			return answer{}, iamRefusal(http.StatusBadRequest, "Request body is invalid")
		}
		agency, refused := s.agency(c, now, func(a Agency) bool {
			return a.Name == role.AgencyName && iamDomain{ID: role.DomainID, Name: role.DomainName}.is(Account{DomainID: a.DomainID, DomainName: a.DomainName})
		})
		if refused != nil {
			return answer{}, iamRefusal(refused.status, refused.message)
		}
		return s.issue(agency.DomainID, life, now).answer(http.StatusCreated), nil
	case slices.Equal(identity.Methods, []string{"token"}) && identity.Token != nil && identity.AssumeRole == nil:
		life, ok := keyLife(identity.Token.DurationSeconds, leastKeyLife*time.Second, mostKeyLife)
		if !ok {
			return answer{}, iamRefusal(http.StatusBadRequest, "Request body is invalid")
		}
		who, refused := s.byToken(identity.Token.ID, now)
		if refused != nil {
			return answer{}, refused
		}
		return s.issue(who.domain, life, now).answer(http.StatusCreated), nil
	default:
		return answer{}, iamRefusal(http.StatusBadRequest, "The authentication method is not supported")
	}
}

// agency finds the agency that is asked for, if the caller may assume it; the caller of agency holds the lock.
func (s *Server) agency(c *call, now time.Time, asked func(Agency) bool) (Agency, *refusal) {
	who, refused := s.authenticate(c, now)
	if refused != nil {
		return Agency{}, refused
	}
	known := slices.IndexFunc(s.agencies, asked)
	if known < 0 || s.agencies[known].Trusted != who.domain {
		return Agency{}, &refusal{status: http.StatusForbidden, message: "You are not authorized to perform the requested action"}
	}
	return s.agencies[known], nil
}

// keyLife is how long a key is to live, and whether it may be that.
func keyLife(asked *int, usual time.Duration, most int) (time.Duration, bool) {
	if asked == nil {
		return usual, true
	}
	return time.Duration(*asked) * time.Second, *asked >= leastKeyLife && *asked <= most
}

// sessionForm is what the token service takes for the name of a session.
var sessionForm = regexp.MustCompile(`^[A-Za-z0-9+=,.@-]{2,64}$`)

// absent says whether a request can't arrive, since there is no token service.
func (s *Server) absent(r *http.Request) bool {
	c, _ := route(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config.Behavior.NoSTS && c.operation == OpAssumeAgency
}

type assumeRequest struct {
	AgencyURN       string `json:"agency_urn"`
	SessionName     string `json:"agency_session_name"`
	DurationSeconds *int   `json:"duration_seconds"`
}

// assumeAgency is the token service's way to a key.
func (s *Server) assumeAgency(c *call, asked assumeRequest, now time.Time) (answer, *refusal) {
	most := mostAgencyLife
	if c.Header.Get("X-Security-Token") != "" {
		most = mostChainedLife
	}
	life, ok := keyLife(asked.DurationSeconds, time.Hour, most)
	if !ok || !sessionForm.MatchString(asked.SessionName) {
		return answer{}, &refusal{status: http.StatusBadRequest, code: codeBadSTSRequest, message: "The request is invalid"}
	}
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
