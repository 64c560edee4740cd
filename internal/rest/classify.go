// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Kind is what an error means for the caller.
type Kind int

// The kinds of errors.
const (
	KindInvalid         Kind = iota + 1 // the request is wrong as it is
	KindUnauthenticated                 // the credentials are refused
	KindForbidden                       // the credentials are good, but don't allow the call
	KindNotFound                        // what the call is about does not exist
	KindBusy                            // the gateway is occupied, by an upgrade for example: retried until the context ends (see WithRetries)
	KindUnsupported                     // the gateway's specification lacks the feature
	KindThrottled                       // too many calls: retried until the context ends
	KindServer                          // the server failed: retried a few times
	KindUnreachable                     // there was no answer: retried a few times, unless it is hopeless
	KindUnreadable                      // an answer that is not the API's: HTML, truncated, not JSON, too large
)

var kindNames = map[Kind]string{
	KindInvalid:         "invalid",
	KindUnauthenticated: "unauthenticated",
	KindForbidden:       "forbidden",
	KindNotFound:        "not found",
	KindBusy:            "busy",
	KindUnsupported:     "unsupported",
	KindThrottled:       "throttled",
	KindServer:          "server",
	KindUnreachable:     "unreachable",
	KindUnreadable:      "unreadable",
}

// String names the kind, for logs.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// codeKinds are the error codes that mean something else than the status they come with. The keys are in capitals.
var codeKinds = map[string]Kind{
	"ENDPOINT.0022": KindThrottled, // comes as 400
	"APIGW.0308":    KindThrottled,
	"APIG.0308":     KindThrottled,
	"APIG.9008":     KindThrottled, // comes as 500
	"APIC.7701":     KindBusy,
	"APIG.3718":     KindBusy,
}

// statusKinds are the meanings of statuses, where the error code says nothing else.
var statusKinds = map[int]Kind{
	http.StatusUnauthorized:       KindUnauthenticated,
	http.StatusForbidden:          KindForbidden,
	http.StatusNotFound:           KindNotFound,
	http.StatusRequestTimeout:     KindServer,
	http.StatusPreconditionFailed: KindUnsupported,
	http.StatusTooManyRequests:    KindThrottled,
}

// codeStatuses are the statuses that errors are documented to come with, for those that come with 200. The codes are in
// capitals.
var codeStatuses = map[int][]string{
	http.StatusUnauthorized: {
		"APIC.7100", "APIC.7101", "APIC.7102", "APIC.7103", "APIC.7105", "APIC.7107", "APIGW.0301", "APIGW.0303", "APIGW.0307",
	},
	http.StatusForbidden: {
		"APIC.7106", "APIC.7109", "APIC.7110", "APIC.7111", "APIC.7118", "APIC.7130", "APIC.7134", "APIC.7300", "APIGW.0302", "APIGW.0802",
	},
	http.StatusNotFound:            {"APIC.7302", "APIG.3030", "APIC.7314"},
	http.StatusPreconditionFailed:  {"APIG.3458"},
	http.StatusInternalServerError: {"APIC.9000", "APIC.9007", "APIC.9100", "9999", "APIG.9999", "APIC.9999", "APIGW.0201", "APIGW.0613"},
}

// classify tells what an error means that was answered with a status.
func classify(status int, code string) Kind {
	code = strings.ToUpper(code)
	if kind, ok := codeKinds[code]; ok {
		return kind
	}
	if status < http.StatusMultipleChoices {
		for documented, codes := range codeStatuses {
			if slices.Contains(codes, code) {
				status = documented
			}
		}
	}
	if kind, ok := statusKinds[status]; ok {
		return kind
	}
	if status >= http.StatusInternalServerError {
		return KindServer
	}
	return KindInvalid
}
