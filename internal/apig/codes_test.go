// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// The codes that are known are those of the backend's test, with what is advised for each.
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
		assert.Check(t, is.Equal(Classify(c.status, c.code, c.message), c.want), "%d %s %q", c.status, c.code, c.message)
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
		{fmt.Errorf("list connections: %w", &rest.Error{Operation: "authorize the request", StatusCode: 404, Code: "APIG.3030"}), is{}},
		{&rest.Error{Operation: "assume an agency", StatusCode: 404, Code: "APIC.7314"}, is{}},
		{&rest.Error{Operation: "create IAM token", StatusCode: 400, Code: "EndPoint.2014"}, is{}},
		{&rest.Error{StatusCode: 400, Code: "APIC.7302"}, is{}},
		{&rest.Error{StatusCode: 404, Code: "EndPoint.2006"}, is{own: true}},
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
		assert.Check(t, got == c.want, "%v: got %+v, want %+v", c.err, got, c.want)
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
		assert.Check(t, is.Equal(MayPass(c.err), c.want), name)
	}
}
