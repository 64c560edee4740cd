// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The owner's temporary key, beside the key and the password that every mock has for it.
const (
	temporaryKey    = "TEMPORARYACCESSKEY"
	temporarySecret = "temporary-secret-key"
	temporaryToken  = "temporary-security-token"
)

// escapedPassword is the owner's password that looks different in JSON and in a URL.
const escapedPassword = `S3cr&et<Pass>"wörd/`

// spy stands before a mock and notes the secrets that pass.
type spy struct {
	t    *testing.T
	next http.Handler

	mu      sync.Mutex
	secrets map[string]bool
	known   int // of them from the start
}

var signature = regexp.MustCompile(`Signature=([0-9a-f]+)`)

func (s *spy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.note(r.Header.Get("X-Auth-Token"), r.Header.Get("X-Security-Token"))
	if found := signature.FindStringSubmatch(r.Header.Get("Authorization")); found != nil {
		s.note(found[1])
	}
	agent := r.UserAgent()
	assert.Check(s.t, strings.HasPrefix(agent, "terraform-provider-apig/"), "%s comes from %q", r.URL.Path, agent)
	answer := httptest.NewRecorder()
	s.next.ServeHTTP(answer, r)
	s.note(answer.Header().Get("X-Subject-Token"))
	for _, found := range issued.FindAllStringSubmatch(answer.Body.String(), -1) {
		s.note(found[1])
	}
	if strings.HasSuffix(r.URL.Path, "/api/token") {
		s.note(answer.Body.String())
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// issued matches the parts of a key in a body.
var issued = regexp.MustCompile(`"(?:access|secret|securitytoken|access_key_id|secret_access_key|security_token)":"([^"]+)"`)

func (s *spy) note(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range secrets {
		if secret != "" {
			s.secrets[secret] = true
		}
	}
}

// all are the secrets, in each form that one could show up in.
func (s *spy) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var forms []string
	for secret := range s.secrets {
		quoted, _ := json.Marshal(secret)
		forms = append(forms, string(quoted[1:len(quoted)-1]), url.PathEscape(secret), url.QueryEscape(secret))
		forms = append(forms, secret, base64.StdEncoding.EncodeToString([]byte(secret)), fmt.Sprintf("%x", secret))
	}
	slices.Sort(forms)
	return forms
}

// secretsCase is a way to sign in.
type secretsCase struct {
	environment []string
	arguments   string
	exchange    string // the call that makes a token or a key on the way; none where none is made
}

// secretsCases are ways to sign in, by what the log calls them.
func secretsCases() map[string]secretsCase {
	return map[string]secretsCase{
		"token":      {environment: []string{"HW_AUTH_TOKEN=" + testToken}},
		"access key": {environment: []string{"HW_ACCESS_KEY=OWNERACCESSKEY", "HW_SECRET_KEY=secret-secret-key"}},
		"temporary access key": {environment: []string{
			"HW_ACCESS_KEY=" + temporaryKey, "HW_SECRET_KEY=" + temporarySecret, "HW_SECURITY_TOKEN=" + temporaryToken,
		}},
		"password": {environment: []string{"HW_USER_NAME=keeper", "HW_USER_PASSWORD=" + escapedPassword, "HW_DOMAIN_NAME=owner"}, exchange: mockapig.OpCreateToken},
		"access key and agency": {
			environment: []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret}, exchange: mockapig.OpCreateKeys,
			arguments: agencyBlock(agencyByName),
		},
		"OIDC": {
			environment: append(slices.Clone(oidcVariables), "HW_ASSUME_ROLE_ID_TOKEN="+idToken), exchange: mockapig.OpExchangeIDToken,
		},
		"metadata service": {exchange: mockapig.OpGetMetadataKeys},
	}
}

// No secret of the environment is in anything that is written, saved plans included, however much is logged.
func TestAccSecrets(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"password", "OIDC"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc := secretsCases()[name]
			m, s, provider := tc.start(t)
			c := newCLI(t, "", append(tc.environment, "TF_LOG=TRACE", "TF_LOG_PROVIDER=TRACE", "TF_LOG_SDK=TRACE", "TF_LOG_SDK_FRAMEWORK=TRACE", "TF_LOG_PATH=log")...)
			written := tc.scenario(t, m, c.commands, provider)
			tc.check(t, name, s, slices.Concat(written, filesIn(t, os.DirFS(c.dir)), c.planFiles()))
		})
	}
}

