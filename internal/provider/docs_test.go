// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

// Whoever sets up a user reads in the guide what that user has to be allowed.
func TestLeastPrivilegeGuideNamesPermissions(t *testing.T) {
	t.Parallel()
	guide := pageTemplate(t, "guides/least-privilege.md.tmpl")
	for _, permission := range append(permissionsToRead(), permissionsToDecide()...) {
		assert.Check(t, strings.Contains(guide, "`"+permission+"`"), "the guide does not tell of %s", permission)
	}
}

func permissionsToRead() []string {
	return []string{apig.PermissionGetGateway, apig.PermissionFor(apig.OperationList), apig.PermissionFor(apig.OperationListPermissions)}
}

func permissionsToDecide() []string {
	return []string{apig.PermissionFor(apig.OperationDecide), apig.PermissionFor(apig.OperationAddPermissions), apig.PermissionFor(apig.OperationDeletePermissions)}
}

// The policies allow just what the calls need, and the one for plans none that decides.
func TestLeastPrivilegePolicies(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		version string
		actions []string
	}{
		"plan-identity-policy":  {"5.0", permissionsToRead()},
		"apply-identity-policy": {"5.0", append(permissionsToRead(), permissionsToDecide()...)},
		"plan-custom-policy":    {"1.1", []string{"apig:*:get", "apig:*:list"}},
		"apply-custom-policy":   {"1.1", []string{"apig:*:*"}},
	} {
		text, err := os.ReadFile("../../examples/least-privilege/" + name + ".json")
		assert.NilError(t, err)
		type statement struct {
			Effect string
			Action []string
		}
		var policy struct {
			Version   string
			Statement []statement
		}
		assert.NilError(t, json.Unmarshal(text, &policy), name)
		assert.Check(t, is.DeepEqual([]statement{{Effect: "Allow", Action: want.actions}}, policy.Statement), name)
		assert.Check(t, is.Equal(policy.Version, want.version), name)
		assert.Check(t, strings.Contains(pageTemplate(t, "guides/least-privilege.md.tmpl"), `"examples/least-privilege/`+name+`.json"`),
			"the guide does not show %s", name)
	}
}

// needs names the test of each construct that needs a newer CLI, by the table's row that says so. The test says at the end of
// its name which version runs it: where that differs, the newer one of Terraform's and OpenTofu's.
var needs = map[string]string{
	"`ephemeral` variables in the provider block":    "TestAccSecrets_configured_terraform1_11",
	"import by identity":                             "TestAccConnection_identity_terraform1_12",
	"action `apig_vpc_endpoint_connection_decision`": "TestAccExamples_action_terraform1_14",
	"list resources (`terraform query`)":             "TestAccExamples_listResource_terraform1_14",
}

// The table of versions says what the tests' names say, on the provider's page and in the README.
func TestVersions(t *testing.T) {
	t.Parallel()
	table := versionsTable(t, pageTemplate(t, "index.md.tmpl"))
	readme, err := os.ReadFile("../../README.md")
	assert.NilError(t, err)
	assert.Check(t, is.DeepEqual(table, versionsTable(t, string(readme))), "the provider's page and the README")
	tested := []string{testedReleases(t, "terraform"), testedReleases(t, "opentofu")}
	assert.Check(t, is.DeepEqual(tested, table["tested with each change"]), "what is tested with each change")
	declared := testsDeclared(t)
	shown := map[string]bool{}
	for row, test := range needs {
		_, version, _ := strings.Cut(test, "_terraform")
		version = strings.ReplaceAll(version, "_", ".")
		shown[version] = true
		assert.Check(t, declared[test], "there is no test %s", test)
		assert.Check(t, slices.Contains(table[row], version), "%q needs %q, and its test %s", row, table[row], test)
	}
	for test := range declared {
		_, version, found := strings.Cut(test, "_terraform")
		version = strings.ReplaceAll(version, "_", ".")
		assert.Check(t, !found || shown[version], "the table does not tell what needs Terraform %s, and %s does", version, test)
	}
}

// testedReleases are the first and the last release of a CLI that the workflow runs the tests with.
func testedReleases(t *testing.T, cli string) string {
	t.Helper()
	workflow, err := os.ReadFile("../../.github/workflows/test.yml")
	assert.NilError(t, err)
	line := regexp.MustCompile(`(?m)^ *` + cli + `: \[.*\]$`).FindString(string(workflow))
	releases := regexp.MustCompile(`"(\d+\.\d+)\.\*"`).FindAllStringSubmatch(line, -1)
	assert.Assert(t, len(releases) != 0, "the workflow names no releases of %s", cli)
	return releases[0][1] + " to " + releases[len(releases)-1][1]
}

