// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMarkerID(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "9167792784": 9167792784, `"9167792784"`: 9167792784, "9.167792784e9": 9167792784, "12E+1": 120, "5.0": 5,
		"9223372036854775807": 9223372036854775807, "null": 0,
	} {
		var c connection
		if err := json.Unmarshal([]byte(`{"id":"a","status":"failed","marker_id":`+text+`}`), &c); err != nil || c.MarkerID != want {
			t.Errorf("%s: got %d, %v", text, c.MarkerID, err)
		}
	}
}

func TestUnreadableConnection(t *testing.T) {
	for text, want := range map[string]string{
		`"status":null`: "no status",
		`"status":""`:   "no status",
		`"id":"a"`:      "no status",

		`"status":"failed","marker_id":1.5`:       "marker_id",
		`"status":"failed","marker_id":1e300`:     "marker_id",
		`"status":"failed","marker_id":1e999`:     "marker_id",
		`"status":"failed","marker_id":"many"`:    "marker_id",
		`"status":"failed","marker_id":""`:        "marker_id",
		`"status":"failed","marker_id":"-5"`:      "marker_id",
		`"status":"failed","marker_id":"1e3"`:     "marker_id",
		`"status":"failed","marker_id":true`:      "marker_id",
		`"status":"failed","marker_id":[1]`:       "marker_id",
		`"status":"failed","marker_id":{"id":1}`:  "marker_id",
		`"status":"failed\n"`:                     "can't be shown",
		`"status":"failed","domain_id":"\u001b["`: "can't be shown",
		`"status":"failed","created_at":"\u202e"`: "can't be shown",
		`"status":"failed","updated_at":"\u0000"`: "can't be shown",
		`"status":"failed","id":"a\u0007"`:        "can't be shown",
	} {
		t.Run(text, func(t *testing.T) {
			err := json.Unmarshal([]byte(`{"id":"a",`+text+`}`), &connection{})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), `connection "a`) {
				t.Errorf("got %v", err)
			}
		})
	}
}
