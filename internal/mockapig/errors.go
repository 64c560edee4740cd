// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// The error codes that the mock answers with on its own account. The vendor's list has many more: see Fault.
const (
	codeInvalidRequest    = "APIG.2000"
	codeInvalidParameter  = "APIG.2011"
	codeInvalidEndpoints  = "APIC.7211"
	codeMissingToken      = "APIC.7100"
	codeExpiredToken      = "APIC.7101"
	codeBadToken          = "APIC.7102"
	codeForbidden         = "APIC.7106"
	codeUnknownGateway    = "APIC.7302"
	codeAbsentGateway     = "APIG.3030"
	codeNoEndpointService = "APIC.7314"
	codeBusy              = "APIC.7701"
	codeEndpointFailure   = "APIC.9007"
	codeUnsupported       = "APIG.3458"
	codeUnknownPath       = "APIGW.0101"
	codeBadSignature      = "APIGW.0301"
	codeClockSkew         = "APIGW.0303"
	codeStaleToken        = "APIGW.0307"
	codeThrottled         = "APIGW.0308"
	codeBadSTSRequest     = "STS5.0002" // the token service's own codes have this form; which means what, only it knows
	codeSTSDenied         = "STS5.0003"
)

// frontDoor begins the codes of the door before the API, whose errors name the request in their body too.
const frontDoor = "APIGW."

// refusal is an answer that says no.
type refusal struct {
	status  int
	code    string
	message string
	cause   string // VPCEP's code behind it, for the journal
	header  http.Header
}

// answer renders a refusal the way the refusing service does.
func (r *refusal) answer(c *call) answer {
	a := answer{status: r.status, header: r.header, code: r.code, cause: r.cause}
	if c.iam && !strings.HasPrefix(r.code, frontDoor) {
		a.code = strconv.Itoa(r.status)
		a.body = encode(map[string]any{"error": map[string]any{
			"code": r.status, "title": http.StatusText(r.status), "message": r.message,
		}})
		return a
	}
	a.body = errorBody(r.code, r.message, c.requestID)
	return a
}

func errorBody(code, message, requestID string) []byte {
	body := map[string]string{"error_code": code, "error_msg": message}
	if strings.HasPrefix(code, frontDoor) {
		body["request_id"] = requestID
	}
	return encode(body)
}

// refuse makes a handler that always refuses.
func refuse(r *refusal) handler {
	return func(*Server, *call) (answer, *refusal) { return answer{}, r }
}

func invalid(code, why string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: code, message: "Invalid request: " + why}
}

func invalidParameter(name string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: codeInvalidParameter, message: "Invalid value of parameter " + name}
}

func unauthorized(code, why string) *refusal {
	return &refusal{status: http.StatusUnauthorized, code: code, message: why}
}

func forbidden() *refusal {
	return &refusal{status: http.StatusForbidden, code: codeForbidden, message: "No permissions to request for the method"}
}

// encode renders what the mock builds itself, which always can be rendered.
func encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic("mockapig: " + err.Error())
	}
	return body
}

// The API forwards its calls to the VPC endpoint service (VPCEP), whose refusals come in several forms.

// Codes says how a refusal of VPCEP comes.
type Codes string

// The forms of VPCEP's refusals.
const (
	CodesOwn     Codes = ""        // not at all: the API has a code of its own, APIC.7211 or APIC.7701
	CodesPlain   Codes = "plain"   // as it is: 400 or 404 with a code EndPoint.*
	CodesWrapped Codes = "wrapped" // in a 500 APIC.9007 whose message quotes it, and spells the code Endpoint.*
	CodesBare    Codes = "bare"    // as a 500 APIC.9007 that says nothing of it
)

// The two ways to spell what VPCEP's codes begin with.
const (
	plainPrefix   = "EndPoint."
	wrappedPrefix = "Endpoint."
)

// vpcep is a refusal of VPCEP.
type vpcep struct {
	status  int
	code    string // without what it begins with; "" where VPCEP is not known to have one
	message string
}

// refusal gives VPCEP's refusal in this form; own is what the API says in its own words.
func (how Codes) refusal(own *refusal, from vpcep) *refusal {
	if how == CodesOwn || from.code == "" {
		return own
	}
	cause := plainPrefix + from.code
	if how == CodesPlain {
		return &refusal{status: from.status, code: cause, cause: cause, message: from.message}
	}
	failure := vpcepFailure()
	failure.cause = cause
	if how == CodesWrapped {
		failure.message += ": " + string(errorBody(wrappedPrefix+from.code, from.message, ""))
	}
	return failure
}

func vpcepFailure() *refusal {
	return &refusal{status: http.StatusInternalServerError, code: codeEndpointFailure, message: "Failed to execute VPCEP request"}
}

// refusals has what the API and VPCEP say to each refusal of an endpoint.
var refusals = map[verdict]struct {
	own  *refusal
	from vpcep
}{
	refuseUnknown:  {invalidEndpoints("an endpoint does not exist"), vpcep{http.StatusNotFound, "2006", "The endpoint does not exist"}},
	refuseInvalid:  {invalidEndpoints("an endpoint does not exist"), vpcep{http.StatusBadRequest, "2013", "The endpoint is invalid"}},
	refuseDeleting: {invalidEndpoints("an endpoint does not exist"), vpcep{http.StatusBadRequest, "2018", "The endpoint is being deleted"}},
	refuseDecided:  {invalidEndpoints("an endpoint is in this status already"), vpcep{http.StatusBadRequest, "2014", "The endpoint is connected already"}},
	refuseOnItsWay: {invalidEndpoints("an endpoint is in this status already"), beingCreated},
	refuseBusy:     {&refusal{status: http.StatusConflict, code: codeBusy, message: "Instance status conflict"}, beingCreated},
	refuseForGood:  {invalidEndpoints("an endpoint can not be decided"), vpcep{http.StatusBadRequest, "2015", "The endpoint is frozen"}},
	refuseFinal:    {invalidEndpoints("a rejected endpoint can not be accepted"), vpcep{}},
}

var beingCreated = vpcep{http.StatusBadRequest, "2019", "The endpoint is being created, try again later"}

// refusal says why an endpoint is not decided; nil when it is, or when nobody minds.
func (v verdict) refusal(how Codes) *refusal {
	says := refusals[v]
	return how.refusal(says.own, says.from)
}

// tooManyEndpoints refuses a call that names more than the gateway takes, although the API documents that many.
func (b Behavior) tooManyEndpoints() *refusal {
	return b.TooMany.refusal(invalidEndpoints(atMost("endpoints", b.maxBatch())), vpcep{http.StatusBadRequest, "2031", "Each request accepts or rejects only one endpoint"})
}

// tooManyPermissions is the same for permissions. VPCEP's code is for endpoints, and comes neither plain nor quoted.
func (b Behavior) tooManyPermissions() *refusal {
	if b.TooMany == CodesWrapped || b.TooMany == CodesBare {
		return vpcepFailure()
	}
	return invalidPermissions(atMost("permissions", b.maxBatch()))
}
