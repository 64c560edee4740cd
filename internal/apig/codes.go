// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// Reason is what the code of an answer says that its kind does not.
type Reason int

// The reasons. ReasonNone is that of a code which says no more than its kind, and of every code that is not known.
const (
	ReasonNone            Reason = iota
	ReasonParameter              // a parameter is wrong
	ReasonClock                  // the signature was made by a clock that is wrong
	ReasonUnverified             // the account's owner has not been verified (real-name authentication)
	ReasonUnpaid                 // the account has no balance left
	ReasonFrozen                 // the account is frozen
	ReasonSuspended              // the account is suspended
	ReasonReadOnly               // the account, or the user, may only read
	ReasonGatewayGone            // there is no such gateway, or not any more
	ReasonNoService              // the gateway has no VPC endpoint service
	ReasonOneAtATime             // a call takes one endpoint only
	ReasonDecided                // the endpoint is connected already
	ReasonEndpointGone           // there is no such endpoint, or not any more
	ReasonEndpointDeleted        // the endpoint is being deleted
	ReasonEndpointFrozen         // the endpoint is frozen
	ReasonEndpointCreated        // the endpoint is being created
	ReasonServiceBusy            // the VPC endpoint service can't be used at the moment
	ReasonNotPermitted           // the endpoint's account is none that the gateway permits
	ReasonPermissionsFull        // the list of permissions is full
)

// meaning is what codes mean.
type meaning struct {
	codes  string // apart by blanks; "-" is between the first and the last of several
	kind   rest.Kind
	reason Reason
}

// meanings are what the codes mean, in capitals: of the gateway service (APIC, APIG), of the VPC endpoint service that it forwards
// to (EndPoint), and of the front door (APIGW), which IAM has too. A code decides whatever the HTTP status is, unless it tells of
// a mere failure. A later row goes before an earlier one: APIG.1149 is in the range above it.
var meanings = index([]meaning{
	{"APIC.7211 APIG.2000-2012", rest.KindInvalid, ReasonParameter},

	{"APIC.7100-7103 APIC.7105 APIC.7107 APIGW.0301 APIGW.0307", rest.KindUnauthenticated, ReasonNone},
	{"APIGW.0303", rest.KindUnauthenticated, ReasonClock},

	// The first four come with 401, but no other credentials would do.
	{"APIG.1005", rest.KindForbidden, ReasonNone},
	{"APIG.1011", rest.KindForbidden, ReasonUnverified},
	{"APIG.1012", rest.KindForbidden, ReasonUnpaid},
	{"APIG.1013", rest.KindForbidden, ReasonFrozen},
	{"APIG.1020 APIG.1101-1301 APIG.3473 APIGW.0302 APIGW.0802", rest.KindForbidden, ReasonNone},
	{"APIC.7106 APIC.7111 APIC.7118 APIC.7130 APIC.7134 APIC.7300 APIC.7400-7403", rest.KindForbidden, ReasonNone},
	{"APIC.7109", rest.KindForbidden, ReasonSuspended},
	{"APIC.7110", rest.KindForbidden, ReasonReadOnly},

	{"APIC.7302 APIG.3030", rest.KindNotFound, ReasonGatewayGone},
	{"APIC.7314", rest.KindNotFound, ReasonNoService},
	{"APIG.3458", rest.KindUnsupported, ReasonNone},

	{"APIC.7710 APIC.7712 APIG.1149", rest.KindLocked, ReasonNone},
	{"APIC.7701 APIG.3718", rest.KindBusy, ReasonNone},

	{"EndPoint.0022 APIGW.0308 APIG.0308 APIG.9008", rest.KindThrottled, ReasonNone},
	{"EndPoint.2004 EndPoint.2051", rest.KindBusy, ReasonServiceBusy},
	{"EndPoint.2019", rest.KindBusy, ReasonEndpointCreated},
	{"EndPoint.2006-2008 EndPoint.2013 EndPoint.2017", rest.KindNotFound, ReasonEndpointGone},
	{"EndPoint.2018", rest.KindNotFound, ReasonEndpointDeleted},
	{"EndPoint.2012", rest.KindInvalid, ReasonNotPermitted},
	{"EndPoint.2014", rest.KindInvalid, ReasonDecided},
	{"EndPoint.2015", rest.KindInvalid, ReasonEndpointFrozen},
	{"EndPoint.2031", rest.KindInvalid, ReasonOneAtATime},
	{"EndPoint.2045 EndPoint.3049", rest.KindInvalid, ReasonPermissionsFull},

	{"APIC.9000 APIC.9007 APIC.9100 9999 APIG.9999 APIC.9999 APIGW.0201 APIGW.0613", rest.KindServer, ReasonNone},
})

func index(rows []meaning) map[string]meaning {
	all := map[string]meaning{}
	for _, row := range rows {
		for codes := range strings.FieldsSeq(strings.ToUpper(row.codes)) {
			for _, code := range spread(codes) {
				all[code] = row
			}
		}
	}
	return all
}

// spread gives a code, or all from the first to the last of several.
func spread(codes string) []string {
	family, numbers, _ := strings.Cut(codes, ".")
	var first, last int
	if n, _ := fmt.Sscanf(numbers, "%d-%d", &first, &last); n != 2 {
		return []string{codes}
	}
	var all []string
	for number := first; number <= last; number++ {
		all = append(all, fmt.Sprintf("%s.%04d", family, number))
	}
	return all
}

