// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package backend

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	mayBeBug       = "may be a bug in the provider"
	badCredentials = "The API refuses the credentials: an origin. Renew them."
	noPermission   = "With identity policies it needs the permissions `apig:instance:acceptOrRejectVpcEndpointConnection` and `apig:instance:get` in this project; with roles and policies, which have no such permissions, the policy *APIG FullAccess* or the role *APIG Administrator*."
	wrongValue     = "Check `instance_id`, `project_id` and the IDs of endpoints or accounts. If the configuration looks right, this " + mayBeBug
	tooManyCalls   = "The API takes fewer calls than were needed"
	serviceFailed  = "The service failed, and went on failing when asked again."
	endpointGone   = "The service does not know the endpoint, or not any more."
	gatewayUnknown = "The gateway does not exist in this region and project."
	gatewayLocked  = "Where an order is not paid, pay it"
	gatewayBusy    = "The gateway is occupied by a task of its own"
)

// advised are the codes that are documented: what each is and what the user is told.
var advised = []struct {
	status int
	codes  string
	kind   rest.Kind
	advice string
}{
	{400, "APIC.7211 APIG.2000 APIG.2001 APIG.2002 APIG.2003 APIG.2004 APIG.2005 APIG.2006", rest.KindInvalid, wrongValue},
	{400, "APIG.2007 APIG.2008 APIG.2009 APIG.2010 APIG.2011 APIG.2012", rest.KindInvalid, wrongValue},
	{400, "EndPoint.0022", rest.KindThrottled, tooManyCalls},
	{400, "EndPoint.2019", rest.KindBusy, "The endpoint is still being created"},
	{400, "EndPoint.2004 EndPoint.2051", rest.KindBusy, "The VPC endpoint service can't be used at the moment."},
	{400, "EndPoint.2014", rest.KindInvalid, "The service says that the endpoint is connected already. Apply again"},
	{400, "EndPoint.2013 EndPoint.2017", rest.KindNotFound, endpointGone},
	{404, "EndPoint.2006 EndPoint.2007 EndPoint.2008", rest.KindNotFound, endpointGone},
	{400, "EndPoint.2018", rest.KindNotFound, "The endpoint is being deleted"},
	{400, "EndPoint.2031", rest.KindInvalid, "The service takes one endpoint a call"},
	{400, "EndPoint.2015", rest.KindInvalid, "The endpoint is frozen"},
	{400, "EndPoint.2012", rest.KindInvalid, "Permit it, by `apig_vpc_endpoint_permissions`"},
	{400, "EndPoint.2045 EndPoint.3049", rest.KindInvalid, "The gateway's list of permissions is full."},
	{401, "APIG.1005", rest.KindForbidden, noPermission},
	{401, "APIG.1011", rest.KindForbidden, "Complete its real-name authentication"},
	{401, "APIG.1012", rest.KindForbidden, "The account's balance does not cover the call."},
	{401, "APIG.1013", rest.KindForbidden, "The account is frozen"},
	{401, "APIC.7100 APIC.7101 APIC.7102 APIC.7103 APIC.7105 APIC.7107 APIGW.0301 APIGW.0307", rest.KindUnauthenticated, badCredentials},
	{401, "APIGW.0303", rest.KindUnauthenticated, "Set this machine's clock right"},
	{403, "APIG.1020 APIG.1101 APIG.1148 APIG.1150 APIG.1200 APIG.1301 APIG.3473", rest.KindForbidden, noPermission},
	{403, "APIC.7400 APIC.7401 APIC.7402 APIC.7403", rest.KindForbidden, noPermission},
	{403, "APIC.7106 APIC.7111 APIC.7118 APIC.7130 APIC.7134 APIC.7300 APIGW.0302 APIGW.0802", rest.KindForbidden, noPermission},
	{403, "APIC.7109", rest.KindForbidden, "The account is suspended"},
	{403, "APIC.7110", rest.KindForbidden, "The account may read, but not change anything."},
	{404, "APIC.7302 APIG.3030", rest.KindNotFound, gatewayUnknown},
	{404, "APIC.7314", rest.KindNotFound, "LA-Mexico City1 and CN North-Beijing1 (cn-north-1) do not offer it; in any other, check `instance_id`, and ask the vendor's support"},
	{409, "APIC.7712 APIC.7710 APIG.1149", rest.KindLocked, gatewayLocked},
	{409, "APIC.7701 APIG.3718", rest.KindBusy, gatewayBusy},
	{412, "APIG.3458", rest.KindUnsupported, "NLB-series gateways do not"},
	{429, "APIGW.0308 APIG.0308", rest.KindThrottled, tooManyCalls},
	{500, "APIG.9008", rest.KindThrottled, tooManyCalls},
	{500, "APIC.9000 APIC.9007 APIC.9100 9999 APIG.9999 APIC.9999", rest.KindServer, serviceFailed},
	{502, "APIGW.0201 APIGW.0613", rest.KindServer, serviceFailed},
	{503, "APIGW.0201 APIGW.0613", rest.KindServer, serviceFailed},
	{504, "APIGW.0201 APIGW.0613", rest.KindServer, serviceFailed},

	// Codes that are not known, and none.
	{400, "NEW.0001", rest.KindInvalid, "The API refuses the request as it is. If the configuration looks right, this " + mayBeBug},
	{401, "NEW.0001", rest.KindUnauthenticated, badCredentials},
	{403, "NEW.0001", rest.KindForbidden, noPermission},
	{404, "NEW.0001", rest.KindNotFound, "What was asked for does not exist."},
	{409, "NEW.0001", rest.KindInvalid, "does not go with the state that the gateway is in"},
	{412, "NEW.0001", rest.KindUnsupported, "NLB-series gateways do not"},
	{429, "NEW.0001", rest.KindThrottled, tooManyCalls},
	{500, "NEW.0001", rest.KindServer, serviceFailed},
}

