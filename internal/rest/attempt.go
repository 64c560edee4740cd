// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// failure is an attempt that did not succeed: either err, or an error that passes through as it is.
type failure struct {
	err     *Error
	passing bool  // whether the same may succeed a moment later, given its kind is one of a passing fault
	unsent  bool  // it was not sent at all
	passed  error // an error of a call that the transport made; final
}

// again tells whether another attempt is to follow, and keeps the account of it.
func (f *failure) again(ctx context.Context, r *run) bool {
	if ctx.Err() != nil && f.err.StatusCode == 0 {
		return true // nothing was answered: Retry sees the context's end itself, and Do tells of the answer before
	}
	r.asked = f.err.RetryAfter
	if f.err.StatusCode != 0 || r.last == nil || r.last.StatusCode == 0 {
		r.last = f.err // an answer tells more than a connection that broke later
	}
	var again bool
	switch most, limited := retriesIn(ctx)[f.err.Kind]; {
	case f.err.Kind == KindThrottled:
		again = true
	case f.err.Kind == KindBusy:
		again = !limited || r.busy < most
		r.busy++
	case f.passing:
		again = r.faults < r.client.MaxRetries && (!limited || r.faults < most)
		r.faults++
	}
	if !again {
		r.final = f.err
	}
	return again
}

// retriesKey is that of the most retries for each kind, in a context.
type retriesKey struct{}

func retriesIn(ctx context.Context) map[Kind]int {
	most, _ := ctx.Value(retriesKey{}).(map[Kind]int)
	return most
}

// WithRetries gives a context whose calls are repeated at most so often after a failure of one of the kinds: KindBusy, or, below
// Client.MaxRetries, KindServer, KindUnreachable or KindUnreadable, which are counted together.
func WithRetries(ctx context.Context, most int, kinds ...Kind) context.Context {
	limits := map[Kind]int{}
	maps.Copy(limits, retriesIn(ctx))
	for _, kind := range kinds {
		limits[kind] = most
	}
	return context.WithValue(ctx, retriesKey{}, limits)
}

// send makes one attempt, as soon as the throttle lets it pass.
func (r *run) send(ctx context.Context) (*Response, *failure) {
	throttle, host := r.client.Throttle, r.req.URL.Host
	r.tell(r.heldBack())
	if err := throttle.enter(ctx, host); err != nil {
		r.last = r.heldBack()
		return nil, &failure{err: r.fail(KindUnreachable, EndOf(ctx)), unsent: true}
	}
	defer throttle.leave()
	r.tell(r.stands(true))
	r.sent = time.Now()
	resp, f := r.sendNow(ctx)
	switch {
	case f == nil:
		throttle.done(host, r.sent, nil)
	case f.err != nil:
		throttle.done(host, r.sent, f.err)
	}
	return resp, f
}

// heldBack is what a call comes to that the throttle holds back: where nothing of its own has failed, the host's last throttling.
func (r *run) heldBack() *Error {
	throttling := r.client.Throttle.lastThrottling(r.req.URL.Host)
	if throttling == nil || r.last != nil {
		return r.stands(false)
	}
	e := r.fail(KindThrottled, errors.New("held back, since the server throttles"))
	e.StatusCode, e.Code, e.Message, e.RequestID = throttling.StatusCode, throttling.Code, throttling.Message, throttling.RequestID
	return e
}

