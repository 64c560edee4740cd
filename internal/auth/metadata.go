// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	metadataTimeout   = 2 * time.Second // of one attempt: the metadata service is on the same host, or there is none
	metadataTokenLife = "300"           // of the token that the service may ask for, in seconds; it serves for one call
)

var (
	// ErrNoMetadata tells that no metadata service answers, as everywhere but on an ECS instance.
	ErrNoMetadata = errors.New("asking the metadata service of an ECS instance")
	// ErrMetadata tells that a metadata service answers, but gives no keys.
	ErrMetadata = errors.New("signing in by the metadata service of this ECS instance")
)

// metadata gets the keys of the agency of the ECS instance that this process runs on.
type metadata struct {
	base    *url.URL
	rest    *rest.Client
	iam     *iam
	reached atomic.Bool // whether anybody answered
}

// newMetadata makes calls like plain's, but without patience, and through no proxy: the service is this host's alone.
func newMetadata(base *url.URL, transport http.RoundTripper, i *iam) *metadata {
	if standard, ok := transport.(*http.Transport); ok {
		direct := standard.Clone()
		direct.Proxy = nil
		transport = direct
	}
	client := *i.plain
	client.HTTP = &http.Client{Transport: transport, CheckRedirect: rest.CheckRedirect}
	client.AttemptTimeout = metadataTimeout
	client.MaxRetries = min(client.MaxRetries, 1)
	return &metadata{base: base, rest: &client, iam: i}
}

// obtain asks for keys, with a token if one is to be had.
func (m *metadata) obtain(ctx context.Context) (keys, error) {
	token, tokenErr := m.token(ctx)
	client, header := *m.rest, http.Header{}
	switch {
	case ctx.Err() != nil && tokenErr != nil:
		return keys{}, fmt.Errorf("%w: %w", ErrMetadata, tokenErr)
	case unanswered(tokenErr):
		client.MaxRetries = 0
	default:
		m.reached.Store(true)
	}
	if token != "" {
		m.iam.secret(token)
		header.Set("X-Metadata-Token", token)
	}
	k, err := m.iam.keys(ctx, &client, rest.Request{
		Operation: "get the keys of the instance's agency", Method: http.MethodGet, URL: rest.Join(m.base, "openstack", "latest", "securitykey"), Header: header,
	})
	if err == nil {
		m.reached.Store(true)
		return k, nil
	}
	shown := err
	switch {
	case tokenErr == nil:
	case lasting(tokenErr):
		// The keys decide what this is: the next time, they may be given without a token.
		shown = fmt.Errorf("%[2]w; then, without a token: %[1]w", err, tokenErr)
	default:
		// The token decides: without that fault, keys might have been given.
		shown = fmt.Errorf("%w; then, without a token: %w", tokenErr, err)
	}
	if ctx.Err() == nil && !m.reached.Load() && unanswered(err) {
		return keys{}, fmt.Errorf("%w: %w", ErrNoMetadata, shown)
	}
	return keys{}, fmt.Errorf("%w: %w", ErrMetadata, shown)
}

// token asks for the token that keys may need; "" where none is needed. Its failure is no reason not to ask for keys.
func (m *metadata) token(ctx context.Context) (string, error) {
	once := *m.rest
	once.MaxRetries = 0
	var text []byte
	_, err := once.Do(ctx, rest.Request{
		Operation: "get a token of the metadata service",
		Method:    http.MethodPut,
		URL:       rest.Join(m.base, "meta-data", "latest", "api", "token"),
		Header:    http.Header{"X-Metadata-Token-Ttl-Seconds": {metadataTokenLife}},
	}, &text)
	if refused, ok := errors.AsType[*rest.Error](err); ok && (refused.StatusCode == http.StatusNotFound || refused.StatusCode == http.StatusMethodNotAllowed) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

func unanswered(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Kind == rest.KindUnreachable
}

// lasting reports whether err is an answer that the same call would get again.
func lasting(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.StatusCode/100 == 4 && e.Kind != rest.KindThrottled
}
