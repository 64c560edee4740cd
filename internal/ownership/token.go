// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package ownership

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
)

// TokenKey is the private state's key of an object's token, a JSON string. No CLI
// tells a provider a resource's address; but it hands the private state of an
// object to each planning of it, and what the first planning of a replacement
// leaves to the second.
const TokenKey = "holder"

// tokenLength makes 50 bits: enough to tell the objects of one configuration apart.
const tokenLength = 10

// NewToken makes the token of an object that is created, imported or moved here.
func NewToken() string { return rand.Text()[:tokenLength] }

// TokenOf makes the token of an object whose private state has none: the same for
// each planning of the object.
func TokenOf(gateway string, ids []string) string {
	ids = slices.Sorted(slices.Values(ids))
	sum := sha256.Sum256([]byte(gateway + "\n" + strings.Join(ids, "\n")))
	return base32.StdEncoding.EncodeToString(sum[:])[:tokenLength]
}
