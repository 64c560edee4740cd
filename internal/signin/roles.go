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

// blockValues reads the arguments of a block, nil for one that isn't there, but for the duration.
func (r *resolver) blockValues(name string, block blockModel) map[string]value {
	values := map[string]value{}
	for _, a := range argumentsOf(name) {
		if a.kind == text {
			values[a.local()] = r.value(a, as[types.String](block, a.local()))
		}
	}
	return values
}

// oidcValues reads the arguments of assume_role_with_oidc. Of two that exclude each other, one has no text.
func (r *resolver) oidcValues(block blockModel) map[string]value {
	values := r.blockValues("assume_role_with_oidc", block)
	token, file := values["id_token"], values["id_token_file"]
	if token.configured && file.configured && token.text != "" && file.text != "" {
		r.fail("assume_role_with_oidc.id_token_file", "Two ID tokens", "assume_role_with_oidc has both id_token and id_token_file: keep one and remove the other.")
	}
	// As with the vendor's own provider, the one that is no file.
	token, file = prefer(token, file)
	domainID, domainName := prefer(values["domain_id"], values["domain_name"])
	if values["agency_name"].text == "" {
		// An account that the environment has is none of an agency then.
		for _, v := range []*value{&domainName, &domainID} {
			if !v.configured {
				v.text = ""
			}
		}
	}
	values["id_token"], values["id_token_file"], values["domain_name"], values["domain_id"] = token, file, domainName, domainID
	return values
}

// roles resolves the agencies: of the block, or of its profile, or of the environment, or of the environment's profile. It
// returns the environment variables that are ignored because they belong to another way of signing in.
func (r *resolver) roles() (ignored []string) {
	if r.settings.Auth.Method == auth.MethodOIDC {
		role := &r.settings.Auth.OIDC.Role
		role.Duration = r.duration("assume_role_with_oidc", 0, first(r.model.blocks("assume_role_with_oidc")), r.keyMakerOf(*role, true))
	}
	blocks := r.model.blocks("assume_role")
	if len(blocks) > 0 {
		for i, block := range blocks {
			r.role(i, block)
		}
		return nil
	}
	agency, variable := r.fromVariable("assume_role.agency_name")
	_, ofProvider := r.fromVariable("assume_role_with_oidc.idp_id")
	switch {
	case agency == "" || r.settings.Auth.Method == auth.MethodOIDC:
		// There is none, or it is OIDC's own.
	case ofProvider != "" || r.profileRole != nil && r.profile.configured():
		// It is for the identity provider's token, which is not in use, or what the configuration asks for beats it.
		ignored = []string{variable}
	default:
		r.role(0, nil)
		return nil
	}
	switch role := r.profileRole; {
	case role == nil:
	case role.DomainName == "" && role.DomainID == "":
		r.fail(r.profile.asked[len(r.profile.asked)-1].name, "Incomplete agency", "The profile %q in %s names the agency %q, but not its account: "+
			"agencyDomainName or agencyDomainId is needed as well. Add one of them to the profile, or name agency and account in an assume_role block.",
			r.profile.Name, r.profile.file, role.Agency)
	default:
		r.addRole(*role)
	}
	return ignored
}

// role resolves one agency, of a block or, without one, of the environment alone.
func (r *resolver) role(i int, block blockModel) {
	values := r.blockValues("assume_role", block)
	// The ID beats the name, as with the vendor's own provider, unless the name is configured and the ID is not.
	domainID, domainName := prefer(values["domain_id"], values["domain_name"])
	role := auth.Role{Agency: values["agency_name"].text, DomainName: domainName.text, DomainID: domainID.text}
	role.Duration = r.duration("assume_role", i, block, r.keyMakerOf(role, i > 0 || r.settings.temporary()))
	var missing []string
	if role.Agency == "" {
		missing = append(missing, "agency_name (HW_ASSUME_ROLE_AGENCY_NAME)")
	}
	if role.DomainName == "" && role.DomainID == "" {
		missing = append(missing, "domain_name or domain_id (HW_ASSUME_ROLE_DOMAIN_NAME or HW_ASSUME_ROLE_DOMAIN_ID)")
	}
	if len(missing) == 0 {
		r.addRole(role)
		return
	}
	at, named := path.Root("assume_role").AtListIndex(i), ""
	if block == nil {
		at, named = path.Empty(), "The environment variable HW_ASSUME_ROLE_AGENCY_NAME names an agency. "
	}
	r.failAt(at, "Incomplete agency", "%sTo assume an agency the provider needs %s as well.", named, strings.Join(missing, " and "))
}

func (r *resolver) addRole(role auth.Role) {
	r.settings.Auth.Roles = append(r.settings.Auth.Roles, role)
	r.settings.Origins += ", then as the " + role.String()
}

func (m blockModel) blocks(name string) (list []blockModel) {
	for _, element := range as[types.List](m, name).Elements() {
		if block, ok := element.(types.Object); ok {
			list = append(list, block.Attributes())
		}
	}
	return list
}

// keyMaker is what makes the keys of an agency. It sets the limits of their life.
type keyMaker struct {
	most   time.Duration
	advice string // why its keys live no longer, and what to do
}

// keyMakerOf returns what makes the keys of a role: IAM, which has the widest limits, unless another does for sure.
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

// validateDurations checks how long keys are to live, as far as the blocks alone tell what makes them.
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
