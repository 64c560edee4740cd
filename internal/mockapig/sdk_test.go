// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	apig "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/apig/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/apig/v2/model"
	iam "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3"
	iammodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/model"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// These tests prove that the mock speaks the API: the client is the vendor's own, generated from the vendor's own
// description, and nothing in it was made for the mock.

const (
	sdkDomain  = "0d00000000000000000000000000000d"
	sdkProject = "0b00000000000000000000000000000d"
	sdkGateway = "0c00000000000000000000000000000d"
)

// sdkMock has 25 connections: number 0 is of the vendor's example, every third one is rejected, the others pending.
func sdkMock(t *testing.T, keys mockapig.Account) (*mockapig.Server, string) {
	t.Helper()
	mock := mockapig.New(mockapig.Config{})
	keys.DomainID = sdkDomain
	mock.AddAccount(keys)
	mock.AddProject(mockapig.Project{ID: sdkProject, Name: "demo-1", DomainID: sdkDomain})
	mock.AddGateway(mockapig.Gateway{ID: sdkGateway, ProjectID: sdkProject})
	mock.Connect(sdkGateway, mockapig.Connection{
		ID: sdkEndpoint(0), MarkerID: 167792784, DomainID: "c90f12a0f1ee43bc90a1f4d17bce35bc", Status: mockapig.StatusAccepted,
		CreatedAt: "2021-05-07T14:20:14Z", UpdatedAt: "2021-05-07T14:30:25Z",
	})
	for i := 1; i < 25; i++ {
		status := mockapig.StatusPending
		if i%3 == 0 {
			status = mockapig.StatusRejected
		}
		mock.Connect(sdkGateway, mockapig.Connection{ID: sdkEndpoint(i), Status: status})
	}
	server := httptest.NewServer(mock)
	t.Cleanup(server.Close)
	return mock, server.URL
}

func sdkEndpoint(i int) string { return fmt.Sprintf("9fa04c5e-64ec-4106-a014-%012d", i) }

func sdkClient(t *testing.T, base, access, secret, securityToken string) *apig.ApigClient {
	t.Helper()
	credentials, err := basic.NewCredentialsBuilder().WithAk(access).WithSk(secret).WithSecurityToken(securityToken).
		WithProjectId(sdkProject).SafeBuild()
	assert.NilError(t, err)
	client, err := apig.ApigClientBuilder().WithEndpoint(base).WithCredential(credentials).SafeBuild()
	assert.NilError(t, err)
	return apig.NewApigClient(client)
}

func newSDKClient(t *testing.T) (*mockapig.Server, *apig.ApigClient) {
	t.Helper()
	mock, base := sdkMock(t, mockapig.Account{AccessKey: "SDKACCESSKEY", SecretKey: "sdk-secret-key"})
	return mock, sdkClient(t, base, "SDKACCESSKEY", "sdk-secret-key", "")
}

func TestVendorSDKListsConnections(t *testing.T) {
	_, client := newSDKClient(t)
	statuses := model.GetListEndpointConnectionsRequestStatusEnum()
	for _, tc := range []struct {
		name    string
		request model.ListEndpointConnectionsRequest
		first   int
		size    int32
		total   int64
	}{
		{"nothing asked", model.ListEndpointConnectionsRequest{}, 0, 20, 25},
		{"limit", model.ListEndpointConnectionsRequest{Limit: new(int32(500))}, 0, 25, 25},
		{"page", model.ListEndpointConnectionsRequest{Offset: new(int64(10)), Limit: new(int32(4))}, 10, 4, 25},
		{"last page", model.ListEndpointConnectionsRequest{Offset: new(int64(20))}, 20, 5, 25},
		{"id", model.ListEndpointConnectionsRequest{Id: new(sdkEndpoint(7))}, 7, 1, 1},
		{"marker", model.ListEndpointConnectionsRequest{MarkerId: new(int32(167792790))}, 6, 1, 1},
		{"status", model.ListEndpointConnectionsRequest{Status: &statuses.REJECTED, Limit: new(int32(5))}, 3, 5, 8},
		{"pending", model.ListEndpointConnectionsRequest{Status: &statuses.PENDING_ACCEPTANCE}, 1, 16, 16},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.request.InstanceId = sdkGateway
			got, err := client.ListEndpointConnections(&tc.request)
			assert.NilError(t, err)
			assert.Check(t, got.Size == tc.size && got.Total == tc.total && len(*got.Connections) == int(tc.size) && (*got.Connections)[0].Id == sdkEndpoint(tc.first),
				"got %v", got)
			assert.Check(t, got.HttpStatusCode == 200 && got.XRequestId != nil && len(*got.XRequestId) == 32,
				"got status %d, request ID %v", got.HttpStatusCode, got.XRequestId)
		})
	}
	got, err := client.ListEndpointConnections(&model.ListEndpointConnectionsRequest{InstanceId: sdkGateway, Id: new(sdkEndpoint(0))})
	assert.NilError(t, err)
	c := (*got.Connections)[0]
	assert.Check(t, c.Id == sdkEndpoint(0) && c.MarkerId == 167792784 && c.DomainId == "c90f12a0f1ee43bc90a1f4d17bce35bc" && c.Status == model.GetEndpointConnectionStatusEnum().ACCEPTED && time.Time(*c.CreatedAt).Equal(time.Date(2021, 5, 7, 14, 20, 14, 0, time.UTC)) && time.Time(*c.UpdatedAt).Equal(time.Date(2021, 5, 7, 14, 30, 25, 0, time.UTC)),
		"got %v", c)
}

