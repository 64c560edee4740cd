// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// timeoutError is the cause of a context that ended because a timeout passed.
type timeoutError struct {
	name  string // in the `timeouts` block; "" for one that can't be configured
	after time.Duration
	// argument: it is an argument of that name, and in no block.
	argument bool
}

func (e *timeoutError) Error() string {
	switch {
	case e.name == "":
		return fmt.Sprintf("%s passed", e.after)
	case e.argument:
		return fmt.Sprintf("the %s of %s passed", e.name, e.after)
	}
	return fmt.Sprintf("the %s timeout of %s passed", e.name, e.after)
}

func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// apiError makes the diagnostic of a call that failed.
func (p *providerData) apiError(err error, summary string, of apig.Gateway) diag.Diagnostic {
	detail := fmt.Sprintf("%s\n\nThe call was for the %s.", p.explain(err), of)
	if apig.IsGatewayGone(err) || apig.IsNoEndpointService(err) {
		return diag.NewAttributeErrorDiagnostic(attributePath("instance_id"), summary, detail)
	}
	return diag.NewErrorDiagnostic(summary, detail)
}

// createPlanError makes the diagnostic of a call that failed while a creation was
// planned. That the gateway is gone is a warning only: a destroy plans this way
// first, and has nothing to do then.
func (p *providerData) createPlanError(err error, summary string, of apig.Gateway) diag.Diagnostic {
	failure := p.apiError(err, summary, of)
	if !apig.IsGatewayGone(err) {
		return failure
	}
	return diag.NewAttributeWarningDiagnostic(attributePath("instance_id"), failure.Summary(), failure.Detail())
}

// explain says what an error means and what to do about it, and then, in the
// error's own words, what happened.
func (p *providerData) explain(err error) string {
	var paragraphs []string
	add := func(text string) {
		if text != "" {
			paragraphs = append(paragraphs, text)
		}
	}
	add(endOf(err))
	if !errors.Is(err, context.Canceled) {
		add(p.advice(err))
	}
	add(happened(err))
	return strings.Join(paragraphs, "\n\n")
}

// endOf says what ended the context, if that is what the error is about.
func endOf(err error) string {
	var timeout *timeoutError
	switch {
	case errors.As(err, &timeout) && timeout.name == "":
		return fmt.Sprintf("It was not done after %s, which is as long as it may take.", timeout.after)
	case errors.As(err, &timeout) && timeout.argument:
		return fmt.Sprintf("The timeout of %s passed. Where it is just too short, raise `%s`.", timeout.after, timeout.name)
	case errors.As(err, &timeout):
		return fmt.Sprintf("The timeout of %s passed. Where it is just too short, raise `%s` in the `timeouts` block.", timeout.after, timeout.name)
	case errors.Is(err, context.Canceled):
		return "The run was interrupted, and every wait ended at once."
	default:
		return ""
	}
}

// happened gives an error in its own words, and below it, in lines that the CLI
// does not wrap, which calls it was. It is "" for an error that is about no call.
func happened(err error) string {
	text, calls := err.Error(), restErrors(err)
	if len(calls) == 0 && endOf(err) != "" {
		return ""
	}
	var about []string
	for _, e := range calls {
		about = append(about, e.About()...)
		text = strings.Replace(text, " ("+strings.Join(e.About(), ", ")+")", "", 1)
	}
	if len(about) == 0 {
		return "What happened: " + text + "."
	}
	return "What happened: " + text + ".\n" + bullets(about)
}

// inBrief is an error for a line of a list: the answer and its request ID.
func inBrief(err error) string {
	text := err.Error()
	for _, e := range restErrors(err) {
		text = strings.TrimPrefix(text, e.Operation+": ")
		id := ""
		if e.RequestID != "" {
			id = " (request ID " + e.RequestID + ")"
		}
		text = strings.Replace(text, " ("+strings.Join(e.About(), ", ")+")", id, 1)
	}
	return text
}