// The same of what is printed and logged, for each way.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for name, tc := range secretsCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, s, provider := tc.start(t)
			m.environment = environ(tc.environment...)
			c := newStage(t, m, "")
			var log bytes.Buffer
			c.ctx = tflogtest.RootLogger(t.Context(), &log)
			written := tc.scenario(t, m, c.commands, provider)
			if name == "token" { // an ID that is a secret by mistake ends up in the path, which is logged
				c.configure(provider + strings.Replace(block("test", "accepted", hclList(endpointIDs(1, 1)), limits), testInstance, testToken, 1))
				c.plan().expect(t, 0, "The gateway does not exist")
			}
			tc.check(t, name, s, append(written, log.Bytes()))
			for _, want := range []string{`"operation":"list connections"`, `"method":"POST"`, `"status":401`, `"error_code":"`, `"error":"unauthenticated"`, `"request_id":"`} {
				assert.Check(t, strings.Contains(log.String(), want), "the log lacks %s", want)
			}
		})
	}
}

// start gives a mock with a spy before it, and a provider block.
func (tc secretsCase) start(t *testing.T) (*mock, *spy, string) {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	m.AddAccount(mockapig.Account{
		DomainID: ownerDomain, DomainName: "owner", AccessKey: temporaryKey, SecretKey: temporarySecret, SecurityToken: temporaryToken,
	})
	m.AddAccount(mockapig.Account{DomainID: ownerDomain, DomainName: "owner", User: "keeper", Password: escapedPassword})
	m.delegate()
	if tc.environment == nil {
		m.BeInstance(ownerDomain, mockapig.MetadataTokensRequired)
	}
	s := &spy{t: t, next: m, secrets: map[string]bool{}}
	s.note(testToken, "OWNERACCESSKEY", "secret-secret-key", temporaryKey, temporarySecret, temporaryToken, escapedPassword, guestKey, guestSecret, idToken)
	s.known = len(s.secrets)
	address := httptest.NewServer(s)
	t.Cleanup(address.Close)
	m.url, m.listens = address.URL, true
	return m, s, providerBlock(withRegion, m.addresses(), "max_retries = 0", tc.arguments)
}

// check looks for secrets in all that was written.
func (tc secretsCase) check(t *testing.T, name string, s *spy, texts [][]byte) {
	t.Helper()
	logged := slices.ContainsFunc(texts, func(text []byte) bool {
		return bytes.Contains(text, []byte("API call")) && bytes.Contains(text, []byte("signing in by "+strings.TrimSuffix(strings.TrimPrefix(name, "temporary "), " and agency")))
	})
	assert.Check(t, logged, "the log holds nothing of what the provider does")
	assert.Check(t, tc.exchange == "" || len(s.secrets) != s.known, "no token was made")
	for _, secret := range s.all() {
		for _, text := range texts {
			i := bytes.Index(text, []byte(secret))
			assert.Check(t, i < 0, "%q is in: …%s…", secret, text[max(0, i-200):min(len(text), i+100)])
		}
	}
}

// scenario creates, updates, fails, fails to sign in, and destroys. It gives what was printed.
func (tc secretsCase) scenario(t *testing.T, m *mock, c commands, provider string) (written [][]byte) {
	t.Helper()
	keep := func(code int, r outcome) {
		t.Helper()
		written = append(written, []byte(r.output()))
		assert.Check(t, r.code == code, "exit code %d, want %d:\n%s", r.code, code, r.output())
	}
	_, throughCLI := c.runner.(*cli)
	ids := endpointIDs(1, 4)
	m.ask("pendingAcceptance", ids[:3]...)
	configure := func(ids []string) { c.configure(provider + block("test", "accepted", hclList(ids), limits)) }
	configure(ids[:2])
	keep(0, c.apply())
	configure(ids[1:3])
	keep(0, c.plan("-out=saved.tfplan"))
	if throughCLI {
		keep(0, c.run("show", "-json", "saved.tfplan"))
	}
	keep(0, c.applySaved())
	if throughCLI {
		keep(0, c.run("show", "-json"))
	}
	configure(ids[1:]) // the last one never appears
	m.Fail(mockapig.Fault{Operation: mockapig.OpCreateToken, Skip: 3, Status: http.StatusUnauthorized, Code: "401", Message: "The username or password is wrong"})
	keep(1, c.apply())
	refused := fault(mockapig.OpListConnections, http.StatusUnauthorized, "APIGW.0301", "Incorrect IAM authentication information")
	if tc.exchange != "" && tc.exchange != mockapig.OpCreateToken {
		refused.Times = 2 // keys that are renewed have a second try, while no second token is made
	}
	m.Fail(refused)
	keep(1, c.plan())
	written = append(written, echoed(t, m, c, mockapig.OpListConnections))
	configure(ids[1:3])
	keep(0, c.apply("-destroy"))
	if tc.exchange != "" {
		written = append(written, echoed(t, m, c, tc.exchange))
	}
	return written
}