func TestVendorSDKAcceptsAndRejects(t *testing.T) {
	mock, client := newSDKClient(t)
	actions, statuses := model.GetConnectionActionReqActionEnum(), model.GetEndpointConnectionStatusEnum()
	for _, tc := range []struct {
		action model.ConnectionActionReqAction
		shown  model.EndpointConnectionStatus
		truth  string
	}{
		{actions.RECEIVE, statuses.ACCEPTED, mockapig.StatusAccepted},
		{actions.REJECT, statuses.REJECTED, mockapig.StatusRejected},
	} {
		got, err := client.AcceptOrRejectEndpointConnections(&model.AcceptOrRejectEndpointConnectionsRequest{
			InstanceId: sdkGateway,
			Body:       &model.ConnectionActionReq{Action: tc.action, Endpoints: []string{sdkEndpoint(1), sdkEndpoint(2)}},
		})
		assert.NilError(t, err)
		assert.Assert(t, got.Size == 2 && got.Total == 2 && len(*got.Connections) == 2 && got.XRequestId != nil, "got %v", got)
		for i, c := range *got.Connections {
			assert.Check(t, c.Id == sdkEndpoint(i+1) && c.Status == tc.shown && c.DomainId == mockapig.DefaultConsumer && c.MarkerId != 0 && c.UpdatedAt != nil,
				"got %v", c)
			now, _ := mock.Connection(sdkGateway, c.Id)
			assert.Check(t, now.Status == tc.truth, "truly it is %s", now.Status)
		}
	}
}

func TestVendorSDKReadsErrors(t *testing.T) {
	mock, client := newSDKClient(t)
	_, err := client.ListEndpointConnections(&model.ListEndpointConnectionsRequest{InstanceId: "unknown"})
	var refused *sdkerr.ServiceResponseError
	assert.Assert(t, errors.As(err, &refused), "got %v", err)
	calls := mock.Journal()
	assert.Check(t, refused.StatusCode == 404 && refused.ErrorCode == "APIC.7302" && refused.ErrorMessage == "The gateway does not exist" && refused.RequestId == calls[len(calls)-1].RequestID && refused.RequestId != "",
		"got %+v", refused)
}

func TestVendorSDKSignsWithATemporaryKey(t *testing.T) {
	_, base := sdkMock(t, mockapig.Account{AccessKey: "TEMPORARY", SecretKey: "temporary-secret", SecurityToken: "sts-token"})
	request := &model.ListEndpointConnectionsRequest{InstanceId: sdkGateway}
	_, err := sdkClient(t, base, "TEMPORARY", "temporary-secret", "sts-token").ListEndpointConnections(request)
	assert.Check(t, err)
	for name, client := range map[string]*apig.ApigClient{
		"no security token":    sdkClient(t, base, "TEMPORARY", "temporary-secret", ""),
		"wrong security token": sdkClient(t, base, "TEMPORARY", "temporary-secret", "another"),
		"wrong secret":         sdkClient(t, base, "TEMPORARY", "another", "sts-token"),
	} {
		_, err := client.ListEndpointConnections(request)
		var refused *sdkerr.ServiceResponseError
		assert.Check(t, errors.As(err, &refused) && refused.StatusCode == 401 && refused.ErrorCode == "APIGW.0301" && refused.RequestId != "",
			"%s: got %v", name, err)
	}
}

// TestVendorSDKFindsTheProject lets the SDK ask IAM for the project of a region, as it does when it is given none.
func TestVendorSDKFindsTheProject(t *testing.T) {
	access := fmt.Sprintf("LOOKUP%d", time.Now().UnixNano()) // the SDK remembers what it found, for as long as the process lives
	mock, base := sdkMock(t, mockapig.Account{AccessKey: access, SecretKey: "sdk-secret-key"})
	credentials, err := basic.NewCredentialsBuilder().WithAk(access).WithSk("sdk-secret-key").WithIamEndpointOverride(base).SafeBuild()
	assert.NilError(t, err)
	built, err := apig.ApigClientBuilder().WithRegion(region.NewRegion("demo-1", base)).WithCredential(credentials).SafeBuild()
	assert.NilError(t, err)
	got, err := apig.NewApigClient(built).ListEndpointConnections(&model.ListEndpointConnectionsRequest{InstanceId: sdkGateway})
	assert.Check(t, err == nil && got.Total == 25 && mock.Count(mockapig.OpListProjects) == 1, "got %v, %v", got, err)
}