func (r *run) sendNow(ctx context.Context) (*Response, *failure) {
	limit := cmp.Or(r.client.AttemptTimeout, DefaultAttemptTimeout)
	// What the transport calls for, to sign in for example, is repeated as ever.
	attempt, cancel := context.WithTimeout(context.WithValue(ctx, retriesKey{}, nil), limit)
	defer cancel()

	request, err := r.request(attempt)
	if err != nil {
		// The cause quotes the address, perhaps with what must not be shown.
		return nil, &failure{err: r.fail(KindInvalid, errors.New("the method or the address is not valid"))}
	}
	answer, err := r.http().Do(request)
	if err != nil {
		return nil, r.unanswered(ctx, attempt, limit, answer, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode < 200 || answer.StatusCode > 599 {
		// The body of 101, for one, is the bare connection, which never ends.
		f := &failure{err: r.fail(KindUnreadable, errors.New("an answer of the API never has this status"))}
		f.err.StatusCode, f.err.RequestID, f.err.Lasting = answer.StatusCode, r.client.requestID(answer.Header), true
		return nil, f
	}
	// Not every transport ends the reading of a body with the request's context.
	stop := context.AfterFunc(attempt, func() { _ = answer.Body.Close() })
	defer stop()
	return r.read(ctx, attempt, limit, answer)
}

func (r *run) request(ctx context.Context) (*http.Request, error) {
	address := *r.req.URL
	address.User = nil
	request, err := http.NewRequestWithContext(ctx, r.req.Method, address.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	for name, values := range r.req.Header {
		request.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	request.Header.Set("Accept", "application/json")
	if r.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if r.client.UserAgent != "" {
		request.Header.Set("User-Agent", r.client.UserAgent)
	}
	return request, nil
}

// http is the client to send with: it never follows a redirect unchecked.
func (r *run) http() *http.Client {
	client := *cmp.Or(r.client.HTTP, &http.Client{})
	if client.CheckRedirect == nil {
		client.CheckRedirect = CheckRedirect
	}
	return &client
}

// unanswered makes the failure of an attempt that brought no answer to read.
func (r *run) unanswered(ctx, attempt context.Context, limit time.Duration, answer *http.Response, err error) *failure {
	ended := ctx.Err() != nil
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err // the outermost, which is http.Client's own
	}
	// A context's end is final only when it is this call's: the transport may have shared a call with a caller who left.
	inner, own := errors.AsType[*Error](err)
	interrupted := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	switch {
	case own && ended == interrupted:
		return &failure{passed: fmt.Errorf("%s: %w", r.req.Operation, err)}
	case ended:
		return &failure{err: r.fail(KindUnreachable, EndOf(ctx))}
	case own:
		return &failure{err: r.fail(inner.Kind, r.client.redactCause(err)), passing: true}
	}
	cause := withoutURL(err)
	passing := !permanent(cause)
	if attempt.Err() != nil {
		cause = fmt.Errorf("no answer within %s", limit)
	}
	f := &failure{err: r.fail(KindUnreachable, r.client.redactCause(cause)), passing: passing}
	f.err.Lasting = !passing
	if answer != nil { // a redirect that is not followed
		f.err.StatusCode, f.err.RequestID = answer.StatusCode, r.client.requestID(answer.Header)
	}
	return f
}

// withoutURL takes the address, which may hold more than may be shown, out of an error of http.Client.
func withoutURL(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) && wrapped.Err != nil {
		err = wrapped.Err
	}
	return err
}

// permanent tells whether an error of the transport would be the same after another attempt.
func permanent(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsNotFound && !dns.IsTemporary && !dns.IsTimeout
	}
	if network, ok := errors.AsType[*net.OpError](err); ok && network.Op == "remote error" {
		return true // a TLS alert: the server refuses the handshake
	}
	return errors.Is(err, http.ErrSchemeMismatch) ||
		slices.ContainsFunc(permanentErrors, func(kind func(error) bool) bool { return kind(err) }) ||
		slices.ContainsFunc(permanentTexts, func(text string) bool { return strings.Contains(err.Error(), text) })
}

// permanentErrors tell errors of certificates, of redirects that are not followed and of addresses.
var permanentErrors = []func(error) bool{
	is[*tls.CertificateVerificationError], is[x509.UnknownAuthorityError], is[x509.HostnameError], is[x509.CertificateInvalidError],
	is[x509.SystemRootsError], is[tls.RecordHeaderError], is[*RedirectError], is[*net.AddrError],
}

func is[E error](err error) bool { _, ok := errors.AsType[E](err); return ok }

// permanentTexts are in errors that the standard library gives no type.
var permanentTexts = []string{
	"unsupported protocol scheme", "invalid header field", "invalid proxy", "Proxy Authentication Required",
}

// maxRedirects is how many redirects within a host are followed.
const maxRedirects = 5

// RedirectError tells of a redirect that is not followed.
type RedirectError struct{ reason string }

func (e *RedirectError) Error() string { return e.reason }

// CheckRedirect is for http.Client.CheckRedirect: a GET follows at most 5 redirects within the same scheme, host and port. All
// else is refused, since what goes along with a request is meant for the host that was asked.
func CheckRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	to := fmt.Sprintf("%s://%s%s", next.URL.Scheme, next.URL.Host, next.URL.Path)
	switch {
	case !sameOrigin(first, next):
		return &RedirectError{fmt.Sprintf("the server redirects to another address, %s, which is not followed", Shown(to, maxText))}
	case first.Method != http.MethodGet:
		return &RedirectError{fmt.Sprintf("the server redirects a %s to %s, which is not followed", first.Method, Shown(to, maxText))}
	case len(via) > maxRedirects:
		return &RedirectError{fmt.Sprintf("the server redirects more than %d times", maxRedirects)}
	}
	return nil
}

func sameOrigin(a, b *http.Request) bool {
	return a.URL.Scheme == b.URL.Scheme && strings.EqualFold(a.URL.Hostname(), b.URL.Hostname()) && port(a) == port(b)
}

func port(r *http.Request) string {
	return cmp.Or(r.URL.Port(), map[string]string{"https": "443", "http": "80"}[r.URL.Scheme])
}

// Join gives the address of escaped path segments below a base, with an absolute path even where the base has none.
func Join(base *url.URL, segments ...string) *url.URL {
	rooted := *base
	rooted.Path = "/" + strings.TrimPrefix(base.Path, "/")
	return rooted.JoinPath(segments...)
}
