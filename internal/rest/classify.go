// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"bytes"
	"io"
	"net/http"
)

// Kind is what an error means for the caller, in a word for logs.
type Kind string

// The kinds of errors.
const (
	KindInvalid         Kind = "invalid"         // the request is refused as it is
	KindUnauthenticated Kind = "unauthenticated" // the credentials are refused
	KindForbidden       Kind = "forbidden"       // the credentials are good, but the user or the account may not make the call
	KindNotFound        Kind = "not found"       // what the call is about does not exist
	KindLocked          Kind = "locked"          // what the call is about is locked, until someone unlocks it: not retried
	KindBusy            Kind = "busy"            // the gateway is occupied, by an upgrade for example: retried until the context ends (see WithRetries)
	KindUnsupported     Kind = "unsupported"     // the gateway's specification lacks the feature
	KindThrottled       Kind = "throttled"       // too many calls: retried until the context ends
	KindServer          Kind = "server"          // the server failed: retried a few times
	KindUnreachable     Kind = "unreachable"     // there was no answer: retried a few times, unless it is hopeless
	KindUnreadable      Kind = "unreadable"      // an answer that is not the API's: HTML, truncated, not JSON, too large
)

// Effect is what a call that failed may have done.
type Effect int

// The effects.
const (
	EffectNone    Effect = iota // nothing, whatever it asked for: the server throttles, or does not let the caller in
	EffectRefused               // nothing: the server will not do what it asked for, perhaps on account of a part of that
	EffectUnknown               // perhaps what it asked for: the service failed, or the answer did not arrive, or not whole
)

// Effect is what the call may have done: one that was not answered may have worked, whatever came when it was made again.
func (e *Error) Effect() Effect {
	switch {
	case e.Unsure, e.Kind == KindServer, e.Kind == KindUnreachable, e.Kind == KindUnreadable:
		return EffectUnknown
	case e.Kind == KindInvalid, e.Kind == KindNotFound:
		return EffectRefused
	default:
		return EffectNone
	}
}

// statusKinds are the meanings of statuses, where nothing else is known of an answer.
var statusKinds = map[int]Kind{
	http.StatusUnauthorized:       KindUnauthenticated,
	http.StatusForbidden:          KindForbidden,
	http.StatusNotFound:           KindNotFound,
	http.StatusRequestTimeout:     KindServer,
	http.StatusPreconditionFailed: KindUnsupported,
	http.StatusTooManyRequests:    KindThrottled,
}

// KindOfStatus is what an HTTP status means by itself.
func KindOfStatus(status int) Kind {
	if kind, ok := statusKinds[status]; ok {
		return kind
	}
	if status >= http.StatusInternalServerError {
		return KindServer
	}
	return KindInvalid
}

func (c *Client) kindOf(status int, code, message string) Kind {
	if c.Classify == nil {
		return KindOfStatus(status)
	}
	return c.Classify(status, code, message)
}

// KindOf tells a transport that signs in what an answer means that is none of success. It puts back what it reads of the body.
func (c *Client) KindOf(answer *http.Response) Kind {
	begin, _ := io.ReadAll(io.LimitReader(answer.Body, maxPage)) // a fault comes again for who reads on
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(begin), answer.Body), answer.Body}
	code, message, _ := c.parseError(begin)
	return c.kindOf(answer.StatusCode, code, message)
}
