// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"fmt"
	"net/http"
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
	KindBusy                            // the gateway is occupied, by an upgrade for example: retried until the context ends
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

// classify tells what an answer with a status other than 200 to 299 means.
func classify(status int, code string) Kind {
	if kind, ok := codeKinds[strings.ToUpper(code)]; ok {
		return kind
	}
	if kind, ok := statusKinds[status]; ok {
		return kind
	}
	if status >= http.StatusInternalServerError {
		return KindServer
	}
	return KindInvalid
}