// restErrors are the failed calls that an error is or wraps.
func restErrors(err error) []*rest.Error {
	if e, ok := err.(*rest.Error); ok { //nolint:errorlint // this is the walk that errors.As does, for more than the first
		return []*rest.Error{e}
	}
	switch wrapping := err.(type) { //nolint:errorlint // likewise
	case interface{ Unwrap() error }:
		return restErrors(wrapping.Unwrap())
	case interface{ Unwrap() []error }:
		var found []*rest.Error
		for _, e := range wrapping.Unwrap() {
			found = append(found, restErrors(e)...)
		}
		return found
	default:
		return nil
	}
}

// advice is what to do about an error, "" where there is nothing to say.
func (p *providerData) advice(err error) string {
	if errors.Is(err, gateway.ErrShifting) {
		return "What the gateway lists changes faster than it can be read, and nothing less than all of it will do. Try again."
	}
	if unattributed, ok := errors.AsType[*unattributedError](err); ok {
		return fmt.Sprintf("It is asked for connections by account, and the gateway does not say whose these are:\n%s\n\n"+
			"They may belong to an account that is meant, and what uses the answer would take them for others'. Try again, or leave out `domain_ids` and name `endpoints`.", bullets(unattributed.lines))
	}
	var e *rest.Error
	if text := p.signInAdvice(err); text != "" {
		return text
	}
	if !errors.As(err, &e) {
		return ""
	}
	switch {
	case apig.IsGatewayGone(err):
		return "The gateway does not exist in this region and project. Check `instance_id`, `region` and `project_id`."
	case apig.IsNoEndpointService(err):
		return "The gateway has no VPC endpoint service. Enable it on the gateway, or check `instance_id`."
	}
	asked := calleeOf(e)
	if asked.isAnother(e) {
		return "What answered does not take the request as one to " + asked.name + ". Check " + asked.address + ". If the configuration looks right, this may be a bug in the provider: please report it with the request ID."
	}
	switch e.Kind {
	case rest.KindUnauthenticated:
		return p.credentialAdvice(e)
	case rest.KindForbidden:
		return forbiddenAdvice(e)
	case rest.KindUnsupported:
		return "The gateway's specification does not offer VPC endpoint management; NLB-series gateways do not."
	case rest.KindThrottled:
		return "The API takes fewer calls than were needed, from this user or this address, and refused all further ones. Let fewer runs call it at the same time, or ask for a higher limit." + askedToWait(e)
	case rest.KindBusy:
		return "The gateway is occupied by a task of its own, such as an upgrade, or a connection that it is still creating. Apply again when that is done." + askedToWait(e)
	case rest.KindUnreachable:
		return unreachableAdvice(err, asked)
	case rest.KindUnreadable:
		return "What came back is not a whole answer of " + asked.name + ". Check " + asked.address + ", and what stands between here and there: a proxy, a load balancer, a login page."
	case rest.KindServer:
		return "The service failed, and went on failing when asked again. Apply again later; if it persists, give the vendor's support the request ID."
	case rest.KindNotFound:
		return "What was asked for does not exist. Check `instance_id`, `region`, `project_id` and " + asked.address + "."
	default:
		return "The API refuses the request as it is. If the configuration looks right, this may be a bug in the provider: please report it with the request ID."
	}
}

// callee is what a call asks, as messages name it, and the arguments that have its
// address.
type callee struct{ name, address string }

// theAPI has its address in an argument of whose name the resources have one too.
var theAPI = callee{"the API", "`endpoints.apig` of the provider block"}

// calleeOf returns what was asked by the call that failed first: one that signs in
// may have cost another its time.
func calleeOf(e *rest.Error) callee {
	for inner := e; errors.As(inner.Err, &inner); {
		e = inner
	}
	switch auth.Service(e) {
	case "iam":
		return callee{"IAM", "`auth_url` (or `endpoints.iam`)"}
	case "sts":
		return callee{"IAM's token service", "`endpoints.sts`"}
	default:
		return theAPI
	}
}

