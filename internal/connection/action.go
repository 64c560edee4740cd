// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/actionvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

var (
	_ action.ActionWithConfigure        = (*decisionAction)(nil)
	_ action.ActionWithConfigValidators = (*decisionAction)(nil)
)

const defaultActionTimeout = "10m"

// NewAction makes the action apig_vpc_endpoint_connection_decision.
func NewAction() action.Action { return &decisionAction{} }

// decisionAction decides connections now, without a state.
type decisionAction struct {
	backend *backend.Backend
}

// actionModel is its configuration.
type actionModel struct {
	scope.Scope

	Decision  types.String `tfsdk:"decision"`
	Endpoints types.List   `tfsdk:"endpoints"`
	DomainIDs types.List   `tfsdk:"domain_ids"`
	Timeout   types.String `tfsdk:"timeout"`
}

func (a *decisionAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vpc_endpoint_connection_decision"
}

// Schema implements action.Action. Its descriptions are the registry page.
func (a *decisionAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Accepts or rejects connections of a dedicated API gateway at once, without a state: for example to cut a consumer off, whatever the configuration declares.",
		Attributes: scope.ForAction(map[string]schema.Attribute{
			"decision": schema.StringAttribute{
				MarkdownDescription: "`accepted` or `rejected`. A rejection may be final: the platform's documentation does not say whether a rejected connection can be accepted later.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.OneOf(string(endpoint.Accepted), string(endpoint.Rejected))},
			},
			"endpoints": schema.ListAttribute{
				MarkdownDescription: "IDs of the VPC endpoints to decide on.",
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{tfkit.IDs{Noun: "endpoint", Empty: "Name the endpoints to decide on, or leave the argument out to decide by account."}},
			},
			"domain_ids": schema.ListAttribute{
				MarkdownDescription: "IDs of accounts. Alone, the argument selects all connections of these accounts. Together with `endpoints`, it is a check: an endpoint of another account is an error, and nothing is decided.",
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{tfkit.AccountIDs("Name the accounts to decide on, or leave the argument out to decide by endpoint.")},
			},
			"timeout": schema.StringAttribute{
				MarkdownDescription: "How long the action may take, as a duration such as `90s`. Default: `" + defaultActionTimeout + "`.",
				Optional:            true,
				Validators:          []validator.String{tfkit.Duration{Positive: true}},
			},
		}),
	}
}

// ConfigValidators implements action.ActionWithConfigValidators.
func (a *decisionAction) ConfigValidators(context.Context) []action.ConfigValidator {
	return []action.ConfigValidator{
		actionvalidator.AtLeastOneOf(path.MatchRoot("endpoints"), path.MatchRoot("domain_ids")),
	}
}

func (a *decisionAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.backend = backend.From(req.ProviderData, &resp.Diagnostics)
}

// Invoke decides what the gateway lists of what is asked for, and waits. What it does not list, or of which it does not
// say whose it is, is an error in the end: whoever cuts somebody off has to know what still stands.
func (a *decisionAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m actionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || !a.backend.Locate(ctx, &m.Scope, &resp.Diagnostics) {
		return
	}
	timeout, _ := time.ParseDuration(cmp.Or(m.Timeout.ValueString(), defaultActionTimeout))
	ctx, cancel := tfkit.WithTimeoutArgument(ctx, "timeout", timeout)
	defer cancel()

	session := a.backend.Session(m.Gateway())
	var listed map[string]endpoint.Connection
	err := session.Patiently(ctx, func(ctx context.Context) (err error) {
		listed, err = listConnections(ctx, session, &filter{Endpoints: m.Endpoints}, gateway.Recent())
		return err
	})
	if err != nil {
		resp.Diagnostics.Append(a.backend.APIError(err, "The connections can't be listed", m.Gateway()))
		return
	}
	match := m.match(listed)
	defer func() { match.reportUnattributed(&resp.Diagnostics, m.Gateway()) }()
	if match.refuse(&resp.Diagnostics, m.Gateway()); resp.Diagnostics.HasError() {
		return
	}
	say := func(format string, arguments ...any) {
		resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, arguments...)})
	}
	say("on the %s: %d %s already, %d to be", m.Gateway(), match.settled, m.Decision.ValueString(), len(match.items)-match.settled)
	err = session.Settle(ctx, match.items, 0, func(c *settle.Item) { say("%s", progress(c, listed[c.EndpointID])) })
	outcomes := report.Outcomes{Gateway: m.Gateway(), Explain: a.backend.Explain, NextStep: "Invoke the action again: it looks first, and does what is left."}
	outcomes.Report(&resp.Diagnostics, match.items, err)
	if len(match.missing) > 0 {
		resp.Diagnostics.AddError("Some connections were not found", fmt.Sprintf(
			"The %s does not list these, or is deleting them:\n%s\n\nWhat it does list was decided, or has a message of its own. Check the IDs: behind one that is mistyped, the connection that was meant stays as it is.%s",
			m.Gateway(), tfkit.Bullets(match.missing), report.LetterCase(match.missing)))
	}
}

