// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/template"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// scenario is a configuration of many resources, and how the mock behaves.
type scenario struct {
	name        string
	kind        kind
	plan        bool // a plan without changes is measured, not an apply
	resources   int
	each        int // endpoints of each resource
	gateways    int // over which the resources are spread evenly
	regions     int // over which the gateways are; with more than one, the provider signs in with a password
	parallelism int
	setting     setting
	limit       int // calls a second, 0: any number
	targets     targets
}

// targets are the most that a scenario may take; zero is no target.
type targets struct {
	calls    int     // that decide, of any one gateway
	listings int     // of any one gateway
	ratio    float64 // of the time to its floor
	refused  float64 // throttled calls' share of all
}

// defaultParallelism is Terraform's own.
const defaultParallelism = 10

// scenarios are what is measured of many resources; what a row leaves out is as complete has it.
var scenarios = []scenario{
	{name: "few", plan: true, resources: 10, targets: targets{listings: 1}},
	{name: "refresh", plan: true, resources: 1000, targets: targets{listings: 3, ratio: 1.2}},
	{name: "waves", resources: 100, targets: targets{calls: 12, listings: 60, ratio: 1.3}},
	{name: "parallel", resources: 100, parallelism: 100, targets: targets{calls: 4}},
	{name: "limit", resources: 100, limit: 5, targets: targets{ratio: 1.5, refused: 0.2}},
	{name: "gateways", resources: 20, each: 50, gateways: 20, regions: 4, targets: targets{calls: 1, listings: 6}},
	{name: "sources", kind: sources, plan: true, resources: 200, each: 10, targets: targets{listings: 40}},
	{name: "awaiting", kind: awaiting, resources: 100, targets: targets{ratio: 3}},
}

// complete fills in what a scenario leaves out: one endpoint a resource, one gateway and region,
// Terraform's own parallelism, and a gateway as in real life.
func (s scenario) complete() scenario {
	s.each, s.gateways, s.regions = cmp.Or(s.each, 1), cmp.Or(s.gateways, 1), cmp.Or(s.regions, 1)
	s.parallelism, s.setting = cmp.Or(s.parallelism, defaultParallelism), cmp.Or(s.setting, settings[0])
	return s
}

func (s scenario) String() string {
	what := "apply"
	if s.plan {
		what = "plan without changes"
	}
	many := "resources"
	if s.kind == sources {
		many = "data sources"
	}
	return fmt.Sprintf("%s (%s of %d %s)", s.name, what, s.resources, many)
}

// waves is how many times Terraform comes to a full set of resources.
func (s scenario) waves() int { return ceil(s.resources, s.parallelism) }

// pages is how many listings it takes to see the connections of one gateway.
func (s scenario) pages() int { return ceil(s.resources/s.gateways*s.each, pageSize) }

// leastCalls is how few calls can decide everything: a call takes 50 endpoints of one gateway, and no more than a
// wave's, since none of the wave ends, and so none of the next begins, before its endpoints are decided.
func (s scenario) leastCalls() int {
	if s.plan || s.kind == awaiting {
		return 0
	}
	return s.gateways * max(ceil(s.resources/s.gateways*s.each, mockBatch), ceil(s.resources, s.parallelism*s.gateways))
}

// leastListings is how few listings show everything: one before, and one after what each wave decides.
func (s scenario) leastListings() int {
	looks := 1
	if s.kind == awaiting {
		return looks // an empty page
	}
	if !s.plan {
		looks += ceil(s.resources, s.parallelism*s.gateways)
	}
	return looks * s.pages() * s.gateways
}

// floor is the time that an apply takes at least: each wave lists, decides, is created and lists once more. A server's
// limit may make it longer, by the calls that were made. What never comes is waited for once.
func (s scenario) floor(calls int) time.Duration {
	if s.kind == awaiting {
		return awaitedFor
	}
	floor := time.Duration(s.waves()) * (s.setting.creating + 3*s.setting.latency)
	if s.limit > 0 {
		floor = max(floor, time.Duration(calls)*time.Second/time.Duration(s.limit))
	}
	return floor
}

func ceil(n, by int) int { return (n + by - 1) / by }

// mockBatch is how many endpoints a call takes.
const mockBatch = 50

// The operator of several regions signs in.
const (
	domainName = "owner"
	userName   = "operator"
	password   = "bench-password"
)

