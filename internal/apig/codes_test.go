// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// documented are the codes that are known, with the status that they come with.
var documented = []struct {
	status int
	codes  string
	kind   rest.Kind
	reason Reason
}{
	{400, "APIC.7211 APIG.2000 APIG.2001 APIG.2002 APIG.2003 APIG.2004 APIG.2005 APIG.2006 APIG.2007 APIG.2008 APIG.2009 APIG.2010 APIG.2011 APIG.2012", rest.KindInvalid, ReasonParameter},
	{400, "EndPoint.0022", rest.KindThrottled, ReasonNone},
	{400, "EndPoint.2019", rest.KindBusy, ReasonEndpointCreated},
	{400, "EndPoint.2004 EndPoint.2051", rest.KindBusy, ReasonServiceBusy},
	{400, "EndPoint.2014", rest.KindInvalid, ReasonDecided},
	{400, "EndPoint.2013 EndPoint.2017", rest.KindNotFound, ReasonEndpointGone},
	{404, "EndPoint.2006 EndPoint.2007 EndPoint.2008", rest.KindNotFound, ReasonEndpointGone},
	{400, "EndPoint.2018", rest.KindNotFound, ReasonEndpointDeleted},
	{400, "EndPoint.2031", rest.KindInvalid, ReasonOneAtATime},
	{400, "EndPoint.2015", rest.KindInvalid, ReasonEndpointFrozen},
	{400, "EndPoint.2012", rest.KindInvalid, ReasonNotPermitted},
	{400, "EndPoint.2045 EndPoint.3049", rest.KindInvalid, ReasonPermissionsFull},
	{401, "APIG.1005", rest.KindForbidden, ReasonNone},
	{401, "APIG.1011", rest.KindForbidden, ReasonUnverified},
	{401, "APIG.1012", rest.KindForbidden, ReasonUnpaid},
	{401, "APIG.1013", rest.KindForbidden, ReasonFrozen},
	{401, "APIC.7100 APIC.7101 APIC.7102 APIC.7103 APIC.7105 APIC.7107 APIGW.0301 APIGW.0307", rest.KindUnauthenticated, ReasonNone},
	{401, "APIGW.0303", rest.KindUnauthenticated, ReasonClock},
	{403, "APIG.1020 APIG.1101 APIG.1148 APIG.1150 APIG.1301 APIG.3473 APIC.7400 APIC.7401 APIC.7402 APIC.7403", rest.KindForbidden, ReasonNone},
	{403, "APIC.7106 APIC.7111 APIC.7118 APIC.7130 APIC.7134 APIC.7300 APIGW.0302 APIGW.0802", rest.KindForbidden, ReasonNone},
	{403, "APIC.7109", rest.KindForbidden, ReasonSuspended},
	{403, "APIC.7110", rest.KindForbidden, ReasonReadOnly},
	{404, "APIC.7302 APIG.3030", rest.KindNotFound, ReasonGatewayGone},
	{404, "APIC.7314", rest.KindNotFound, ReasonNoService},
	{409, "APIC.7712 APIC.7710 APIG.1149", rest.KindLocked, ReasonNone},
	{409, "APIC.7701 APIG.3718", rest.KindBusy, ReasonNone},
	{412, "APIG.3458", rest.KindUnsupported, ReasonNone},
	{429, "APIGW.0308 APIG.0308", rest.KindThrottled, ReasonNone},
	{500, "APIC.9000 APIC.9007 APIC.9100 9999 APIG.9999 APIC.9999", rest.KindServer, ReasonNone},
	{500, "APIG.9008", rest.KindThrottled, ReasonNone},
	{502, "APIGW.0201 APIGW.0613", rest.KindServer, ReasonNone},
	{503, "APIGW.0201 APIGW.0613", rest.KindServer, ReasonNone},
	{504, "APIGW.0201 APIGW.0613", rest.KindServer, ReasonNone},
}

