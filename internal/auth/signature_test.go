// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"net/url"
	"testing"
)

// The vendor's example of a request in its canonical spelling. Its page masks the secret key, so that only the hash can be
// compared.
// https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-002.html
func TestCanonicalRequestOfTheVendorsExample(t *testing.T) {
	t.Parallel()
	canonical := canonicalRequest("GET", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
		url.Values{"limit": {"2"}, "marker": {"13551d6b-755d-4757-b956-536f674975c0"}},
		[]string{"content-type", "host", "x-sdk-date"},
		[]string{"application/json", "service.region.example.com", "20191115T033655Z"}, nil)
	if got, want := hash([]byte(canonical)), "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a"; got != want {
		t.Errorf("hash %s, want %s, of\n%s", got, want, canonical)
	}
}
