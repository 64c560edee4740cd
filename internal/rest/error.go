// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Error is a call that failed. It holds nothing of what was sent but the method, the host and the path.
type Error struct {
	Operation          string        // Request.Operation
	Method, Host, Path string        // without the query
	StatusCode         int           // 0 when there was no answer
	Code, Message      string        // the answer's own; "" when it had none
	RequestID          string        // the server's name for the attempt; "" when it gave none
	Kind               Kind          // what it means for the caller
	RetryAfter         time.Duration // how long the server asked to wait, at most 15 minutes; 0 when it didn't
	Attempts           int           // how many were made in all
	Lasting            bool          // of KindUnreachable and KindUnreadable: another attempt would end the same, as with a certificate that is not trusted
	Unsure             bool          // an attempt before this answer may have done what was asked: it was not answered, or the service failed
	Err                error         // the cause; nil when the answer says it all
}

// Unreadable is the error of an answer that is not what the call asked for.
func (r Request) Unreadable(answer *Response, cause error) *Error {
	return &Error{
		Operation: r.Operation, Method: r.Method, Host: r.URL.Host, Path: r.URL.Path,
		StatusCode: answer.StatusCode, RequestID: answer.RequestID, Kind: KindUnreadable, Err: cause,
	}
}

// Error tells everything in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	separator := ": "
	add := func(format string, args ...any) {
		b.WriteString(separator)
		fmt.Fprintf(&b, format, args...)
		separator = ": "
	}
	code := e.Code
	if code == strconv.Itoa(e.StatusCode) { // IAM's
		code = ""
	}
	if e.StatusCode != 0 {
		add("HTTP %d", e.StatusCode)
		separator = ", "
		if code == "" {
			separator = ": "
		}
	}
	if code != "" {
		add("%s", code)
	}
	if e.Message != "" {
		add("%s", e.Message)
	}
	if e.Err != nil {
		add("%s", e.Err.Error())
	}
	if about := e.About(); len(about) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(about, ", "))
	}
	return b.String()
}

// About tells of the call itself, in the words that Error ends with: what was called, the request ID, how often.
func (e *Error) About() []string {
	var parts []string
	if e.Host != "" {
		parts = append(parts, e.Method+" "+e.Host+e.Path)
	}
	if e.RequestID != "" {
		parts = append(parts, "request ID "+e.RequestID)
	}
	if e.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", e.Attempts))
	}
	return parts
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// EndedBy is the error of a call that came to this one, and that its context ended.
func (e *Error) EndedBy(ctx context.Context) *Error {
	ended := *e
	ended.Err = fmt.Errorf("gave up: %w", EndOf(ctx))
	if e.Err != nil {
		ended.Err = fmt.Errorf("%[2]w; gave up: %[1]w", EndOf(ctx), e.Err)
	}
	return &ended
}

// EndOf is the error of a context that ended, with the cause where it has one of its own.
func EndOf(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	// A cause may be the end of another context, which this one's was made of.
	if errors.Is(cause, err) || errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// redactedError is a cause whose text is fit to be shown.
type redactedError struct {
	text  string
	cause error
}

func (e *redactedError) Error() string { return e.text }

// Unwrap gives the cause, unless it could be taken for the end of the caller's context, as network timeouts can.
func (e *redactedError) Unwrap() error {
	if errors.Is(e.cause, context.DeadlineExceeded) || errors.Is(e.cause, context.Canceled) {
		return nil
	}
	return e.cause
}

// As finds the call that failed, also where Unwrap hides it.
func (e *redactedError) As(target any) bool {
	call, ok := target.(**Error)
	return ok && errors.As(e.cause, call)
}

// userInfo finds the user information of addresses, such as a proxy's, in texts.
var userInfo = regexp.MustCompile(`//[^/\s"']*@`)

// redactCause gives the cause a text without secrets and credentials of addresses, and in plain words where Go's are hard to read.
func (c *Client) redactCause(cause error) error {
	text := cause.Error()
	dns, isDNS := errors.AsType[*net.DNSError](cause)
	switch {
	case isDNS && dns.IsNotFound:
		text = fmt.Sprintf("the host name %s is not known (DNS)", dns.Name)
	case errors.Is(cause, io.EOF):
		text = "the connection was closed without an answer"
	default:
		text = strings.TrimSuffix(text, ": "+io.ErrUnexpectedEOF.Error())
	}
	text = userInfo.ReplaceAllString(text, "//…@")
	return &redactedError{text: c.show(text, maxText), cause: cause}
}
