// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"net/url"
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// tokenServiceRegions are those of the default cloud with a token service (STS). In others, IAM assumes agencies without
// a try of STS, since a proxy does not tell of a host that it can't find.
var tokenServiceRegions = []string{
	"af-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "cn-east-3", "cn-north-4", "cn-south-1", "cn-southwest-2",
	"la-south-2", "sa-brazil-1", "tr-west-1",
}

// tokenServiceAddress resolves where the token service is: at its address in `endpoints`, or in the provider's region.
func (r *resolver) tokenServiceAddress(configured *url.URL) {
	r.settings.Auth.STS = configured
	region := r.settings.Region.ValueString()
	if configured != nil || !slices.Contains(tokenServiceRegions, region) || r.settings.cloudOf(region) != defaultCloud {
		return
	}
	r.settings.Auth.STS, r.settings.Auth.STSOptional = r.settings.regional("sts", region), true
}

// tokenServiceInUse leaves the address out where no agency needs it. An unknown region may have the service.
func (r *resolver) tokenServiceInUse() {
	roles := append([]auth.Role{r.settings.Auth.OIDC.Role}, r.settings.Auth.Roles...)
	needed := slices.ContainsFunc(roles, func(role auth.Role) bool { return role.DomainID != "" })
	switch {
	case !needed:
		r.settings.Auth.STS, r.settings.Auth.STSOptional = nil, false
	case r.settings.Auth.STS == nil && r.settings.Region.IsUnknown():
		r.settings.needsRegion = true
		unknownRegion.report(&r.diags)
	}
}