// world is a mock with a scenario's gateways and all endpoints in a status; by default, they ask to be accepted.
func (s scenario) world(status string, creating time.Duration) *mockapig.Server {
	mock := mockapig.New(mockapig.Config{Latency: s.setting.latency, Creating: creating})
	mock.AddAccount(mockapig.Account{DomainID: account, DomainName: domainName, User: userName, Password: password})
	for r := range s.regions {
		mock.AddProject(mockapig.Project{ID: projectID(r), Name: regionName(r), DomainID: account})
	}
	mock.AddToken(token, mockapig.Token{DomainID: account, ProjectID: projectID(0)})
	for g := range s.gateways {
		mock.AddGateway(mockapig.Gateway{ID: gatewayID(g), ProjectID: projectID(g % s.regions)})
	}
	if s.kind == awaiting {
		return mock
	}
	for n := range s.resources {
		c := mockapig.Connection{Status: status}
		if s.kind == sources {
			c.DomainID = accountOf(n)
		}
		for _, c.ID = range s.endpoints(n) {
			mock.Connect(gatewayID(n%s.gateways), c)
		}
	}
	return mock
}

func regionName(r int) string { return fmt.Sprintf("bench-%d", r+1) }
func projectID(r int) string  { return fmt.Sprintf("%032x", r+1) }
func gatewayID(g int) string  { return fmt.Sprintf("%028x%04x", 0x2a9c, g) }

// endpoints are those of a resource.
func (s scenario) endpoints(resource int) []string {
	ids := make([]string, s.each)
	for i := range ids {
		ids[i] = fmt.Sprintf("%08x-64ec-4106-a014-2ad71ad9997d", resource*s.each+i)
	}
	return ids
}

// regional serves the API of each region under a path of its own.
func regional(mock *mockapig.Server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, found := strings.CutPrefix(r.URL.Path, "/in/"); found {
			_, path, _ := strings.Cut(rest, "/")
			r.URL.Path, r.URL.RawPath = "/"+path, ""
		}
		mock.ServeHTTP(w, r)
	})
}

//go:embed configuration.tf.tmpl
var configurationText string

var configurationTemplate = template.Must(template.New("configuration").Funcs(template.FuncMap{
	"region": regionName, "project": projectID, "gateway": gatewayID,
	"list": func(texts []string) string { return `["` + strings.Join(texts, `", "`) + `"]` },
}).Parse(configurationText))

// resourceBlock is a resource that is written out.
type resourceBlock struct {
	Number, Gateway, Region int
	Endpoints               []string
}

// configuration is a block with for_each where each has one key, of one gateway, and else a block for each resource.
func (s scenario) configuration(url string) string {
	values := struct {
		Source, URL, Token, User, Password, Domain string
		Regions                                    int
		Sources                                    bool
		Wait                                       time.Duration
		Keys                                       []string
		Blocks                                     []resourceBlock
	}{Source: cli.Source, URL: url, Token: token, User: userName, Password: password, Domain: domainName, Regions: s.regions, Sources: s.kind == sources}
	if s.kind == awaiting {
		values.Wait = awaitedFor
	}
	for n := range s.resources {
		switch {
		case s.kind == sources:
			values.Keys = append(values.Keys, accountOf(n))
		case s.gateways == 1 && s.each == 1:
			values.Keys = append(values.Keys, s.endpoints(n)...)
		default:
			g := n % s.gateways
			values.Blocks = append(values.Blocks, resourceBlock{n, g, g % s.regions, s.endpoints(n)})
		}
	}
	var b strings.Builder
	if err := configurationTemplate.Execute(&b, values); err != nil {
		panic(err) // the template is in the program
	}
	return b.String()
}

// kind is what a scenario has many of: resources whose endpoints are there, where it is not one of these.
type kind int

const (
	// awaiting are resources whose endpoints never come, so that the apply fails.
	awaiting kind = iota + 1
	// sources are data sources, each of an account of its own.
	sources
)

// awaitedFor is the wait_for_endpoints of those whose endpoints never come.
const awaitedFor = 6 * time.Second

// accountOf is whose the endpoints of a data source are.
func accountOf(n int) string { return fmt.Sprintf("%032x", 0xc90f12a0+n) }

// exitError is the end of a command with an exit code other than 0.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

// asExpected is the error of an apply, where it is not the one that the scenario is to end with.
func (s scenario) asExpected(err error) error {
	if s.kind != awaiting {
		return err
	}
	exit := new(exitError)
	switch {
	case err == nil:
		return errors.New("the apply ended well, though the endpoints never came")
	case errors.As(err, &exit) && exit.code == 1 && strings.Contains(exit.text, "Endpoints never appeared"):
		return nil
	default:
		return err
	}
}