// echoed is what is printed when a server sends back what it was sent.
func echoed(t *testing.T, m *mock, c commands, operation string) []byte {
	t.Helper()
	m.Fail(mockapig.Fault{Operation: operation, Status: http.StatusBadRequest, Code: "APIG.2000", Message: "What is", Echo: true})
	r := c.plan()
	assert.Check(t, r.code == 1 && strings.Contains(r.output(), "What is") && strings.Contains(r.output(), "***"),
		"exit code %d, want what was sent back:\n%s", r.code, r.output())
	return []byte(r.output())
}

// filesIn are those of a directory, or of an archive.
func filesIn(t *testing.T, directory fs.FS) (texts [][]byte) {
	t.Helper()
	assert.NilError(t, fs.WalkDir(directory, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(directory, path)
		texts = append(texts, text)
		return err
	}))
	return texts
}

// Credentials in the configuration are in no state and no log. A saved plan has them, as literals and as variables: it holds the
// configuration and the variables as they are. Ephemeral variables it does not hold, and an apply is given them again.
func TestAccSecrets_configured_terraform1_11(t *testing.T) {
	t.Parallel()
	skipBelow(t, tfversion.Version1_11_0)
	const access, secret = "OWNERACCESSKEY", "secret-secret-key"
	variables := func(more string) string {
		return fmt.Sprintf("variable \"ak\" {\n  type = string\n  %s\n}\nvariable \"sk\" {\n  type = string\n  %s\n}\n", more, more)
	}
	for name, tc := range map[string]struct {
		variables          string
		accessKey, secrets string
		saved              bool // the secret key, in the plan
	}{
		"literal":            {accessKey: `"` + access + `"`, secrets: `"` + secret + `"`, saved: true},
		"sensitive variable": {variables: variables("sensitive = true"), accessKey: "var.ak", secrets: "var.sk", saved: true},
		"ephemeral variable": {variables: variables("ephemeral = true"), accessKey: "var.ak", secrets: "var.sk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newListening(t, mockapig.Config{})
			ids := endpointIDs(1, 2)
			m.ask("pendingAcceptance", ids...)
			log := filepath.Join(t.TempDir(), "log")
			config := tc.variables + providerBlock(withRegion, m.addresses(), "access_key = "+tc.accessKey, "secret_key = "+tc.secrets) +
				block("test", "accepted", hclList(ids), limits)
			c := newCLI(t, config, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
			if tc.variables != "" {
				c.environment = append(c.environment, "TF_VAR_ak="+access, "TF_VAR_sk="+secret)
			}
			printed := c.must("plan", "-input=false", "-out=saved.tfplan").output()
			shown := c.must("show", "-json", "saved.tfplan").output()
			printed += c.applySaved().output()
			m.expectStatuses(t, "accepted", ids...)

			contains := func(where string, want bool, texts ...[]byte) {
				t.Helper()
				got := bytes.Contains(bytes.Join(texts, nil), []byte(secret))
				assert.Check(t, got == want, "%s: the secret key is there: %t, want %t", where, got, want)
			}
			contains("the saved plan", tc.saved, c.planFiles()...)
			contains("the saved plan as JSON", tc.saved, []byte(shown))
			contains("what is printed", false, []byte(printed))
			contains("the log", false, filesIn(t, os.DirFS(filepath.Dir(log)))...)
			contains("the state", false, []byte(c.must("state", "pull").output()))
		})
	}
}

// planFiles are those in the saved plan, which is an archive.
func (c *cli) planFiles() [][]byte {
	c.t.Helper()
	archive, err := zip.OpenReader(filepath.Join(c.dir, "saved.tfplan"))
	assert.NilError(c.t, err)
	defer archive.Close()
	return filesIn(c.t, archive)
}