// versionsTable reads which Terraform and which OpenTofu each row of the table needs.
func versionsTable(t *testing.T, page string) map[string][]string {
	t.Helper()
	_, table, found := strings.Cut(page, "| what | Terraform | OpenTofu |\n|---|---|---|\n")
	assert.Assert(t, found, "no table of versions")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		rows[cells[0]] = cells[1:]
	}
	return rows
}

// testsDeclared are the names of the tests that need a CLI, those of subtests with a version included.
func testsDeclared(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	assert.NilError(t, err)
	declared := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		assert.NilError(t, err)
		for _, found := range regexp.MustCompile(`func (TestAcc\w+)\(|t\.Run\("([^"]*_terraform\d+_\d+)"`).FindAllStringSubmatch(string(text), -1) {
			declared[found[1]+found[2]] = true
		}
	}
	return declared
}

// Each summary of a message is in the guide to troubleshooting.
func TestTroubleshootingGuideHasSummaries(t *testing.T) {
	t.Parallel()
	guide := pageTemplate(t, "guides/troubleshooting.md")
	for _, summary := range append(summaries(t),
		"Not settled in time", "Interrupted", "Not all endpoints could be decided", "Permissions not changed in time", "The permissions can't be changed",
		"Endpoints of accounts that are not expected", "Connections will be rejected") {
		// Those that begin so name an argument, and have one row.
		assert.Check(t, strings.Contains(guide, summary) || strings.HasPrefix(summary, "Invalid "), "the guide does not have %q", summary)
	}
}

// summaries are those of diagnostics that the sources make of a literal, which is the first or the second argument.
func summaries(t *testing.T) (found []string) {
	t.Helper()
	call := regexp.MustCompile(`\b(?:(?:AddError|AddWarning|NewErrorDiagnostic|NewWarningDiagnostic|SummaryFor)\(|` +
		`(?:AddAttributeError|AddAttributeWarning|fail|apiError|APIError|createPlanError|CreatePlanError)\([^,]*,)\s*"([^"]*)"\s*[,)]`)
	files, err := filepath.Glob("../*/*.go")
	assert.NilError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		assert.NilError(t, err)
		for _, match := range call.FindAllStringSubmatch(string(text), -1) {
			found = append(found, match[1])
		}
	}
	assert.Assert(t, len(found) >= 50, "only %d summaries were found", len(found))
	slices.Sort(found)
	return slices.Compact(found)
}

// Each code in the guide to troubleshooting is one that the client knows the meaning of.
func TestTroubleshootingGuideHasKnownCodes(t *testing.T) {
	t.Parallel()
	_, codes, found := strings.Cut(pageTemplate(t, "guides/troubleshooting.md"), "\n## Codes\n")
	assert.Assert(t, found, "the guide has no codes")
	codes, _, _ = strings.Cut(codes, "\n## ")
	all := regexp.MustCompile("`([A-Za-z]+\\.[0-9]{4})`").FindAllStringSubmatch(codes, -1)
	assert.Assert(t, len(all) >= 40, "only %d codes were found", len(all))
	for _, found := range all {
		known := false
		for _, status := range []int{http.StatusOK, http.StatusNotFound, http.StatusTeapot} {
			known = known || apig.Classify(status, found[1], "") != apig.Classify(status, "", "")
		}
		assert.Check(t, known, "the guide tells of %s, which the client does not know", found[1])
	}
}

var root = os.DirFS("../..")

const (
	// documentation is where the registry has this provider's pages. OpenTofu's shows the same addresses as they are.
	documentation = "https://registry.terraform.io/providers/apig-terraform/apig/latest/docs"
	// pictures are in the repository: the registries serve no files.
	pictures = "https://raw.githubusercontent.com/apig-terraform/terraform-provider-apig/main/"
	sources  = "https://github.com/apig-terraform/terraform-provider-apig/"
)

