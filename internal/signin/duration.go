// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// keyMaker is what makes the keys of an agency. It sets the limits of their life.
type keyMaker struct {
	most   time.Duration
	advice string // why its keys live no longer, and what to do
}

// keyMakerOf returns what makes the keys of a role: IAM, which has the widest limits, unless it is another for sure.
// securityToken tells that whoever assumes the role has one for sure.
func (r *resolver) keyMakerOf(role auth.Role, securityToken bool) keyMaker {
	if role.DomainID == "" || r.settings.Auth.STS == nil {
		return keyMaker{most: auth.MostKeyLife}
	}
	most, caller := auth.MostKeyLifeOfSTS, ""
	if securityToken {
		most, caller = auth.MostKeyLifeOfChain, " for a caller with a security token: "+
			"one whose own keys are temporary, those of another agency, an identity provider or an ECS instance for example"
	}
	return keyMaker{most, fmt.Sprintf(" IAM's token service (STS), which is asked where domain_id names the account, makes no keys that live longer%s. "+
		"Lower it, since keys are renewed before their end, however long the run takes; "+
		"or name the account by domain_name: IAM itself is asked then, and allows up to %d.", caller, auth.MostKeyLife/time.Second)}
}

// duration resolves how long an agency's keys live; zero for the default, and for what is not known yet.
func (r *resolver) duration(name string, i int, block blockModel, made keyMaker) time.Duration {
	origin, at := name+".duration", path.Root(name).AtListIndex(i).AtName("duration")
	configured := as[types.Int64](block, "duration")
	seconds := configured.ValueInt64()
	if configured.IsNull() {
		text, variable := r.fromVariable(origin)
		if text == "" {
			return 0
		}
		origin, at = variable, path.Empty()
		// What is no number is out of range too.
		seconds, _ = strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	}
	if life := time.Duration(min(max(seconds, 0), 1<<30)) * time.Second; configured.IsUnknown() || life >= auth.LeastKeyLife && life <= made.most {
		return life
	}
	r.failAt(at, "Invalid duration", "%s must be a number of seconds from %d to %d.%s", origin, auth.LeastKeyLife/time.Second, made.most/time.Second, made.advice)
	return 0
}

// temporary reports whether what signs in, before any agency is assumed, has a security token.
func (s Settings) temporary() bool {
	return s.Auth.Method == auth.MethodOIDC || s.Auth.Method == auth.MethodMetadata || s.Auth.SecurityToken != ""
}

// validateDurations checks how long keys are to live, as far as the blocks tell what makes them. What is not known yet
// is not judged, and neither is what the environment may sign in with.
func validateDurations(model blockModel, lookup Lookup) diag.Diagnostics {
	r := &resolver{lookup: lookup, model: model}
	r.place()
	r.addresses()
	if sts, ok := as[types.Map](model, "endpoints").Elements()["sts"]; as[types.String](model, "cloud").IsUnknown() || as[types.Map](model, "endpoints").IsUnknown() || ok && sts.IsUnknown() {
		r.settings.Auth.STS = nil
	}
	r.diags = nil // what else is wrong is told when the provider is configured

	check := func(name string, i int, block blockModel, securityToken bool) {
		values := r.blockValues(name, block)
		id, _ := prefer(values["domain_id"], values["domain_name"])
		role := auth.Role{DomainID: id.text}
		if values["agency_name"].text == "" || as[types.String](block, "domain_name").IsUnknown() || as[types.String](block, "domain_id").IsUnknown() {
			role = auth.Role{}
		}
		r.duration(name, i, block, r.keyMakerOf(role, securityToken))
	}
	securityToken := as[types.String](model, "security_token").ValueString() != ""
	if block := first(model.blocks("assume_role_with_oidc")); block != nil {
		check("assume_role_with_oidc", 0, block, true)
		securityToken = securityToken || as[types.String](block, "idp_id").ValueString() != ""
	}
	for i, block := range model.blocks("assume_role") {
		check("assume_role", i, block, i > 0 || securityToken)
	}
	return r.diags
}