// wrappers are the codes of a failed request to the VPC endpoint service, whose own answer the message may tell.
var wrappers = map[string]bool{"APIC.9007": true, "APIC.9000": true}

// endpointCode finds the codes of the VPC endpoint service in a message. Its prefix is spelled in more than one way.
var endpointCode = regexp.MustCompile(`(?i)ENDPOINT\.[0-9]{4}\b`)

// inEffect is the code that tells what an answer means, in capitals: the one of the VPC endpoint service in the message of a
// wrapper, if that names just one, which is known; else the answer's own. A message with several is about several endpoints.
func inEffect(code, message string) string {
	code = strings.ToUpper(code)
	if !wrappers[code] {
		return code
	}
	inner := ""
	for _, named := range endpointCode.FindAllString(message, -1) {
		named = strings.ToUpper(named)
		if _, known := meanings[named]; !known || inner != "" && inner != named {
			return code
		}
		inner = named
	}
	return cmp.Or(inner, code)
}

// Classify tells what an error of the API, or of the front door before it, means: it is a rest.Client's Classify.
func Classify(status int, code, message string) rest.Kind {
	if status == http.StatusTooManyRequests {
		return rest.KindThrottled
	}
	known, ok := meanings[inEffect(code, message)]
	// A failure's code says no more than that, and a status that is an error's says as much or more.
	if !ok || known.kind == rest.KindServer && status >= http.StatusMultipleChoices {
		return rest.KindOfStatus(status)
	}
	return known.kind
}

// ReasonOf is what an error's code says beyond its kind; ReasonNone of an error that is no answer.
func ReasonOf(err error) Reason {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok {
		return ReasonNone
	}
	reason := meanings[inEffect(e.Code, e.Message)].reason
	if reason >= ReasonGatewayGone && isForeign(err) {
		return ReasonNone // who answered knows nothing of gateways and endpoints
	}
	return reason
}

// isForeign tells whether an error is of a call that signing in takes, which fails in the place of the call that it was for.
func isForeign(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Operation != "" && PermissionFor(e.Operation) == ""
}

// IsGatewayGone tells whether an error says that the gateway does not exist, or not any more.
func IsGatewayGone(err error) bool { return isNotFound(err) && ReasonOf(err) == ReasonGatewayGone }

// IsNoEndpointService tells whether an error says that the gateway, whatever the endpoint, has no VPC endpoint service.
func IsNoEndpointService(err error) bool { return isNotFound(err) && ReasonOf(err) == ReasonNoService }

// isNotFound tells whether the HTTP status says so too: what is believed of a whole gateway has to be said clearly.
func isNotFound(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.StatusCode == http.StatusNotFound
}

// IsEndpointsOwn tells whether an error is about one endpoint: the others of the same call have no part in it.
func IsEndpointsOwn(err error) bool {
	switch ReasonOf(err) {
	case ReasonEndpointGone, ReasonEndpointDeleted, ReasonEndpointFrozen, ReasonNotPermitted:
		return true
	default:
		return false
	}
}

// IsDecidedAlready tells whether an error says that an endpoint is connected already. Whether that is as wanted, a look tells.
func IsDecidedAlready(err error) bool { return ReasonOf(err) == ReasonDecided }

// FailedCall is the error of a call of this API, nil of one that signing in takes, which says nothing about what the call named.
func FailedCall(err error) *rest.Error {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || isForeign(err) {
		return nil
	}
	return e
}

// EffectOf is what a call that changes something may have done, by its error. That nobody could sign in, or that there is no such
// gateway, is on account of nothing that the call named. Who left before an answer does not know what becomes of the call.
func EffectOf(err error) rest.Effect {
	e, called := errors.AsType[*rest.Error](err)
	switch {
	case err == nil, isForeign(err):
		return rest.EffectNone
	case !called:
		return rest.EffectUnknown
	case e.Effect() == rest.EffectRefused && (IsGatewayGone(err) || IsNoEndpointService(err)):
		return rest.EffectNone
	default:
		return e.Effect()
	}
}

// IsBusy tells whether the gateway, or what it says of one endpoint, did not let a call do anything for the moment.
func IsBusy(err error) bool {
	e := FailedCall(err)
	return e != nil && e.Kind == rest.KindBusy && !e.Unsure
}

// MayPass tells whether a call that failed may work when it is made again as it was: what is between here and the API failed (502,
// 503, 504), or there was no answer, or one that broke off. A failure of the service itself (500, APIC.9007, APIC.9000) may be about
// what was asked for, unless it came when the call was made again after it got lost.
func MayPass(err error) bool {
	e := FailedCall(err)
	switch {
	case e == nil:
		return false
	case e.Unsure:
		return true
	case e.Kind == rest.KindUnreachable, e.Kind == rest.KindUnreadable:
		return !e.Lasting
	default:
		return e.Kind == rest.KindServer && isPassing(e)
	}
}

func isPassing(e *rest.Error) bool {
	code := strings.ToUpper(e.Code)
	switch e.StatusCode {
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return !wrappers[code]
	}
	// The codes that the front door gives those statuses with; and a 500 that broke off.
	return code == "APIGW.0201" || code == "APIGW.0613" || code == "" && e.Err != nil
}
