// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package backend

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// advice is what to do about an error, "" where there is nothing to say.
func (b *Backend) advice(err error) string {
	if errors.Is(err, gateway.ErrShifting) {
		return "What the gateway lists changes faster than it can be read, and nothing less than all of it will do. Try again."
	}
	if advised, ok := errors.AsType[interface {
		error
		Advice() string
	}](err); ok {
		return advised.Advice()
	}
	if fault, ok := errors.AsType[*gateway.FaultError](err); ok {
		return "One after the other failed, in calls of their own, and none went well in between. So it is the service that is at fault, and no more calls were made. " + b.advice(fault.Err)
	}
	if text, about := b.absenceAdvice(err); about {
		return text
	}
	e, isCall := errors.AsType[*rest.Error](err)
	if text := reasonAdvice[apig.ReasonOf(err)]; text != "" {
		return text + askedToWait(e)
	}
	if text := b.signInAdvice(err); text != "" || !isCall {
		return text
	}
	return b.kindAdvice(err, e)
}

// bug ends the advice on a request that is refused for no reason that is known.
const bug = "If the configuration looks right, this may be a bug in the provider: please report it with the request ID."

// reasonAdvice is what to do where the code of an answer says more than its kind.
var reasonAdvice = map[apig.Reason]string{
	apig.ReasonParameter: "The API takes a value in the request to be wrong: its own words say which. Check `instance_id`, `project_id` and the IDs of endpoints or accounts. " + bug,
	apig.ReasonClock:     "The signature's time is too far from the server's. Set this machine's clock right: 15 minutes off is too much.",

	apig.ReasonUnverified: "The account is not verified yet, and may make no calls until it is. Complete its real-name authentication in the vendor's console, and apply again. The credentials are not the trouble.",
	apig.ReasonUnpaid:     "The account's balance does not cover the call. Top it up or settle what is owed, and apply again. The credentials are not the trouble.",
	apig.ReasonFrozen:     "The account is frozen, and may make no calls. Settle what is owed, or ask the vendor's support for the reason, and apply again. The credentials are not the trouble.",
	apig.ReasonSuspended:  "The account is suspended, and may make no calls. Settle what is owed, or ask the vendor's support for the reason, and apply again.",
	apig.ReasonReadOnly:   "The account may read, but not change anything. Settle what is owed, or ask the account's administrator or the vendor's support for the reason, and apply again.",

	apig.ReasonGatewayGone: "The gateway does not exist in this region and project. Check `instance_id`, `region` and `project_id`.",
	apig.ReasonNoService: "The gateway has no VPC endpoint service. That is made with the gateway, and can't be added later. The regions LA-Mexico City1 and CN North-Beijing1 (cn-north-1) do not offer it; " +
		"in any other, check `instance_id`, and ask the vendor's support, who needs the request ID.",

	apig.ReasonOneAtATime:      "The service takes one endpoint a call, and took this call to be for more. Apply again; if it persists, give the vendor's support the request ID.",
	apig.ReasonDecided:         "The service says that the endpoint is connected already. Apply again: an apply looks first, and leaves what is as it is to be.",
	apig.ReasonEndpointGone:    "The service does not know the endpoint, or not any more. Compare its ID with what the consumer says. One that was deleted never comes back: remove it from `endpoints`.",
	apig.ReasonEndpointDeleted: "The endpoint is being deleted, and never comes back: remove it from `endpoints`.",
	apig.ReasonEndpointFrozen:  "The endpoint is frozen, as those of an account are that owes money. The consumer has to have it released; apply again then.",
	apig.ReasonEndpointCreated: "The endpoint is still being created, and can't be decided before it is. Apply again then.",
	apig.ReasonServiceBusy:     "The VPC endpoint service can't be used at the moment. Apply again later.",
	apig.ReasonNotPermitted:    "The endpoint's account is not permitted to connect to the gateway. Permit it, by `apig_vpc_endpoint_permissions` for example, and apply again.",
	apig.ReasonPermissionsFull: "The gateway's list of permissions is full. Take out accounts that need none, permit every account with `*`, or ask the vendor's support for a higher limit.",
}