// Each code means the same with its status, with 200, in any spelling, and within a failed request to the VPC endpoint
// service if it is that one's.
func TestDocumentedCodes(t *testing.T) {
	check := func(t *testing.T, kind rest.Kind, reason Reason, e rest.Error) {
		t.Helper()
		if got := Classify(e.StatusCode, e.Code, e.Message); got != kind {
			t.Errorf("%d %s %q is of kind %v, want %v", e.StatusCode, e.Code, e.Message, got, kind)
		}
		if got := ReasonOf(&e); got != reason {
			t.Errorf("%d %s %q has the reason %v, want %v", e.StatusCode, e.Code, e.Message, got, reason)
		}
	}
	for _, c := range documented {
		for code := range strings.FieldsSeq(c.codes) {
			for _, spelled := range []string{code, strings.ToLower(code), strings.ToUpper(code), strings.Replace(code, "EndPoint", "Endpoint", 1)} {
				check(t, c.kind, c.reason, rest.Error{StatusCode: c.status, Code: spelled})
				check(t, c.kind, c.reason, rest.Error{StatusCode: 200, Code: spelled})
				if !strings.HasPrefix(code, "EndPoint.") {
					continue
				}
				for _, wrapper := range []string{"APIC.9007", "APIC.9000", "apic.9007"} {
					check(t, c.kind, c.reason, rest.Error{StatusCode: 500, Code: wrapper, Message: "Failed to execute VPCEP request: " + spelled + "."})
					check(t, c.kind, c.reason, rest.Error{StatusCode: 500, Code: wrapper, Message: fmt.Sprintf(`status 400, {"error_code":"%s","error_msg":"%[1]s"}`, spelled)})
				}
			}
		}
	}
}

func TestUnknownCodes(t *testing.T) {
	for _, c := range []struct {
		status        int
		code, message string
		want          rest.Kind
	}{
		{400, "", "", rest.KindInvalid},
		{401, "", "", rest.KindUnauthenticated},
		{401, "NEW.0001", "", rest.KindUnauthenticated},
		{403, "NEW.0001", "", rest.KindForbidden},
		{409, "APIC.7000", "", rest.KindInvalid},
		{412, "", "", rest.KindUnsupported},
		{429, "APIC.7211", "", rest.KindThrottled},
		{404, "APIG.9999", "", rest.KindNotFound},
		{400, "APIC.9007", "", rest.KindInvalid},
		{400, "APIC.9007", "EndPoint.2006", rest.KindNotFound},
		{500, "APIC.7701", "", rest.KindBusy},
		{503, "APIGW.0308", "", rest.KindThrottled},
		{500, "APIC.9007", "it broke", rest.KindServer},
		{500, "APIC.9007", "EndPoint.8888", rest.KindServer},
		{500, "APIC.9007", "EndPoint.20061", rest.KindServer},
		{500, "APIC.9007", "EndPoint.2006 or EndPoint.8888", rest.KindServer},
		// Several endpoints, and each has its own trouble.
		{500, "APIC.9007", "EndPoint.2006, EndPoint.2014", rest.KindServer},
		{500, "APIC.9007", "EndPoint.2006, Endpoint.2006", rest.KindNotFound},
		// Only a failed request to the VPC endpoint service tells of its answer.
		{500, "APIC.9100", "EndPoint.2006", rest.KindServer},
		{400, "APIC.7211", "EndPoint.2006", rest.KindInvalid},
	} {
		if got := Classify(c.status, c.code, c.message); got != c.want {
			t.Errorf("%d %s %q: got %v, want %v", c.status, c.code, c.message, got, c.want)
		}
	}
}

