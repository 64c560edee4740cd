// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"sync"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// refused reports whether err is an answer that the same credentials would get again, or tells that nobody can be asked,
// for whom each resource of a plan would wait.
func refused(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && (e.Kind == rest.KindUnauthenticated || e.Kind == rest.KindForbidden) || errors.Is(err, ErrNoMetadata)
}

// refusals remembers which credentials were refused, and with what, for the life of the process: IAM locks a user who is
// refused a few times. Safe for concurrent use; the zero value is ready.
type refusals struct{ kept sync.Map }

// refusedError is a refusal that is remembered where it came from: whoever signs in by way of it has nothing to remember.
type refusedError struct{ error }

// Unwrap returns the refusal.
func (e *refusedError) Unwrap() error { return e.error }

// of returns what the credentials were refused with, nil if they weren't.
func (r *refusals) of(credentials any) error {
	kept, _ := r.kept.Load(credentials)
	err, _ := kept.(error)
	return err
}

// note returns err, and remembers it if it is a refusal of the credentials.
func (r *refusals) note(credentials any, err error) error {
	if !refused(err) || errors.As(err, new(*refusedError)) {
		return err
	}
	err = &refusedError{err}
	r.kept.Store(credentials, err)
	return err
}