// RefusalAdvice is what to do about refusals of single endpoints or accounts, as far as codes tell. It begins with a blank.
func RefusalAdvice(refusals []error) string {
	var texts []string
	for _, refusal := range refusals {
		reason := apig.ReasonOf(refusal)
		if text := reasonAdvice[reason]; text != "" && reason != apig.ReasonParameter {
			texts = append(texts, " "+text)
		}
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), "")
}

func (b *Backend) kindAdvice(err error, e *rest.Error) string {
	asked := calleeOf(e)
	if asked.isAnother(e) {
		return "What answered does not take the request as one to " + asked.name + ". Check " + asked.address + ". " + bug
	}
	switch e.Kind {
	case rest.KindUnauthenticated:
		return fmt.Sprintf("The API refuses the credentials: %s. %s", b.credentials.Origins, b.credentials.Renewal)
	case rest.KindForbidden:
		return forbiddenAdvice(e)
	case rest.KindUnsupported:
		return "The gateway's specification does not offer VPC endpoint management; NLB-series gateways do not."
	case rest.KindThrottled:
		return "The API takes fewer calls than were needed, from this user or this address, and refused all further ones. Let fewer runs call it at the same time, or ask for a higher limit." + askedToWait(e)
	case rest.KindLocked:
		return "The gateway or the account is locked: the API's own words say why. Where an order is not paid, pay it; otherwise ask who may unlock it, or the vendor's support. Apply again then."
	case rest.KindBusy:
		return "The gateway is occupied by a task of its own, such as an upgrade. Apply again when that is done." + askedToWait(e)
	case rest.KindUnreachable:
		return unreachableAdvice(err, asked)
	case rest.KindUnreadable:
		return "What came back is not a whole answer of " + asked.name + ". Check " + asked.address + ", and what stands between here and there: a proxy, a load balancer, a login page."
	case rest.KindServer:
		return "The service failed, and went on failing when asked again. Apply again later; if it persists, give the vendor's support the request ID."
	case rest.KindNotFound:
		return "What was asked for does not exist. Check `instance_id`, `region`, `project_id` and " + asked.address + "."
	default:
		return invalidAdvice(e)
	}
}

// invalidAdvice is what to do about a request that is refused as it is, or was not made.
func invalidAdvice(e *rest.Error) string {
	switch e.StatusCode {
	case 0:
		return "The call can't be made as it is configured."
	case http.StatusConflict:
		return "What is asked for does not go with the state that the gateway is in: the API's own words say why. Apply again when that has changed; if it persists, give the vendor's support the request ID."
	default:
		return "The API refuses the request as it is. " + bug
	}
}

// callee is what a call asks, in words, and the arguments that have its address.
type callee struct{ name, address string }

// theAPI has its address in an argument of whose name the resources have one too.
var theAPI = callee{"the API", "`endpoints.apig` of the provider block"}

// calleeOf returns what was asked by the call that failed first: one that signs in may have cost another its time.
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

// isAnother reports whether an error may be another server's: all addresses of IAM exist, and its errors bring a code.
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

// askedToWait is how long the server asked to wait, for which there was no time.
func askedToWait(e *rest.Error) string {
	if e == nil || e.RetryAfter == 0 {
		return ""
	}
	return fmt.Sprintf(" The last answer asks to wait for %s.", e.RetryAfter)
}