func TestErrorPredicates(t *testing.T) {
	wrapped := func(code string) error {
		return fmt.Errorf("x: %w", &rest.Error{StatusCode: 500, Code: "APIC.9007", Message: "Failed to execute VPCEP request: " + code})
	}
	type is struct{ gone, none, own, decided bool }
	for _, c := range []struct {
		err  error
		want is
	}{
		{nil, is{}},
		{errors.New("x"), is{}},
		{context.Canceled, is{}},
		{&rest.Error{StatusCode: 404, Code: "APIC.7302"}, is{gone: true}},
		{fmt.Errorf("wrapped: %w", &rest.Error{StatusCode: 404, Code: "APIG.3030"}), is{gone: true}},
		{&rest.Error{StatusCode: 404, Code: "apig.3030"}, is{gone: true}},
		{&rest.Error{StatusCode: 404, Code: "APIC.7314"}, is{none: true}},
		{&rest.Error{StatusCode: 404}, is{}},
		// IAM knows nothing of gateways and endpoints, whatever it says.
		{&rest.Error{Operation: OperationList, StatusCode: 404, Code: "APIC.7302"}, is{gone: true}},
		{&rest.Error{Operation: "create IAM token", StatusCode: 404, Code: "APIC.7302"}, is{}},
		{fmt.Errorf("list connections: %w", &rest.Error{Operation: "authorize the request", StatusCode: 404, Code: "APIG.3030"}), is{}},
		{&rest.Error{Operation: "assume an agency", StatusCode: 404, Code: "APIC.7314"}, is{}},
		{&rest.Error{Operation: "create IAM token", StatusCode: 404, Code: "EndPoint.2006"}, is{}},
		{&rest.Error{Operation: "create IAM token", StatusCode: 400, Code: "EndPoint.2014"}, is{}},
		{&rest.Error{StatusCode: 400, Code: "APIC.7302"}, is{}},
		{&rest.Error{StatusCode: 404, Code: "EndPoint.2006"}, is{own: true}},
		{&rest.Error{StatusCode: 404, Code: "Endpoint.2007"}, is{own: true}},
		{&rest.Error{StatusCode: 404, Code: "endpoint.2008"}, is{own: true}},
		{&rest.Error{StatusCode: 400, Code: "EndPoint.2013"}, is{own: true}},
		{&rest.Error{StatusCode: 400, Code: "EndPoint.2017"}, is{own: true}},
		{&rest.Error{StatusCode: 400, Code: "EndPoint.2018"}, is{own: true}},
		{wrapped("ENDPOINT.2006"), is{own: true}},
		{wrapped("EndPoint.2018"), is{own: true}},
		{&rest.Error{StatusCode: 400, Code: "EndPoint.2014"}, is{decided: true}},
		{wrapped("Endpoint.2014"), is{decided: true}},
		{&rest.Error{StatusCode: 400, Code: "EndPoint.2015"}, is{own: true}},
		{wrapped("EndPoint.2012"), is{own: true}},
		{&rest.Error{StatusCode: 400, Code: "EndPoint.2019"}, is{}},
		{wrapped("it broke"), is{}},
	} {
		got := is{IsGatewayGone(c.err), IsNoEndpointService(c.err), IsEndpointsOwn(c.err), IsDecidedAlready(c.err)}
		if got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.err, got, c.want)
		}
	}
}

func TestMayPass(t *testing.T) {
	server := func(status int, code, message string) *rest.Error {
		return &rest.Error{StatusCode: status, Code: code, Message: message, Kind: Classify(status, code, message)}
	}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"none":                      {nil, false},
		"no call":                   {errors.New("x"), false},
		"no answer":                 {&rest.Error{Kind: rest.KindUnreachable}, true},
		"wrapped":                   {fmt.Errorf("x: %w", &rest.Error{Kind: rest.KindUnreachable}), true},
		"no trust":                  {&rest.Error{Kind: rest.KindUnreachable, Lasting: true}, false},
		"half an answer":            {&rest.Error{StatusCode: 200, Kind: rest.KindUnreadable}, true},
		"a login page":              {&rest.Error{StatusCode: 200, Kind: rest.KindUnreadable, Lasting: true}, false},
		"a page":                    {&rest.Error{StatusCode: 502, Kind: rest.KindUnreadable}, true},
		"502":                       {server(502, "", ""), true},
		"503":                       {server(503, "APIGW.0613", ""), true},
		"504":                       {server(504, "APIGW.0201", ""), true},
		"408":                       {server(408, "", ""), true},
		"of the front door":         {server(500, "apigw.0201", ""), true},
		"500":                       {server(500, "", ""), false},
		"500, broken off":           {&rest.Error{StatusCode: 500, Kind: rest.KindServer, Err: io.ErrUnexpectedEOF}, true},
		"failed request":            {server(500, "APIC.9007", "it broke"), false},
		"failed request, as 502":    {server(502, "APIC.9007", "it broke"), false},
		"failed":                    {server(500, "APIC.9000", ""), false},
		"failed, as 504":            {server(504, "APIC.9000", ""), false},
		"unknown":                   {server(500, "9999", ""), false},
		"inner code":                {server(500, "APIC.9007", "EndPoint.2006"), false},
		"throttled":                 {server(503, "APIGW.0308", ""), false},
		"busy":                      {server(409, "APIC.7701", ""), false},
		"refused":                   {server(400, "APIC.7211", ""), false},
		"not one that the API says": {server(404, "", ""), false},
	} {
		if got := MayPass(c.err); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// The client tells the codes apart, whatever the one says that it is made of.
func TestClientClassifies(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"error_code":"APIC.9007","error_msg":"Failed to execute VPCEP request: Endpoint.2006"}`)
	})
	_, err := s.client.AcceptOrReject(t.Context(), gateway, endpoint.Accepted, []string{"a"})
	if e := restError(t, err); e.Kind != rest.KindNotFound || e.Code != "APIC.9007" || e.StatusCode != 500 || !IsEndpointsOwn(err) || len(s.requests) != 1 {
		t.Errorf("got %+v after %d requests", e, len(s.requests))
	}
}