func TestVendorSDKChangesPermissions(t *testing.T) {
	mock, client := newSDKClient(t)
	asked := []string{"iam:domain::c90f12a0f1ee43bc90a1f4d17bce35bc", "iam:domain::*"}
	added, err := client.AddEndpointPermissions(&model.AddEndpointPermissionsRequest{InstanceId: sdkGateway, Body: &model.EndpointPermissionList{Permissions: asked}})
	assert.Assert(t, err == nil && slices.Equal(*added.Permissions, asked) && added.XRequestId != nil, "got %v, %v", added, err)
	listed, err := client.ListEndpointPermissions(&model.ListEndpointPermissionsRequest{InstanceId: sdkGateway, Limit: new(int32(2))})
	assert.Assert(t, err == nil && listed.Size == 2 && listed.Total == 3 && len(*listed.Permissions) == 2, "got %v, %v", listed, err)
	own, first := (*listed.Permissions)[0], (*listed.Permissions)[1]
	assert.Check(t, own.Permission == "iam:domain::"+sdkDomain && first.Permission == asked[0] && len(first.Id) == 32 && time.Since(time.Time(*first.CreatedAt)) <= time.Hour,
		"got %v", listed)
	found, err := client.ListEndpointPermissions(&model.ListEndpointPermissionsRequest{InstanceId: sdkGateway, Permission: &asked[1]})
	assert.Check(t, err == nil && found.Total == 1, "got %v, %v", found, err)
	deleted, err := client.DeleteEndpointPermissions(&model.DeleteEndpointPermissionsRequest{InstanceId: sdkGateway, Body: &model.EndpointPermissionList{Permissions: asked[:1]}})
	assert.Check(t, err == nil && slices.Equal(*deleted.Permissions, asked[:1]), "got %v, %v", deleted, err)
	left := mock.Permissions(sdkGateway)
	assert.Check(t, len(left) == 2 && left[1].Permission == asked[1], "left are %v", left)
}

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
	assert.Check(t, err == nil && got.Total == 25, "got %v, %v", got, err)
}

func TestVendorSDKAssumesAnAgency(t *testing.T) {
	base := sdkGuestMock(t)
	guest, err := basic.NewCredentialsBuilder().WithAk("GUESTACCESSKEY").WithSk("guest-secret-key").WithProjectId(sdkProject).SafeBuild()
	assert.NilError(t, err)
	client, err := sts.StsClientBuilder().WithEndpoint(base).WithCredential(guest).SafeBuild()
	assert.NilError(t, err)
	got, err := sts.NewStsClient(client).AssumeAgency(&stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{
		AgencyUrn: "iam::" + sdkDomain + ":agency:operators", AgencySessionName: "session", DurationSeconds: new(int32(900)),
	}})
	assert.NilError(t, err)
	lists(t, base, got.Credentials.AccessKeyId, got.Credentials.SecretAccessKey, got.Credentials.SecurityToken)
}

func TestVendorSDKGetsKeysOfAnAgency(t *testing.T) {
	base := sdkGuestMock(t)
	guest, err := global.NewCredentialsBuilder().WithAk("GUESTACCESSKEY").WithSk("guest-secret-key").WithDomainId(sdkGuest).SafeBuild()
	assert.NilError(t, err)
	client, err := iam.IamClientBuilder().WithEndpoint(base).WithCredential(guest).SafeBuild()
	assert.NilError(t, err)
	got, err := iam.NewIamClient(client).CreateTemporaryAccessKeyByAgency(&iammodel.CreateTemporaryAccessKeyByAgencyRequest{
		Body: &iammodel.CreateTemporaryAccessKeyByAgencyRequestBody{Auth: &iammodel.AgencyAuth{Identity: &iammodel.AgencyAuthIdentity{
			Methods:    []iammodel.AgencyAuthIdentityMethods{iammodel.GetAgencyAuthIdentityMethodsEnum().ASSUME_ROLE},
			AssumeRole: &iammodel.IdentityAssumerole{AgencyName: "operators", DomainName: new("owner"), DurationSeconds: new(int32(900))},
		}}},
	})
	assert.NilError(t, err)
	lists(t, base, got.Credential.Access, got.Credential.Secret, got.Credential.Securitytoken)
}
