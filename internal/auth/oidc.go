// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/textfile"
)

// byIDToken signs in with what a token of an identity provider becomes.
func (a *Authenticator) byIDToken(cfg OIDC) credentials {
	// A token in a file may be another one the next time.
	idToken := func() string {
		token, _ := cfg.token()
		return token
	}
	var early earlyFailure
	key := newTemporaryKey(idToken, func(ctx context.Context) (keys, error) {
		token := idToken()
		if err := early.lasting(token); err != nil {
			return keys{}, err
		}
		k, err := a.iam.federate(ctx, cfg)
		if err != nil {
			err = fmt.Errorf("signing in with %s of the identity provider %q (assume_role_with_oidc): %w", cfg.origin(), cfg.ProviderID, err)
		} else if cfg.Role.Agency != "" {
			k, err = a.iam.assume(ctx, a.clientAs(k.signer(a.iam.now)), cfg.Role)
		}
		return k, early.join(ctx, token, err)
	}, a.redactor.add)
	a.prepare = func(ctx context.Context) {
		key.keys.prepare(context.WithValue(ctx, earlyKey{}, true), struct{}{})
	}
	return key
}

// earlyKey marks the context of an exchange that nobody waits for.
type earlyKey struct{}

// earlyFailure is what the exchange came to that was made before the first call.
type earlyFailure struct {
	mu    sync.Mutex
	token string // that was exchanged
	err   error
}

// lasting returns the failure if an exchange of this token would fail like it.
func (f *earlyFailure) lasting(token string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.token == token && lasting(f.err) {
		return f.err
	}
	return nil
}

// join returns err with the failure of the early exchange: a token that has ended since is refused for that, not for the first fault.
func (f *earlyFailure) join(ctx context.Context, token string, err error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	early, _ := ctx.Value(earlyKey{}).(bool)
	switch {
	case err == nil:
		f.err = nil
	case ctx.Err() != nil:
	case early:
		f.token, f.err = token, err
	case f.err != nil && f.err.Error() != err.Error():
		return fmt.Errorf("%w; before, when the provider was configured: %w", err, f.err)
	}
	return err
}

// federatedLife is how long keys live that assume the role of an ID token, for one call: IAM's minimum.
const federatedLife = 15 * time.Minute

// federate gets keys for a token of an identity provider: IAM gives a token of its own for it, and keys for that.
func (i *iam) federate(ctx context.Context, cfg OIDC) (keys, error) {
	idToken, err := cfg.token()
	if err != nil {
		// Not to be repeated: what reads a file has no passing faults.
		return keys{}, &rest.Error{Operation: "read the ID token", Kind: rest.KindInvalid, Err: err}
	}
	i.secret(idToken)
	asked := signIn(opExchange, rest.Join(i.base.JoinPath(".."), "v3.0", "OS-AUTH", "id-token", "tokens"),
		map[string]any{"auth": map[string]any{"id_token": map[string]any{"id": idToken}}})
	asked.Header = http.Header{"X-Idp-Id": {cfg.ProviderID}}
	response, err := i.plain.Do(ctx, asked, nil)
	if err != nil {
		return keys{}, err
	}
	subject, err := i.subjectToken(asked, response)
	if err != nil {
		return keys{}, err
	}
	seconds := int64(federatedLife / time.Second)
	if cfg.Role.Agency == "" {
		seconds = cfg.Role.seconds()
	}
	return i.temporaryKeys(ctx, i.plain, opKeysOfToken, identity("token", map[string]any{"id": subject, "duration_seconds": seconds}, nil))
}

// ErrTokenFile tells that there is no ID token in the file that is to have it.
var ErrTokenFile = errors.New("the file of the ID token")

// token returns the token, of a file as the file is now.
func (o OIDC) token() (string, error) {
	if o.TokenFile == "" {
		return o.Token, nil
	}
	content, err := textfile.Read(o.TokenFile)
	if err != nil {
		return "", fmt.Errorf("%w can't be read: %w", ErrTokenFile, err)
	}
	token := strings.TrimSpace(content)
	if token == "" {
		return "", fmt.Errorf("%w is empty: %s", ErrTokenFile, textfile.Shown(o.TokenFile))
	}
	return token, nil
}

func (o OIDC) origin() string {
	if o.TokenFile != "" {
		return "the ID token in " + textfile.Shown(o.TokenFile)
	}
	return "the configured ID token"
}
