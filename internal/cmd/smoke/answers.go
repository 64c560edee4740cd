// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// form is how a refusal comes.
type form string

const (
	ownCode  form = "own"     // 400 with a code of the API's own
	plain400 form = "400"     // with a code of the VPC endpoint service, EndPoint.*
	plain404 form = "404"     // with whatever code
	bare     form = "500"     // with a code that tells nothing
	wrapped  form = "wrapped" // 500 with a code EndPoint.* in its message
)

// The mock's behaviors for each form.
var (
	redecisionNames = map[form][]string{
		ownCode: {"redecide-refused"}, plain400: {"redecide-refused-400"}, bare: {"redecide-refused-500"}, wrapped: {"redecide-refused-wrapped"},
	}
	// Whether others in the call are decided can't be told without deciding one, which no probe does.
	unknownNames = map[form][]string{
		ownCode:  {"unknown-refused-400", "unknown-partial-400", "unknown-stops-400"},
		plain400: {"unknown-invalid-400"},
		plain404: {"unknown-refused-404", "unknown-partial-404", "unknown-stops-404"},
		bare:     {"unknown-refused-500", "unknown-partial-500", "unknown-stops-500"},
		wrapped:  {"unknown-refused-wrapped", "unknown-partial-wrapped", "unknown-stops-wrapped"},
	}
	twoNames = map[form][]string{plain400: {"one-by-400"}, bare: {"one-by-500"}, wrapped: {"one-by-wrapped"}}
)

// allOf returns the names of all forms.
func allOf(names map[form][]string) []string {
	return slices.Concat(slices.Collect(maps.Values(names))...)
}

// form returns how a call was refused, "" for one that was not, or in no form that is known.
func (e *exchange) form() form {
	own := endpointCode.MatchString(e.Code)
	switch {
	case e.status == http.StatusBadRequest && own:
		return plain400
	case e.status == http.StatusBadRequest:
		return ownCode
	case e.status == http.StatusNotFound:
		return plain404
	case e.status >= http.StatusInternalServerError && endpointCode.MatchString(e.Message):
		return wrapped
	case e.status >= http.StatusInternalServerError:
		return bare
	default:
		return ""
	}
}

// endpointCode finds a code of the VPC endpoint service.
var endpointCode = regexp.MustCompile(`(?i)\bendpoint\.\d{4}\b`)

// errorCode is the form of the API's codes.
var errorCode = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

func redecision(e evidence) finding {
	switch {
	case !e.redecide.about():
		return unanswered(e.redecide)
	case e.redecide.works():
		return finding{says: "works", names: asFriendly, how: outcome(e.redecide)}
	default:
		return finding{says: "refused", names: redecisionNames[e.redecide.form()], how: outcome(e.redecide)}
	}
}

func unknown(e evidence) finding {
	switch {
	case !e.alone.about():
		return unanswered(e.alone)
	case e.alone.works():
		return finding{says: "ignored", names: asFriendly, how: outcome(e.alone)}
	case e.pair.about() && e.pair.works():
		return finding{says: "refused alone, ignored beside another", how: outcome(e.alone)}
	default:
		return finding{says: "refused", names: unknownNames[e.alone.form()], how: outcome(e.alone)}
	}
}

// oneOnly is the code for a call with too many endpoints. It may be inside of another error, whose message names it.
const oneOnly = "endpoint.2031"

// two tells whether a call takes two endpoints, unless it is refused as one of the two is alone.
func two(e evidence) finding {
	if !e.pair.about() {
		return unanswered(e.pair)
	}
	how := outcome(e.pair)
	if e.pair.works() {
		return finding{says: "taken", names: asFriendly, how: how}
	}
	named := strings.Contains(strings.ToLower(e.pair.Code+" "+e.pair.Message), oneOnly)
	apart := e.redecide.about() && e.alone.about() && how != outcome(e.redecide) && how != outcome(e.alone)
	if named || apart {
		return finding{says: "refused", names: twoNames[e.pair.form()], how: how}
	}
	return notObserved(how + ", as for one of the two alone")
}

func finality(e evidence) finding {
	if e.again == 0 {
		return notObserved("nothing was rejected; APIG_SMOKE_REJECT=1 tries it")
	}
	var first *exchange
	var last endpoint.Status
	for i, x := range e.all[e.again:] {
		if x.decides(e.spare) && x.Action == apig.ActionReceive && first == nil {
			first = &e.all[e.again+i]
		}
		if status := x.lists(e.spare); status != "" && first != nil {
			last = status
		}
		if last == endpoint.StatusAccepted {
			return finding{says: "works", names: asFriendly, how: outcome(first) + ", and it became `accepted`"}
		}
	}
	switch {
	case !first.about(), last == "":
		return unanswered(first)
	case first.works():
		return finding{says: "is ignored", names: []string{"rejected-ignored"}, how: fmt.Sprintf("%s, and it stayed `%s`", outcome(first), last)}
	default:
		return finding{says: "is refused", names: []string{"rejected-refused"}, how: fmt.Sprintf("%s, and it stayed `%s`", outcome(first), last)}
	}
}

// unanswered is the finding of a call that was not made, or whose answer tells nothing.
func unanswered(x *exchange) finding {
	if x == nil {
		return notObserved("not tried")
	}
	return notObserved(outcome(x))
}

// outcome tells what calls were answered.
func outcome(calls ...*exchange) string {
	told := make([]string, 0, len(calls))
	for _, x := range calls {
		text := fmt.Sprintf("HTTP %d", x.status)
		if x.status == 0 {
			text = "no answer"
		}
		if code := errorCode.FindString(x.Code); code != "" {
			text += " " + code
		}
		if inner := endpointCode.FindString(x.Message); inner != "" {
			text += " with " + inner
		}
		told = append(told, text)
	}
	return strings.Join(told, ", ")
}
