// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

const (
	defaultSharedConfigFile = "~/.hcloud/config.json"

	profileOfInstance = "ecsAgency"  // the mode of a profile that the instance's agency signs in for
	profileOfSSO      = "SSO"        // the mode of one whose keys came from a single sign-on
	profileOfAgency   = "AssumeRole" // the mode of one that assumes an agency with what another profile has
)

// accessKeyID is what an access key ID looks like that is not encrypted.
var accessKeyID = regexp.MustCompile(`^[A-Z0-9]{20}$`)

// sharedConfig is the configuration file of the vendor's CLI, as far as it matters here.
type sharedConfig struct {
	AuthEncrypt any             `json:"authEncrypt"` // "true" or "false"; current versions encrypt without it
	Crypter     string          `json:"crypter"`     // what keys were encrypted with, like Nonce
	Nonce       string          `json:"nonce"`
	Current     string          `json:"current"`
	Profiles    []sharedProfile `json:"profiles"`
}

// encrypts reports whether keys in the file are encrypted, as the CLI reads it.
func (c sharedConfig) encrypts(k sharedKeys) bool {
	switch fmt.Sprint(c.AuthEncrypt) {
	case "true":
		return true
	case "false":
		return false
	default:
		return c.Crypter != "" || c.Nonce != "" || !accessKeyID.MatchString(k.AccessKeyID)
	}
}

func (c sharedConfig) named(name string) sharedProfile {
	i := slices.IndexFunc(c.Profiles, func(p sharedProfile) bool { return p.Name == name })
	if name == "" || i < 0 {
		return sharedProfile{}
	}
	return c.Profiles[i]
}

type sharedKeys struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SecurityToken   string `json:"securityToken"`
}

type sharedProfile struct {
	Name string `json:"name"`
	Mode string `json:"mode"`
	sharedKeys
	Region           string `json:"region"`
	ProjectID        string `json:"projectId"`
	DomainID         string `json:"domainId"`
	AgencyName       string `json:"agencyName"`
	AgencyDomainID   string `json:"agencyDomainId"`
	AgencyDomainName string `json:"agencyDomainName"`
	SourceProfile    string `json:"sourceProfile"` // the profile that AssumeRole signs in with
	SSO              struct {
		Keys sharedKeys `json:"stsToken"`
	} `json:"ssoAuth"`
}

// profile is the profile that is asked for.
type profile struct {
	sharedProfile
	source    sharedProfile // that of SourceProfile, if there is one
	file      string
	encrypted bool
	asked     []value // shared_config_file and profile, as far as they are set
}

// String is how messages name the profile.
func (p *profile) String() string { return fmt.Sprintf("the profile %q in %s", p.Name, p.file) }

func (p *profile) configured() bool {
	return p != nil && slices.ContainsFunc(p.asked, func(v value) bool { return v.configured })
}

// signer is the profile that signs in: itself, or in the mode AssumeRole its source.
func (p *profile) signer() sharedProfile {
	if p.Mode == profileOfAgency {
		return p.source
	}
	return p.sharedProfile
}

// keys returns the profile's access key. What an earlier mode has left over doesn't count.
func (p sharedProfile) keys() sharedKeys {
	switch p.Mode {
	case profileOfInstance, profileOfAgency:
		return sharedKeys{}
	case profileOfSSO:
		return p.SSO.Keys
	default:
		return p.sharedKeys
	}
}

// signsIn reports whether the profile has something to sign in with, be it encrypted or half of it.
func (p *profile) signsIn() bool {
	return p != nil && (p.Mode == profileOfInstance || p.Mode == profileOfAgency || p.keys() != sharedKeys{})
}

// projectIn returns the profile's project, which is one of the profile's region.
func (p *profile) projectIn(region string) types.String {
	if p == nil || p.ProjectID == "" || p.Region != "" && p.Region != region {
		return types.StringNull()
	}
	return types.StringValue(p.ProjectID)
}

// problem is an error of an argument that may turn out to be none.
type problem struct{ name, summary, detail string }

