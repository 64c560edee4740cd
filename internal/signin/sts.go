// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"net/url"
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// tokenServiceRegions are those of the default cloud that have IAM's token service (STS). In the others IAM itself
// assumes agencies, as it could everywhere: asked without a try, since a proxy does not tell of a host that it can't
// find.
var tokenServiceRegions = []string{
	"af-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "cn-east-3", "cn-north-4", "cn-south-1", "cn-southwest-2",
	"la-south-2", "sa-brazil-1", "tr-west-1",
}

// tokenServiceAddress resolves where the token service is: at its address in `endpoints`, which nothing stands in for,
// or in the provider's region.
func (r *resolver) tokenServiceAddress(configured *url.URL) {
	r.settings.Auth.STS = configured
	region := r.settings.Region.ValueString()
	if configured != nil || !slices.Contains(tokenServiceRegions, region) || r.settings.cloudOf(region) != defaultCloud {
		return
	}
	r.settings.Auth.STS, r.settings.Auth.STSOptional = r.settings.regional("sts", region), true
}

// tokenServiceInUse leaves the address out where no agency needs it. A region that is not known yet may turn out to
// have the service, with limits of its own.
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