var (
	// link matches [text](address), over line breaks too.
	link = regexp.MustCompile(`(?s)\[([^\[\]]*)\]\(([^()]*)\)`)
	// Code has neither links nor headings.
	codeBlock  = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```")
	inlineCode = regexp.MustCompile("`[^`\n]*`")
	heading    = regexp.MustCompile(`(?m)^#+ (.*)$`)
	anchorTag  = regexp.MustCompile(`<a id="([^"]*)">`)
	notInSlugs = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// The registries show the pages of docs/ under other addresses than the files have, each registry by its own rules. So a link
// to another page is absolute, and on one line, and leads to a page and a heading that are there.
func TestDocumentationLinks(t *testing.T) {
	t.Parallel()
	pages, err := fs.Glob(root, "docs/*/*.md")
	assert.Check(t, err == nil && len(pages) >= 10, "%d pages, %v", len(pages), err)
	for _, name := range append(pages, "docs/index.md") {
		for _, found := range linksOf(t, name) {
			assert.Check(t, is.Equal(checkDocumentationLink(name, found), ""), "%s: [%s](%s)", name, found.text, found.address)
		}
	}
}

// The pages of the repository itself are read on GitHub, where relative links are right.
func TestRepositoryLinks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "DESIGN.md", "SECURITY.md", "CHANGELOG.md", "RELEASING.md", "CODE_OF_CONDUCT.md"} {
		for _, found := range linksOf(t, name) {
			problem := checkAbsolute(found.address)
			if file, anchor, _ := strings.Cut(found.address, "#"); !strings.Contains(file, ":") {
				problem = checkFile(cmp.Or(file, name), anchor)
			}
			assert.Check(t, problem == "", "%s: [%s](%s): %s", name, found.text, found.address, problem)
		}
	}
}

func checkDocumentationLink(name string, found pageLink) string {
	switch {
	case strings.Contains(found.text, "\n") || strings.Contains(found.address, "\n"):
		return "is not on one line"
	case strings.HasPrefix(found.address, "#"):
		return checkFile(name, found.address[1:])
	case strings.HasPrefix(found.address, "https://"):
		return checkAbsolute(found.address)
	default:
		return "is relative: begin it with " + documentation
	}
}

// checkAbsolute looks for what this repository itself has at an address.
func checkAbsolute(address string) string {
	address, anchor, _ := strings.Cut(address, "#")
	if page, ok := strings.CutPrefix(address, documentation); ok {
		return checkFile("docs"+cmp.Or(page, "/index")+".md", anchor)
	}
	for _, there := range []string{pictures, sources + "blob/main/", sources + "tree/main/"} {
		if file, ok := strings.CutPrefix(address, there); ok {
			return checkFile(file, anchor)
		}
	}
	return ""
}

// checkFile looks for a file, and for the heading in it that an anchor names.
func checkFile(file, anchor string) string {
	file = path.Clean(file)
	if _, err := fs.Stat(root, file); err != nil {
		return "there is no " + file
	}
	if text, err := fs.ReadFile(root, file); anchor != "" && (err != nil || !anchorsOf(string(text))[anchor]) {
		return file + " has no heading of that name"
	}
	return ""
}

// anchorsOf are the anchors that the registries and GitHub make of a page's headings.
func anchorsOf(text string) map[string]bool {
	anchors := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, ""), -1) {
		slug := notInSlugs.ReplaceAllString(strings.ToLower(strings.TrimSpace(found[1])), "")
		anchors[strings.ReplaceAll(slug, " ", "-")] = true
	}
	for _, found := range anchorTag.FindAllStringSubmatch(text, -1) {
		anchors[found[1]] = true
	}
	return anchors
}

type pageLink struct{ text, address string }

func linksOf(t *testing.T, name string) []pageLink {
	t.Helper()
	text, err := fs.ReadFile(root, name)
	assert.NilError(t, err)
	var links []pageLink
	for _, found := range link.FindAllStringSubmatch(inlineCode.ReplaceAllString(codeBlock.ReplaceAllString(string(text), ""), ""), -1) {
		links = append(links, pageLink{found[1], found[2]})
	}
	return links
}

// What the test of links refuses.
func TestDocumentationLinks_refused(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"resources/vpc_endpoint_connection.md":       "is relative",
		"../guides/installing.md":                    "is relative",
		documentation + "/guides/none":               "there is no docs/guides/none.md",
		documentation + "#nothing-of-that-name":      "has no heading of that name",
		"#nothing-of-that-name":                      "has no heading of that name",
		"https://a.example\n/b":                      "is not on one line",
		pictures + "images/none.svg":                 "there is no images/none.svg",
		sources + "blob/main/none.md":                "there is no none.md",
		documentation + "/guides/moving-an-endpoint": "",
	} {
		got := checkDocumentationLink("docs/index.md", pageLink{"text", address})
		assert.Check(t, (want == "") == (got == "") && strings.Contains(got, want), "%s: %q, want %q", address, got, want)
	}
}
