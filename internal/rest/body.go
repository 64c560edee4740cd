// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

func (r *run) read(ctx, attempt context.Context, limit time.Duration, answer *http.Response) (*Response, *failure) {
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil && ctx.Err() != nil {
		return nil, &failure{err: r.fail(KindUnreachable, EndOf(ctx))}
	}
	if err != nil && attempt.Err() != nil {
		err = fmt.Errorf("the answer was not complete within %s", limit)
	}
	id := r.client.requestID(answer.Header)
	if answer.StatusCode > 299 || err == nil && holdsError(body) {
		return nil, r.refused(answer, body, id, err != nil)
	}
	good := &Response{StatusCode: answer.StatusCode, Header: answer.Header, RequestID: id}
	f := &failure{err: r.req.Unreadable(good, nil)}
	switch {
	case len(body) > maxAnswer:
		f.err.Err = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	case isPage(answer.Header, body):
		f.err.Message = r.client.describePage(answer.Header, body)
	case r.into == nil:
		return good, nil
	case err != nil:
		f.err.Err, f.passing = r.client.redactCause(fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)), true
	default:
		if f.passing, f.err.Err = r.client.decode(body, r.into); f.err.Err == nil {
			return good, nil
		}
	}
	f.err.Lasting = !f.passing
	return nil, f
}

// decode decodes an answer, or gives it as it is where into is a *[]byte. cut tells that it seems to have been cut off.
func (c *Client) decode(body []byte, into any) (cut bool, err error) {
	if raw, ok := into.(*[]byte); ok {
		*raw = body
		return false, nil
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return true, errors.New("the answer is empty")
	}
	err = json.Unmarshal(body, into)
	kind, mistyped := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case err == nil:
		return false, nil
	case unfinished(body):
		return true, fmt.Errorf("the answer broke off after %d bytes", len(body))
	case is[*json.SyntaxError](err):
		return false, fmt.Errorf("the answer is not JSON: %s", c.show(err.Error(), maxText))
	case mistyped:
		return false, fmt.Errorf("the answer is not what the API documents: a JSON %s in %q", c.show(kind.Value, 40), c.show(kind.Field, 80))
	default:
		return false, fmt.Errorf("the answer is not what the API documents: %s", c.show(err.Error(), maxText))
	}
}

// unfinished tells whether a body would be JSON if only more of it had come.
func unfinished(body []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var value json.RawMessage
	return errors.Is(decoder.Decode(&value), io.ErrUnexpectedEOF)
}

// refused makes the failure of an answer that is an error, by its status or by what it holds. broken tells that its end is missing.
func (r *run) refused(answer *http.Response, body []byte, id string, broken bool) *failure {
	e := r.fail("", nil)
	e.StatusCode = answer.StatusCode
	var bodyID string
	e.Code, e.Message, bodyID = r.client.parseError(body)
	e.RequestID = cmp.Or(id, bodyID)
	e.RetryAfter = retryAfter(answer.Header, time.Now())
	e.Kind = r.client.kindOf(e.StatusCode, e.Code, e.Message)
	if isPage(answer.Header, body) {
		e.Message = r.client.describePage(answer.Header, body)
		if e.Kind != KindThrottled {
			e.Kind = KindUnreadable // who answered is not the API, so its status says nothing about the API
		}
	}
	if e.Code == "" && (broken || unfinished(body)) {
		e.Message, e.Err = "", fmt.Errorf("the answer broke off after %d bytes", len(body))
		if e.Kind != KindServer && e.Kind != KindThrottled {
			e.Kind = KindUnreadable // the code is missing, and with it what the status means
		}
		return &failure{err: r.refusal(e), passing: e.Kind != KindUnauthenticated && e.Kind != KindForbidden}
	}
	e = r.refusal(e)
	if e.Code == "" && e.Message == "" {
		e.Message = http.StatusText(e.StatusCode)
	}
	passing := e.Kind == KindServer || e.Kind == KindUnreadable && e.StatusCode >= http.StatusInternalServerError
	e.Lasting = e.Kind == KindUnreadable && !passing
	return &failure{err: e, passing: passing}
}

// refusal gives a refusal of the credentials that the call held the kind of its status, also where a page comes with it.
func (r *run) refusal(e *Error) *Error {
	if r.req.SignsIn && e.Kind == KindUnreadable && (e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden) {
		e.Kind = KindOfStatus(e.StatusCode)
	}
	return e
}

// holdsError tells whether the answer to a call that went well, by its status, holds an error's code all the same.
func holdsError(body []byte) bool {
	if !bytes.Contains(body, []byte(`"error_code"`)) {
		return false
	}
	var fields map[string]json.RawMessage
	return json.Unmarshal(body, &fields) == nil && scalar(fields["error_code"]) != ""
}

// parseError finds code, message and request ID in an error of the API, or of IAM. Of any other text the beginning is the message.
func (c *Client) parseError(body []byte) (code, message, id string) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return "", c.show(string(body), maxText), ""
	}
	code, message, id = scalar(fields["error_code"]), scalar(fields["error_msg"]), scalar(fields["request_id"])
	var inner map[string]json.RawMessage
	if json.Unmarshal(fields["error"], &inner) == nil {
		code = cmp.Or(code, scalar(inner["code"]))
		message = cmp.Or(message, scalar(inner["message"]), scalar(inner["title"]))
	}
	return c.show(code, 60), c.show(message, maxText), c.show(id, 100)
}

// scalar is the text of a JSON string or number, "" of anything else.
func scalar(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}
