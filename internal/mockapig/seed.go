// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
)

// Seed is a world to start with: who can sign in, by what, and gateways with their connections.
type Seed struct {
	// Region is the region whose API the mock is; the mock itself has no use for it.
	Region   string        `json:"region"`
	Accounts []Account     `json:"accounts"`
	Projects []Project     `json:"projects"`
	Tokens   []SeedToken   `json:"tokens"`
	Agencies []Agency      `json:"agencies"`
	IDTokens []SeedIDToken `json:"id_tokens"`
	Gateways []SeedGateway `json:"gateways"`
}

// SeedToken is a token that was issued elsewhere.
type SeedToken struct {
	Value string `json:"token"`
	Token
}

// SeedIDToken is a token of an identity provider.
type SeedIDToken struct {
	Value string `json:"token"`
	IDToken
}

// SeedGateway is a gateway and its connections, as for Server.Connect.
type SeedGateway struct {
	Gateway
	Connections []Connection `json:"connections"`
	// Refused are the endpoints whose decisions are refused for good, as by Server.RefuseEndpoint.
	Refused []string `json:"refused,omitempty"`
}

//go:embed seed/demo.json
var demoSeed []byte

// DemoSeed is the demo's world: the owner of one gateway, and 30, 30 and 8 pending connections of three other accounts.
func DemoSeed() Seed {
	seed, err := ReadSeed(bytes.NewReader(demoSeed))
	must(err)
	return seed
}

// ReadSeed reads a seed from JSON; fields that a seed does not have are errors.
func ReadSeed(r io.Reader) (Seed, error) {
	var seed Seed
	if err := decodeOne(r, &seed); err != nil {
		return Seed{}, fmt.Errorf("reading the seed: %w", err)
	}
	return seed, nil
}

// Plant adds a seed to the mock. All that is wrong with the seed is in the error, and then the mock is of no use.
func (s *Server) Plant(seed Seed) error {
	var problems []error
	check := func(ok bool, format string, values ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, values...))
		}
	}
	domains, projects := map[string]bool{}, map[string]bool{}
	for _, a := range seed.Accounts {
		domains[a.DomainID] = true
		s.AddAccount(a)
	}
	for _, p := range seed.Projects {
		projects[p.ID] = true
		check(domains[p.DomainID], "project %q: no account has domain %q", p.ID, p.DomainID)
		s.AddProject(p)
	}
	for i, t := range seed.Tokens { // a token's value is a secret
		check(domains[t.DomainID] && (t.ProjectID == "" || projects[t.ProjectID]), "token %d: no such domain or project", i+1)
		s.AddToken(t.Value, t.Token)
	}
	for _, a := range seed.Agencies {
		check(domains[a.DomainID] && domains[a.Trusted], "agency %q: no account has domain %q, or none has %q", a.Name, a.DomainID, a.Trusted)
		s.AddAgency(a)
	}
	for i, t := range seed.IDTokens {
		check(domains[t.DomainID], "ID token %d: no such domain", i+1)
		s.AddIDToken(t.Value, t.IDToken)
	}
	for _, g := range seed.Gateways {
		check(projects[g.ProjectID], "gateway %q: no such project: %q", g.ID, g.ProjectID)
		s.AddGateway(g.Gateway)
		for _, c := range g.Connections {
			problems = append(problems, s.connect(0, g.ID, c))
		}
		for _, id := range g.Refused {
			problems = append(problems, s.refuseEndpoint(g.ID, id, -1))
		}
	}
	return errors.Join(problems...)
}
