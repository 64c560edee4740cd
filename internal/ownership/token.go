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

// TokenKey is the private state's key of an object's token, a JSON string. No CLI tells a
// provider an address; but each planning of an object gets its private state, and the second
// planning of a replacement what the first one left.
const TokenKey = "holder"

// tokenLength makes 50 bits: enough to tell the objects of one configuration apart.
const tokenLength = 10

// NewToken makes the token of an object that is created, imported or moved here.
func NewToken() string { return rand.Text()[:tokenLength] }

// TokenOf makes the token of an object that has none: the same for each planning.
func TokenOf(gateway string, ids []string) string {
	ids = slices.Sorted(slices.Values(ids))
	sum := sha256.Sum256([]byte(gateway + "\n" + strings.Join(ids, "\n")))
	return base32.StdEncoding.EncodeToString(sum[:])[:tokenLength]
}
