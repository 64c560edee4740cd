// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig_test

import (
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/apig/v2/model"
	iam "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3"
	iammodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/model"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const sdkGuest = "0e00000000000000000000000000000d"

// sdkGuestMock is a mock whose owner has an agency for a guest.
func sdkGuestMock(t *testing.T) (base string) {
	t.Helper()
	mock, base := sdkMock(t, mockapig.Account{DomainName: "owner"})
	mock.AddAccount(mockapig.Account{DomainID: sdkGuest, AccessKey: "GUESTACCESSKEY", SecretKey: "guest-secret-key"})
	mock.AddAgency(mockapig.Agency{Name: "operators", DomainID: sdkDomain, DomainName: "owner", Trusted: sdkGuest})
	return base
}

// lists proves that a key is good for the owner's gateway.
func lists(t *testing.T, base, access, secret, securityToken string) {
	t.Helper()
	got, err := sdkClient(t, base, access, secret, securityToken).
		ListEndpointConnections(&model.ListEndpointConnectionsRequest{InstanceId: sdkGateway})
	if err != nil || got.Total != 25 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestVendorSDKAssumesAnAgency(t *testing.T) {
	base := sdkGuestMock(t)
	guest, err := basic.NewCredentialsBuilder().WithAk("GUESTACCESSKEY").WithSk("guest-secret-key").WithProjectId(sdkProject).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	client, err := sts.StsClientBuilder().WithEndpoint(base).WithCredential(guest).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	got, err := sts.NewStsClient(client).AssumeAgency(&stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{
		AgencyUrn: "iam::" + sdkDomain + ":agency:operators", AgencySessionName: "session", DurationSeconds: new(int32(900)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	lists(t, base, got.Credentials.AccessKeyId, got.Credentials.SecretAccessKey, got.Credentials.SecurityToken)
}

func TestVendorSDKGetsKeysOfAnAgency(t *testing.T) {
	base := sdkGuestMock(t)
	guest, err := global.NewCredentialsBuilder().WithAk("GUESTACCESSKEY").WithSk("guest-secret-key").WithDomainId(sdkGuest).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	client, err := iam.IamClientBuilder().WithEndpoint(base).WithCredential(guest).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	got, err := iam.NewIamClient(client).CreateTemporaryAccessKeyByAgency(&iammodel.CreateTemporaryAccessKeyByAgencyRequest{
		Body: &iammodel.CreateTemporaryAccessKeyByAgencyRequestBody{Auth: &iammodel.AgencyAuth{Identity: &iammodel.AgencyAuthIdentity{
			Methods:    []iammodel.AgencyAuthIdentityMethods{iammodel.GetAgencyAuthIdentityMethodsEnum().ASSUME_ROLE},
			AssumeRole: &iammodel.IdentityAssumerole{AgencyName: "operators", DomainName: new("owner"), DurationSeconds: new(int32(900))},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	lists(t, base, got.Credential.Access, got.Credential.Secret, got.Credential.Securitytoken)
}
