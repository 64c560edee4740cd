// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// banner tells where the mock is, what a provider block needs and how to play the others. It shows no credentials.
func banner(base string, seed mockapig.Seed, mock *mockapig.Server) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The mock API Gateway listens on %s until you press Ctrl-C.\n\n", base)
	b.WriteString("A provider block for it; sign in with what the seed has:\n\n")
	b.WriteString("  provider \"apig\" {\n")
	fmt.Fprintf(&b, "    region     = %q\n", seed.Region)
	if len(seed.Projects) > 0 {
		fmt.Fprintf(&b, "    project_id = %q\n", seed.Projects[0].ID)
	}
	fmt.Fprintf(&b, "    auth_url   = %q\n", base+"/v3")
	fmt.Fprintf(&b, "    endpoints  = { apig = %q, iam = %q, sts = %q }\n  }\n", base, base, base)
	endpoint := "ENDPOINT_ID"
	for _, g := range seed.Gateways {
		fmt.Fprintf(&b, "\nGateway %s has\n", g.ID)
		connections := mock.Connections(g.ID)
		for _, s := range tally.Standings(connections) {
			fmt.Fprintf(&b, "  %3d %s of account %s\n", s.Connections, s.Status, s.Account)
		}
		if len(connections) == 0 {
			b.WriteString("  no connections\n")
			continue
		}
		endpoint = connections[0].ID
	}
	writeExamples(&b, base, endpoint)
	return b.String()
}

func writeExamples(b *strings.Builder, base, endpoint string) {
	b.WriteString("\nPlay the consumer, the console user and the platform:\n\n")
	for _, example := range []struct{ what, call string }{
		{"all connections", "curl " + base + "/mock/connections"},
		{"the calls so far", "curl '" + base + "/mock/journal?since=0'"},
		{"a consumer asks", post(base, "connect", `{"endpoint": "11111111-2222-4333-8444-555555555555"}`)},
		{"a consumer leaves", post(base, "disconnect", `{"endpoint": "11111111-2222-4333-8444-555555555555"}`)},
		{"the console rejects", post(base, "status", fmt.Sprintf(`{"endpoint": %q, "status": "rejected"}`, endpoint))},
		{"the console lets every account ask", post(base, "permit", `{"domain_id": "*"}`)},
		{"the platform refuses to decide an endpoint", post(base, "refuse", fmt.Sprintf(`{"endpoint": %q}`, endpoint))},
		{"the next acceptance fails", post(base, "fail-acceptance", fmt.Sprintf(`{"endpoint": %q}`, endpoint))},
	} {
		fmt.Fprintf(b, "  # %s\n  %s\n", example.what, example.call)
	}
	b.WriteString("\n")
}

func post(base, path, body string) string {
	return fmt.Sprintf("curl -d '%s' %s/mock/%s", body, base, path)
}