// signInAdvice is what to do where signing in failed, unless credentials were just refused.
func (b *Backend) signInAdvice(err error) string {
	role, isRole := errors.AsType[*auth.RoleError](err)
	e, isCall := errors.AsType[*rest.Error](err)
	configured, since := "No credentials are configured", "no other credentials are configured"
	if b.credentials.Instance != "" {
		since = b.credentials.Instance
		configured = "Credentials of an ECS instance are asked for, since " + since
	}
	switch {
	case errors.Is(err, auth.ErrNoMetadata):
		return configured + ", and this is no ECS instance that could get some from its metadata service. " + b.credentials.Ways
	case errors.Is(err, auth.ErrMetadata):
		return "The metadata service of this machine, which was asked since " + since + ", gives none. If this is an ECS instance, give it an agency that may use the API and the project. Otherwise: " + b.credentials.Ways
	case errors.Is(err, auth.ErrTokenFile):
		return "The token of the identity provider is read from a file whenever keys are needed. Check `id_token_file` in `assume_role_with_oidc` (HW_ASSUME_ROLE_ID_TOKEN_FILE), and that the file lives as long as the run."
	case isRole && isCall && (e.Kind == rest.KindForbidden || e.Kind == rest.KindNotFound || e.Kind == rest.KindInvalid):
		return fmt.Sprintf("The %s can't be assumed. Check its name and account in `assume_role` (HW_ASSUME_ROLE_AGENCY_NAME and others), that it delegates to the account that signs in, "+
			"that who signs in has the permission to assume it, and that it allows the `duration`.", role.Role)
	default:
		return ""
	}
}

// forbiddenAdvice names the permission that the call needs, in both models of authorization.
func forbiddenAdvice(e *rest.Error) string {
	permission := apig.PermissionFor(e.Operation)
	if permission == "" {
		return fmt.Sprintf("The credentials are good, but do not allow the call (%s). Ask the account's administrator for the permission of IAM that it needs.", e.Operation)
	}
	return fmt.Sprintf("The credentials are good, but do not allow the call. With identity policies it needs the permissions `%s` and `%s` in this project; "+
		"with roles and policies, which have no such permissions, the policy *APIG FullAccess* or the role *APIG Administrator*. "+
		"Check that `project_id` is the gateway's, and that the account is not suspended or read-only.", permission, apig.PermissionGetGateway)
}

// HowOften says why a gateway is believed to be gone. It begins with a blank.
func HowOften(err error) string {
	if gone, ok := errors.AsType[*gateway.GoneError](err); ok {
		return fmt.Sprintf(" The API has said so %d times over %s.", gone.Times, gone.Over.Round(time.Second/10))
	}
	return ""
}

// WrongAddress says why else a gateway may seem gone, where the run has heard nothing else.
func WrongAddress(err error) string {
	gone, ok := errors.AsType[*gateway.GoneError](err)
	if !ok {
		return ""
	}
	const check = "check `endpoints.apig` of the provider block, `region` and `project_id`"
	switch only := gone.Only(); only {
	case 0:
		return ""
	case 1:
		return "\n\nNothing else was heard from the API in this run. If the gateway should exist, a wrong address is likely: " + check + "."
	default:
		return fmt.Sprintf("\n\nThe API says so of each gateway that this run has asked for (%d). So a wrong address is likely: %s before you apply anything.", only, check)
	}
}

// absenceAdvice is what to do where a gateway is said not to exist, be it believed or not.
func (b *Backend) absenceAdvice(err error) (text string, about bool) {
	if gateway.IsGone(err) {
		return reasonAdvice[apig.ReasonGatewayGone] + HowOften(err) + WrongAddress(err), true
	}
	doubt, ok := errors.AsType[*gateway.DoubtError](err)
	if !ok {
		return "", false
	}
	said := "The API said that the gateway does not exist"
	if apig.IsNoEndpointService(doubt.Said) {
		said = "The API said that the gateway has no VPC endpoint service"
	}
	switch {
	case doubt.Err == nil:
		return said + ", each time that this was asked for, and answered other calls in between. Nothing is forgotten for it. Apply again; if it persists, give the vendor's support the request ID.", true
	case apig.IsGatewayGone(doubt.Err), apig.IsNoEndpointService(doubt.Err):
		return said + ", but not for long enough to be believed, so nothing is forgotten for it. Check `instance_id`, `region` and `project_id`, and apply again.", true
	default:
		return said + ", and when it was asked again, something else went wrong. Nothing is forgotten for it. " + b.advice(doubt.Err), true
	}
}
