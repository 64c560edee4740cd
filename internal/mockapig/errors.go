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
