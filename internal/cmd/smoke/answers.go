// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

// unknownNames are the mock's behaviors for an unknown endpoint. Whether the
// others in its call are decided can't be told without deciding one, which no
// probe does.
var unknownNames = []string{
	"unknown-refused-400", "unknown-partial-400",
	"unknown-refused-404", "unknown-partial-404",
	"unknown-refused-500", "unknown-partial-500",
}

// oneOnly is the code for a call with more endpoints than the one that is
// allowed. It may come inside of another error, whose message names it.
const oneOnly = "endpoint.2031"

// endpointCode finds such a code in a message.
var endpointCode = regexp.MustCompile(`(?i)\bendpoint\.\d{4}\b`)

// errorCode is the form of the API's codes.
var errorCode = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

func redecision(e evidence) finding {
	switch {
	case e.redecide == nil || e.redecide.status == 0:
		return notObserved("not tried, or not answered")
	case e.redecide.works():
		return finding{says: "works", names: asFriendly, how: outcome(e.redecide)}
	default:
		return finding{says: "refused", names: []string{"redecide-refused"}, how: outcome(e.redecide)}
	}
}

func unknown(e evidence) finding {
	if e.alone == nil || e.alone.status == 0 {
		return notObserved("not tried, or not answered")
	}
	how := outcome(e.alone)
	if e.pair != nil {
		how += "; beside the spare one, " + outcome(e.pair)
	}
	switch {
	case e.alone.works():
		return finding{says: "ignored", names: asFriendly, how: how}
	case e.pair != nil && e.pair.works():
		return finding{says: "refused alone, ignored beside another", how: how}
	}
	var names []string
	for _, name := range unknownNames {
		if strings.HasSuffix(name, fmt.Sprintf("-%d", e.alone.status)) {
			names = append(names, name)
		}
	}
	return finding{says: "refused", names: names, how: how}
}

func two(e evidence) finding {
	switch {
	case e.pair == nil || e.pair.status == 0:
		return notObserved("not tried: an endpoint that is accepted is refused already")
	case e.pair.works():
		return finding{says: "taken", how: outcome(e.pair)}
	case strings.Contains(strings.ToLower(e.pair.Code+" "+e.pair.Message), oneOnly), e.alone != nil && e.alone.works():
		return finding{says: "refused", how: outcome(e.pair)}
	default:
		return notObserved("can't be told from the refusal of the unknown one")
	}
}

func finality(e evidence) finding {
	if e.again == 0 {
		return notObserved("nothing was rejected; APIG_SMOKE_REJECT=1 tries it")
	}
	var first *exchange
	var last apig.Status
	for i, x := range e.all[e.again:] {
		if x.decides(e.spare) && x.Action == apig.ActionReceive && first == nil {
			first = &e.all[e.again+i]
		}
		if status := x.lists(e.spare); status != "" && first != nil {
			last = status
		}
		if last == apig.StatusAccepted {
			return finding{says: "works", names: asFriendly, how: outcome(first) + ", and it became `accepted`"}
		}
	}
	switch {
	case first == nil || first.status == 0 || last == "":
		return notObserved("the acceptance was not made, or not answered")
	case first.works():
		return finding{says: "is ignored", names: []string{"rejected-ignored"}, how: fmt.Sprintf("%s, and it stayed `%s`", outcome(first), last)}
	default:
		return finding{says: "is refused", names: []string{"rejected-refused"}, how: fmt.Sprintf("%s, and it stayed `%s`", outcome(first), last)}
	}
}

// outcome tells what calls were answered.
func outcome(calls ...*exchange) string {
	var told []string
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