// isAnother reports whether an error may be another server's. That of the API tells
// of gateways; one of IAM, whose addresses all exist, brings a code.
func (c callee) isAnother(e *rest.Error) bool {
	return c != theAPI && (e.Kind == rest.KindNotFound || e.Kind == rest.KindInvalid && e.Code == "")
}

func unreachableAdvice(err error, asked callee) string {
	switch {
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "This machine does not trust the certificate of what answered. Where an authority of your own signs, name its certificate in `cacert_file`; otherwise check " + asked.address + " and the proxy variables."
	case errors.Is(err, http.ErrSchemeMismatch):
		return "What answered does not speak TLS. An address without a scheme means `https`: check " + asked.address + " and the proxy variables, and write `http://` before an address where that is meant."
	case errors.As(err, new(*rest.RedirectError)):
		return "What answered is not " + asked.name + ", or not at its own address. Check " + asked.address + ", and what stands between here and there: a proxy, a login page."
	default:
		return "There was no answer from " + asked.name + ". Check the network, the proxy variables, `region`, `cloud` and " + asked.address + "."
	}
}

// askedToWait is how long the server asked to wait, which is more than there was
// time for.
func askedToWait(e *rest.Error) string {
	if e.RetryAfter == 0 {
		return ""
	}
	return fmt.Sprintf(" The last answer asks to wait for %s.", e.RetryAfter)
}

// signInAdvice is what to do about an error of signing in that is more than
// credentials which are refused; "" where the error is none.
func (p *providerData) signInAdvice(err error) string {
	var (
		role *auth.RoleError
		e    *rest.Error
	)
	configured, since := "No credentials are configured", "no other credentials are configured"
	if p.profile != "" {
		since = fmt.Sprintf("the mode of %s is %q", p.profile, profileOfInstance)
		configured = "Credentials of an ECS instance are asked for, since " + since
	}
	switch {
	case errors.As(err, new(*auth.NoMetadataError)):
		return configured + ", and this is no ECS instance that could get some from its metadata service. " + waysToSignIn
	case errors.As(err, new(*auth.MetadataError)):
		return "The metadata service of this machine, which was asked since " + since + ", gives none. If this is an ECS instance, give it an agency that may use the API and the project. Otherwise: " + waysToSignIn
	case errors.As(err, new(*auth.TokenFileError)):
		return "The token of the identity provider is read from a file whenever keys are needed. Check `id_token_file` in `assume_role_with_oidc` (HW_ASSUME_ROLE_ID_TOKEN_FILE), and that the file lives as long as the run."
	case errors.As(err, &role) && errors.As(err, &e) && (e.Kind == rest.KindForbidden || e.Kind == rest.KindNotFound || e.Kind == rest.KindInvalid):
		return fmt.Sprintf("The %s can't be assumed. Check its name and account in `assume_role` (HW_ASSUME_ROLE_AGENCY_NAME and others), that it delegates to the account that signs in, "+
			"that who signs in has the permission to assume it, and that it allows the `duration`.", role.Role)
	default:
		return ""
	}
}

// credentialAdvice says which credentials were refused.
func (p *providerData) credentialAdvice(e *rest.Error) string {
	if e.Code == "APIGW.0303" {
		return "The signature's time is too far from the server's. Set this machine's clock right: 15 minutes off is too much."
	}
	return fmt.Sprintf("The API refuses the credentials: %s. %s", p.credentials, p.renewal)
}

// forbiddenAdvice names the permission that the call needs.
func forbiddenAdvice(e *rest.Error) string {
	permission := apig.PermissionFor(e.Operation)
	if permission == "" {
		return "The credentials are good, but do not allow the call. Ask the account's administrator for the permission to make it."
	}
	return fmt.Sprintf("The credentials are good, but do not allow the call. It needs the permissions `%s` and `apig:instance:get` in this project. Check that `project_id` is the gateway's, and that the account is not suspended or read-only.", permission)
}
