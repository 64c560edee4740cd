// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package exclusive

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

const inEffectKey = "standing_by_account"

// stored is how private state keeps what is in effect and what waits. A plan needs of
// each its ID, its status and its account, whatever the configuration declares next; a
// gateway may have thousands, of few accounts.
type stored map[endpoint.Status]map[string]storedIDs

// storedIDs are sorted. Those that are UUIDs, as the platform's are, are kept as their
// sixteen bytes each.
type storedIDs struct {
	UUIDs  []byte   `json:"u,omitempty"`
	Others []string `json:"o,omitempty"`
}

const uuidBytes = 16

func storedIDsOf(ids []string) storedIDs {
	var s storedIDs
	for _, id := range slices.Sorted(slices.Values(ids)) {
		if raw, ok := uuidOf(id); ok {
			s.UUIDs = append(s.UUIDs, raw...)
		} else {
			s.Others = append(s.Others, id)
		}
	}
	return s
}

func (s storedIDs) ids() []string {
	ids := slices.Clone(s.Others)
	for raw := range slices.Chunk(s.UUIDs, uuidBytes) {
		ids = append(ids, uuidText(raw))
	}
	return ids
}

// uuidOf returns the bytes of a UUID that is written as the platform writes it.
func uuidOf(id string) (raw []byte, ok bool) {
	raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	return raw, err == nil && len(raw) == uuidBytes && uuidText(raw) == id
}

func uuidText(raw []byte) string {
	text := hex.EncodeToString(raw)
	if len(raw) != uuidBytes {
		return text
	}
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

func (s inEffect) stored() stored {
	type group struct {
		status  endpoint.Status
		account string
	}
	grouped, stored := map[group][]string{}, stored{}
	for id, is := range s {
		g := group{is.Status, is.DomainID}
		grouped[g] = append(grouped[g], id)
	}
	for g, ids := range grouped {
		if stored[g.status] == nil {
			stored[g.status] = map[string]storedIDs{}
		}
		stored[g.status][g.account] = storedIDsOf(ids)
	}
	return stored
}

func (s stored) inEffect() inEffect {
	found := inEffect{}
	for status, accounts := range s {
		for account, ids := range accounts {
			for _, id := range ids.ids() {
				found[id] = endpoint.Connection{Status: status, DomainID: account}
			}
		}
	}
	return found
}

func (m *model) Load(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) {
	m.found = tfkit.GetPrivate[stored](ctx, private, inEffectKey, diags).inEffect()
}

func (m *model) Save(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	tfkit.SetPrivate(ctx, private, inEffectKey, m.found.stored(), diags)
}