// readProfile reads the profile that shared_config_file or profile asks for. Without either, no file is read.
func (r *resolver) readProfile() {
	file, name := r.text("shared_config_file"), r.text("profile")
	found := &profile{file: cmp.Or(file.text, defaultSharedConfigFile)}
	found.asked = only([]value{file, name}, func(v value) bool { return v.text != "" })
	if len(found.asked) == 0 {
		return
	}
	// The problem of a profile that the environment asks for is one only if it is needed to sign in.
	fail := r.fail
	if !found.configured() {
		fail = func(name, summary, format string, args ...any) {
			r.profileProblem = &problem{name, summary, fmt.Sprintf(format, args...)}
		}
	}
	content, err := readFile(found.file)
	if err != nil {
		fail(found.asked[0].name, "The shared configuration file can't be read", "%s asks for a profile in the configuration file of the vendor's CLI: %s. "+
			"Check shared_config_file (%s), or create the file by hcloud configure set.", found.asked[0].origin(), err, file.variable())
		return
	}
	var shared sharedConfig
	if err := json.Unmarshal([]byte(content), &shared); err != nil {
		// The cause may quote what is in the file.
		fail(found.asked[0].name, "The shared configuration file can't be read", "%s is not a configuration file of the vendor's CLI (hcloud): it is not the JSON that the CLI writes.", found.file)
		return
	}
	wanted := cmp.Or(name.text, shared.Current)
	var names []string
	for _, p := range shared.Profiles {
		names = append(names, fmt.Sprintf("%q", p.Name))
	}
	named, at := shared.named(wanted), found.asked[len(found.asked)-1].name
	switch {
	case named.Name != "":
	case len(names) == 0:
		fail(at, "No such profile", "%s has no profiles. Add one by hcloud configure set --cli-profile=NAME, or name another file in shared_config_file (%s).",
			found.file, file.variable())
		return
	default:
		none := fmt.Sprintf("no profile %q", wanted)
		if wanted == "" {
			none = "no current profile"
		}
		fail(at, "No such profile", "%s has %s. It has: %s. Name one of them in profile (%s), or make one current by hcloud configure set --cli-profile=NAME.",
			found.file, none, strings.Join(names, ", "), name.variable())
		return
	}
	found.sharedProfile, found.source = named, shared.named(named.SourceProfile)
	found.encrypted = shared.encrypts(found.signer().keys())
	r.profile = found
}

// signInByProfile takes the profile's keys, or its instance's, and the agency that it assumes with them.
func (r *resolver) signInByProfile() {
	p := r.profile
	signer := p.signer()
	k, who := signer.keys(), p.String()
	attribute := p.asked[len(p.asked)-1].name
	r.byProfile, r.settings.Auth.Method, r.settings.Origins = true, auth.MethodAccessKey, who
	if p.Mode == profileOfAgency {
		if r.failSource(p, attribute) {
			return
		}
		who = fmt.Sprintf("the profile %q in %s", signer.Name, p.file)
		r.settings.Origins += fmt.Sprintf(", with its source profile %q", signer.Name)
	}
	switch {
	case p.encrypted && k != sharedKeys{}:
		r.fail(attribute, "The profile is encrypted", "The vendor's CLI encrypts the keys in %s so that only it can read them, and %s is asked to sign in. "+
			"Turn that off by the command\n\n    hcloud configure set --cli-auth-encrypt=false\n\nand protect the file, or choose another way to sign in.", p.file, p)
		return
	case signer.Mode == profileOfInstance:
		r.signInByMetadata(r.settings.Origins + ", by the metadata service of this ECS instance")
		r.settings.Instance = fmt.Sprintf("the mode of %s is %q", who, profileOfInstance)
	case k.AccessKeyID == "" || k.SecretAccessKey == "":
		r.fail(attribute, "Incomplete credentials", "%s has no access key with its secret key. Add them by hcloud configure set --cli-profile=%s --cli-access-key=AK --cli-secret-key=SK.",
			"The p"+strings.TrimPrefix(who, "the p"), signer.Name)
		return
	default:
		for _, v := range []value{
			{argument: argumentNamed("access_key"), text: k.AccessKeyID},
			{argument: argumentNamed("secret_key"), text: k.SecretAccessKey},
			{argument: argumentNamed("security_token"), text: k.SecurityToken},
		} {
			v.fromProfile = who
			*v.setting(&r.settings) = v.text
			r.header(v)
		}
	}
	if p.AgencyName != "" {
		r.profileRole = &auth.Role{Agency: p.AgencyName, DomainName: p.AgencyDomainName, DomainID: p.AgencyDomainID}
		if p.AgencyDomainName != "" {
			r.profileRole.DomainID = "" // as the vendor's own provider does
		}
	}
}

// failSource reports what a profile that assumes an agency lacks, and whether it lacks something.
func (r *resolver) failSource(p *profile, attribute string) bool {
	var complaint string
	switch {
	case p.SourceProfile == "" && p.AgencyName == "":
		complaint = "names neither a source profile (sourceProfile) nor an agency (agencyName)"
	case p.SourceProfile == "":
		complaint = "names no source profile (sourceProfile)"
	case p.AgencyName == "":
		complaint = "names no agency (agencyName)"
	case p.source.Name == "":
		complaint = fmt.Sprintf("signs in with the profile %q, which the file does not have", p.SourceProfile)
	case p.source.Mode == profileOfAgency:
		complaint = fmt.Sprintf("signs in with the profile %q, whose own mode is %s: one with keys is needed", p.SourceProfile, profileOfAgency)
	default:
		return false
	}
	r.fail(attribute, "Incomplete profile", "%s has the mode %s, but %s. Complete it by hcloud configure set, or name a profile with keys, and the agency in an assume_role block.",
		"The p"+strings.TrimPrefix(p.String(), "the p"), profileOfAgency, complaint)
	return true
}