// Each code has its kind and its advice, in any spelling: with its status, with 200, and
// within a failed request to the VPC endpoint service if it is that one's.
func TestAdviceOfCodes(t *testing.T) {
	t.Parallel()
	data := &Backend{credentials: Credentials{Origins: "an origin", Renewal: "Renew them."}}
	check := func(status int, code, message string, kind rest.Kind, advice string) {
		t.Helper()
		e := &rest.Error{Operation: apig.OperationDecide, StatusCode: status, Code: code, Message: message, Kind: apig.Classify(status, code, message)}
		assert.Check(t, e.Kind == kind, "%d %s %q is of kind %v, want %v", status, code, message, e.Kind, kind)
		got := data.advice(fmt.Errorf("x: %w", e))
		assert.Check(t, strings.Contains(got, advice), "%d %s %q: the advice is %q, want %q", status, code, message, got, advice)
		assert.Check(t, strings.Contains(got, mayBeBug) == strings.Contains(advice, mayBeBug),
			"%d %s %q is taken for a bug, or is not: %q", status, code, message, got)
	}
	for _, c := range advised {
		for code := range strings.FieldsSeq(c.codes) {
			for _, spelled := range []string{code, strings.ToLower(code), strings.ToUpper(code), strings.Replace(code, "EndPoint.", "Endpoint.", 1)} {
				check(c.status, spelled, "", c.kind, c.advice)
				if c.codes != "NEW.0001" { // which says nothing without its status
					check(200, spelled, "", c.kind, c.advice)
				}
				if !strings.HasPrefix(code, "EndPoint.") {
					continue
				}
				for _, wrapper := range []string{"APIC.9007", "APIC.9000", "apic.9007"} {
					check(500, wrapper, "Failed to execute VPCEP request: "+spelled+", no.", c.kind, c.advice)
					check(500, wrapper, fmt.Sprintf(`status 400, {"error_code":"%s","error_msg":"%[1]s"}`, spelled), c.kind, c.advice)
				}
			}
		}
	}
}

// What is said of a call for a decision is said of the others, with the permission of each.
func TestForbiddenAdvice(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]string{
		apig.OperationList:              "`apig:instance:listVpcEndpoint` and",
		apig.OperationListPermissions:   "`apig:instance:listVpcEndpointPermission` and",
		apig.OperationAddPermissions:    "`apig:instance:batchAddVpcEndpointPermission` and",
		apig.OperationDeletePermissions: "`apig:instance:batchDeleteVpcEndpointPermission` and",
		"list IAM projects":             "do not allow the call (list IAM projects). Ask the account's administrator for the permission of IAM",
	} {
		got := new(Backend).advice(&rest.Error{Operation: operation, StatusCode: 403, Kind: rest.KindForbidden})
		assert.Check(t, strings.Contains(got, want) && strings.Contains(got, "APIG FullAccess") != (apig.PermissionFor(operation) == ""),
			"%s: %q", operation, got)
	}
}

func TestAdviceBesideCodes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err       error
		want, not string
	}{
		"no call":        {err: errors.New("x")},
		"not made":       {&rest.Error{Operation: apig.OperationList, Kind: rest.KindInvalid, Err: errors.New("no address")}, "can't be made as it is configured", mayBeBug},
		"asked to wait":  {&rest.Error{StatusCode: 400, Code: "EndPoint.2051", Kind: rest.KindBusy, RetryAfter: time.Minute}, "The last answer asks to wait for 1m0s.", gatewayBusy},
		"of the account": {&rest.Error{Operation: "create IAM token", StatusCode: 401, Code: "APIG.1013", Kind: rest.KindForbidden}, "The account is frozen", "The credentials are good"},
	} {
		got := new(Backend).advice(c.err)
		assert.Check(t, strings.Contains(got, c.want) && (c.want == "") == (got == "") && (c.not == "" || !strings.Contains(got, c.not)), "%s: %q", name, got)
	}
}

// Several refusals with one reason bring its advice once.
func TestRefusalAdvice(t *testing.T) {
	t.Parallel()
	of := func(code string) error { return &rest.Error{StatusCode: 400, Code: code} }
	got := RefusalAdvice([]error{of("EndPoint.2015"), of("EndPoint.2012"), of("endpoint.2015"), of("APIC.7211"), of("NEW.0001")})
	assert.Check(t, strings.Count(got, "frozen") == 1 && strings.HasPrefix(got, " ") && strings.Contains(got, "Permit it") && !strings.Contains(got, mayBeBug),
		"got %q", got)
	assert.Check(t, is.Equal(RefusalAdvice([]error{of("APIC.7211"), nil}), ""))
}