// match is what an action is about.
type match struct {
	items        []*settle.Item // sorted by endpoint
	settled      int            // how many of them need nothing more
	missing      []string       // lines of endpoints and accounts that nothing can be decided of
	foreign      []string       // lines of named endpoints that don't belong, as far as is known, to the accounts that are named
	unattributed []string       // lines of what may belong to the accounts that are named, and is not as decided
}

// match takes for missing what is not listed, and a named endpoint that is being deleted and is to be accepted.
func (m *actionModel) match(listed map[string]endpoint.Connection) match {
	var match match
	var accounts map[string]struct{} // nil for any
	if !m.DomainIDs.IsNull() {
		accounts = tfkit.StringSet(m.DomainIDs)
	}
	decision := endpoint.Decision(m.Decision.ValueString())
	goal := decision.Goal()
	named, found := !m.Endpoints.IsNull(), map[string]struct{}{}
	for _, id := range m.names(listed) {
		c := listed[id]
		verdict := endpoint.Judge(goal, c.Status)
		gone, other := verdict == endpoint.Gone, accounts != nil && !tfkit.HasKey(accounts, c.DomainID)
		switch {
		case gone && !named:
		case c.Status == endpoint.Absent, gone && goal == endpoint.Accept:
			match.missing = append(match.missing, report.Endpoint(id, c))
		case other && named:
			match.foreign = append(match.foreign, report.Endpoint(id, c))
		case other && c.DomainID == "" && verdict != endpoint.Settled:
			match.unattributed = append(match.unattributed, report.Endpoint(id, c))
		case other:
		default:
			found[c.DomainID] = struct{}{}
			match.items = append(match.items, settle.Decide(id, decision, accounts, true))
			if gone || verdict == endpoint.Settled {
				match.settled++
			}
		}
	}
	for _, account := range tfkit.Without(tfkit.Strings(m.DomainIDs), slices.Collect(maps.Keys(found))) {
		if !named {
			match.missing = append(match.missing, "account "+account+" (no connection to decide)")
		}
	}
	return match
}

// names are the endpoints to decide on, sorted: those that are named, or else those that are listed.
func (m *actionModel) names(listed map[string]endpoint.Connection) []string {
	if !m.Endpoints.IsNull() {
		return slices.Sorted(slices.Values(tfkit.Strings(m.Endpoints)))
	}
	return slices.Sorted(maps.Keys(listed))
}

func (match match) refuse(diags *diag.Diagnostics, of apig.Gateway) {
	switch {
	case len(match.foreign) > 0:
		diags.AddAttributeError(path.Root("endpoints"), "Endpoints of other accounts", fmt.Sprintf(
			"On the %s, these belong to accounts that `domain_ids` does not name, or it is not known whose they are:\n%s\n\nNothing was decided. Take them out of `endpoints`, or leave out `domain_ids` to decide on them whoever owns them.",
			of, tfkit.Bullets(match.foreign)))
	case len(match.items) == 0:
		diags.AddError("Nothing to decide", fmt.Sprintf(
			"The %s does not list any connection that this action asks for, or is deleting it:\n%s\n\nNothing was decided. Check the IDs, `instance_id`, `region` and `project_id`.%s",
			of, tfkit.Bullets(match.missing), report.LetterCase(match.missing)))
	}
}

func (match match) reportUnattributed(diags *diag.Diagnostics, of apig.Gateway) {
	if len(match.unattributed) > 0 {
		diags.AddAttributeError(path.Root("domain_ids"), "Connections of unknown accounts", fmt.Sprintf(
			"The %s does not say whose these are, so that they may belong to an account that is named. They are as they were:\n%s\n\nTo decide on them whoever owns them, name them in `endpoints` and leave out `domain_ids`.",
			of, tfkit.Bullets(match.unattributed)))
	}
}

// progress says what became of a case that needs nothing more.
func progress(c *settle.Item, before endpoint.Connection) string {
	line := report.Endpoint(c.EndpointID, c.Observed)
	switch {
	case c.Phase == settle.Gone:
		return line + ": its consumer has left"
	case !c.Phase.Reached():
		return line + ": not " + c.Goal.String() + "ed"
	case c.Asked():
		return line + ", was " + string(before.Status)
	default:
		return line + " already"
	}
}
