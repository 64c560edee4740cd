// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import "net/http"

// This file has what refuses an endpoint, and the forms in which the refusal of the VPC endpoint service (VPCEP) comes,
// to which the API forwards its calls.

// Codes says how a refusal of VPCEP comes.
type Codes string

// The forms of VPCEP's refusals.
const (
	CodesOwn     Codes = ""        // not at all: the API has a code of its own, APIC.7211 or APIC.7701
	CodesPlain   Codes = "plain"   // as it is: 400 or 404 with a code EndPoint.*
	CodesWrapped Codes = "wrapped" // in a 500 APIC.9007 whose message quotes it, and spells the code Endpoint.*
	CodesBare    Codes = "bare"    // as a 500 APIC.9007 that says nothing of it
)

// VPCEP's codes.
const (
	codeEndpointNotFound = "2006"
	codeEndpointInvalid  = "2013"
	codeEndpointDecided  = "2014"
	codeEndpointFrozen   = "2015"
	codeEndpointDeleting = "2018"
	codeEndpointCreating = "2019"
	codeOneEndpoint      = "2031"
)

// The two ways to spell what VPCEP's codes begin with.
const (
	plainPrefix   = "EndPoint."
	wrappedPrefix = "Endpoint."
)

// vpcep is a refusal of VPCEP.
type vpcep struct {
	status  int
	code    string // without what it begins with
	message string
}

// refusal gives VPCEP's refusal in this form; own is what the API says in its own words.
func (how Codes) refusal(own *refusal, from vpcep) *refusal {
	failure := &refusal{
		status: http.StatusInternalServerError, code: codeEndpointFailure, cause: plainPrefix + from.code,
		message: "Failed to execute VPCEP request",
	}
	switch how {
	case CodesPlain:
		return &refusal{status: from.status, code: plainPrefix + from.code, cause: plainPrefix + from.code, message: from.message}
	case CodesWrapped:
		failure.message += ": " + string(errorBody(wrappedPrefix+from.code, from.message, ""))
		return failure
	case CodesBare:
		return failure
	default:
		return own
	}
}

// refusal says why an endpoint is not decided; nil when it is, or when nobody minds.
func (v verdict) refusal(how Codes) *refusal {
	switch v {
	case refuseFinal: // VPCEP is not known to have a code for it
		return invalidEndpoints("a rejected endpoint can not be accepted")
	case refuseUnknown:
		return how.refusal(invalidEndpoints("an endpoint does not exist"), vpcep{http.StatusNotFound, codeEndpointNotFound, "The endpoint does not exist"})
	case refuseInvalid:
		return how.refusal(invalidEndpoints("an endpoint does not exist"), vpcep{http.StatusBadRequest, codeEndpointInvalid, "The endpoint is invalid"})
	case refuseDeleting:
		return how.refusal(invalidEndpoints("an endpoint does not exist"), vpcep{http.StatusBadRequest, codeEndpointDeleting, "The endpoint is being deleted"})
	case refuseDecided:
		return how.refusal(invalidEndpoints("an endpoint is in this status already"), vpcep{http.StatusBadRequest, codeEndpointDecided, "The endpoint is connected already"})
	case refuseOnItsWay:
		return how.refusal(invalidEndpoints("an endpoint is in this status already"), beingCreated())
	case refuseBusy:
		return how.refusal(&refusal{status: http.StatusConflict, code: codeBusy, message: "Instance status conflict"}, beingCreated())
	case refuseForGood:
		return how.refusal(invalidEndpoints("an endpoint can not be decided"), vpcep{http.StatusBadRequest, codeEndpointFrozen, "The endpoint is frozen"})
	default:
		return nil
	}
}

func beingCreated() vpcep {
	return vpcep{http.StatusBadRequest, codeEndpointCreating, "The endpoint is being created, try again later"}
}

// tooManyEndpoints refuses a call that names more than the gateway takes, although the API documents that many.
func (b Behavior) tooManyEndpoints() *refusal {
	return b.TooMany.refusal(invalidEndpoints(atMost("endpoints", b.maxBatch())), vpcep{http.StatusBadRequest, codeOneEndpoint, "Each request accepts or rejects only one endpoint"})
}

// tooManyPermissions is the same for permissions. VPCEP's code speaks of endpoints only, so that it never comes plain or
// quoted.
func (b Behavior) tooManyPermissions() *refusal {
	if b.TooMany == CodesWrapped || b.TooMany == CodesBare {
		return &refusal{status: http.StatusInternalServerError, code: codeEndpointFailure, message: "Failed to execute VPCEP request"}
	}
	return invalidPermissions(atMost("permissions", b.maxBatch()))
}
