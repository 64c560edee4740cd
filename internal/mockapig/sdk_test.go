// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

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
)

// These tests prove that the mock speaks the API: the client is the vendor's own, generated from the vendor's own
// description, and nothing in it was made for the mock.

// sdkMock has 25 connections: the last one is of the vendor's example, every third one is rejected, the others pending.
func sdkMock(t *testing.T) (mock *Server, base string) {
	t.Helper()
	mock = withGuest(Config{})
	for i := 1; i < 24; i++ {
		mock.Connect(testGateway, Connection{ID: endpoint(i), Status: []string{StatusRejected, StatusPending, StatusPending}[i%3]})
	}
	mock.Connect(testGateway, Connection{
		ID: endpoint(24), MarkerID: 4711, DomainID: "c90f12a0f1ee43bc90a1f4d17bce35bc", Status: StatusAccepted,
		CreatedAt: "2021-05-07T14:20:14Z", UpdatedAt: "2021-05-07T14:30:25Z",
	})
	server := httptest.NewServer(mock)
	t.Cleanup(server.Close)
	return mock, server.URL
}

func sdkClient(t *testing.T, base, access, secret, securityToken string) *apig.ApigClient {
	t.Helper()
	credentials, err := basic.NewCredentialsBuilder().WithAk(access).WithSk(secret).WithSecurityToken(securityToken).
		WithProjectId(testProject).SafeBuild()
	assert.NilError(t, err)
	client, err := apig.ApigClientBuilder().WithEndpoint(base).WithCredential(credentials).SafeBuild()
	assert.NilError(t, err)
	return apig.NewApigClient(client)
}

func newSDKClient(t *testing.T) (*Server, *apig.ApigClient) {
	t.Helper()
	mock, base := sdkMock(t)
	return mock, sdkClient(t, base, "TESTACCESSKEY", "test-secret-key", "")
}

func TestVendorSDKListsConnections(t *testing.T) {
	_, client := newSDKClient(t)
	statuses := model.GetListEndpointConnectionsRequestStatusEnum()
	for name, tc := range map[string]struct {
		request model.ListEndpointConnectionsRequest
		first   int
		size    int32
		total   int64
	}{
		"nothing asked": {model.ListEndpointConnectionsRequest{}, 0, 20, 25},
		"page":          {model.ListEndpointConnectionsRequest{Offset: new(int64(10)), Limit: new(int32(4))}, 10, 4, 25},
		"marker":        {model.ListEndpointConnectionsRequest{MarkerId: new(int32(167792790))}, 6, 1, 1},
		"status":        {model.ListEndpointConnectionsRequest{Status: &statuses.REJECTED, Limit: new(int32(5))}, 3, 5, 7},
		"pending":       {model.ListEndpointConnectionsRequest{Status: &statuses.PENDING_ACCEPTANCE}, 0, 17, 17},
	} {
		tc.request.InstanceId = testGateway
		got, err := client.ListEndpointConnections(&tc.request)
		assert.NilError(t, err, name)
		assert.Check(t, got.Size == tc.size && got.Total == tc.total && len(*got.Connections) == int(tc.size) && (*got.Connections)[0].Id == endpoint(tc.first),
			"%s: got %v", name, got)
		assert.Check(t, got.HttpStatusCode == 200 && got.XRequestId != nil && len(*got.XRequestId) == 32,
			"%s: got status %d, request ID %v", name, got.HttpStatusCode, got.XRequestId)
	}
	got, err := client.ListEndpointConnections(&model.ListEndpointConnectionsRequest{InstanceId: testGateway, Id: new(endpoint(24))})
	assert.NilError(t, err)
	c := (*got.Connections)[0]
	created, updated := time.Date(2021, 5, 7, 14, 20, 14, 0, time.UTC), time.Date(2021, 5, 7, 14, 30, 25, 0, time.UTC)
	assert.Check(t, c.Id == endpoint(24) && c.MarkerId == 4711 && c.DomainId == "c90f12a0f1ee43bc90a1f4d17bce35bc" && c.Status.Value() == StatusAccepted &&
		time.Time(*c.CreatedAt).Equal(created) && time.Time(*c.UpdatedAt).Equal(updated), "got %v", c)
}

func TestVendorSDKAcceptsAndRejects(t *testing.T) {
	mock, client := newSDKClient(t)
	actions, statuses := model.GetConnectionActionReqActionEnum(), model.GetEndpointConnectionStatusEnum()
	for _, tc := range []struct {
		action model.ConnectionActionReqAction
		shown  model.EndpointConnectionStatus
		truth  string
	}{
		{actions.RECEIVE, statuses.ACCEPTED, StatusAccepted},
		{actions.REJECT, statuses.REJECTED, StatusRejected},
	} {
		got, err := client.AcceptOrRejectEndpointConnections(&model.AcceptOrRejectEndpointConnectionsRequest{
			InstanceId: testGateway,
			Body:       &model.ConnectionActionReq{Action: tc.action, Endpoints: endpoints(1, 3)},
		})
		assert.NilError(t, err)
		assert.Assert(t, got.Size == 2 && got.Total == 2 && len(*got.Connections) == 2 && got.XRequestId != nil, "got %v", got)
		for i, c := range *got.Connections {
			now, _ := mock.Connection(testGateway, c.Id)
			assert.Check(t, c.Id == endpoint(i+1) && c.Status == tc.shown && c.DomainId == DefaultConsumer && c.MarkerId != 0 && c.UpdatedAt != nil && now.Status == tc.truth,
				"got %v, truly it is %s", c, now.Status)
		}
	}
}

func TestVendorSDKReadsErrors(t *testing.T) {
	mock, client := newSDKClient(t)
	_, err := client.ListEndpointConnections(&model.ListEndpointConnectionsRequest{InstanceId: "unknown"})
	var refused *sdkerr.ServiceResponseError
	assert.Assert(t, errors.As(err, &refused), "got %v", err)
	assert.Check(t, refused.StatusCode == 404 && refused.ErrorCode == "APIC.7302" && refused.ErrorMessage == "The gateway does not exist" &&
		refused.RequestId == last(t, mock).RequestID && refused.RequestId != "", "got %+v", refused)
}

// TestVendorSDKFindsTheProject lets the SDK ask IAM for the project of a region, as it does when it is given none.
func TestVendorSDKFindsTheProject(t *testing.T) {
	mock, base := sdkMock(t)
	access := fmt.Sprintf("LOOKUP%d", time.Now().UnixNano()) // the SDK remembers what it found, for as long as the process lives
	mock.AddAccount(Account{DomainID: testDomain, AccessKey: access, SecretKey: "sdk-secret-key"})
	credentials, err := basic.NewCredentialsBuilder().WithAk(access).WithSk("sdk-secret-key").WithIamEndpointOverride(base).SafeBuild()
	assert.NilError(t, err)
	built, err := apig.ApigClientBuilder().WithRegion(region.NewRegion("demo-1", base)).WithCredential(credentials).SafeBuild()
	assert.NilError(t, err)
	got, err := apig.NewApigClient(built).ListEndpointConnections(&model.ListEndpointConnectionsRequest{InstanceId: testGateway})
	assert.Check(t, err == nil && got.Total == 25 && mock.Count(OpListProjects) == 1, "got %v, %v", got, err)
}

func TestVendorSDKChangesPermissions(t *testing.T) {
	mock, client := newSDKClient(t)
	asked := []string{permissionPrefix + account(1), permissionPrefix + "*"}
	added, err := client.AddEndpointPermissions(&model.AddEndpointPermissionsRequest{InstanceId: testGateway, Body: &model.EndpointPermissionList{Permissions: asked}})
	assert.Assert(t, err == nil && slices.Equal(*added.Permissions, asked) && added.XRequestId != nil, "got %v, %v", added, err)
	listed, err := client.ListEndpointPermissions(&model.ListEndpointPermissionsRequest{InstanceId: testGateway, Limit: new(int32(2))})
	assert.Assert(t, err == nil && listed.Size == 2 && listed.Total == 3 && len(*listed.Permissions) == 2, "got %v, %v", listed, err)
	own, first := (*listed.Permissions)[0], (*listed.Permissions)[1]
	assert.Check(t, own.Permission == ownerPermission && first.Permission == asked[0] && len(first.Id) == 32 && time.Since(time.Time(*first.CreatedAt)) <= time.Hour,
		"got %v", listed)
	found, err := client.ListEndpointPermissions(&model.ListEndpointPermissionsRequest{InstanceId: testGateway, Permission: &asked[1]})
	assert.Check(t, err == nil && found.Total == 1, "got %v, %v", found, err)
	body := &model.EndpointPermissionList{Permissions: asked[:1]}
	deleted, err := client.DeleteEndpointPermissions(&model.DeleteEndpointPermissionsRequest{InstanceId: testGateway, Body: body})
	assert.Check(t, err == nil && slices.Equal(*deleted.Permissions, asked[:1]), "got %v, %v", deleted, err)
	call := last(t, mock)
	assert.Check(t, call.Operation == OpDeletePermissions && slices.Equal(call.Permissions, asked[:1]), "the journal has %+v", call)
	wantPermitted(t, mock, "owner", "*")
}

// lists proves that a key is good for the owner's gateway.
func lists(t *testing.T, base, access, secret, securityToken string) {
	t.Helper()
	got, err := sdkClient(t, base, access, secret, securityToken).
		ListEndpointConnections(&model.ListEndpointConnectionsRequest{InstanceId: testGateway})
	assert.Check(t, err == nil && got.Total == 25, "got %v, %v", got, err)
}

func TestVendorSDKAssumesAnAgency(t *testing.T) {
	_, base := sdkMock(t)
	guest, err := basic.NewCredentialsBuilder().WithAk("GUESTACCESSKEY").WithSk("guest-secret-key").WithProjectId(testProject).SafeBuild()
	assert.NilError(t, err)
	client, err := sts.StsClientBuilder().WithEndpoint(base).WithCredential(guest).SafeBuild()
	assert.NilError(t, err)
	got, err := sts.NewStsClient(client).AssumeAgency(&stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{
		AgencyUrn: "iam::" + testDomain + ":agency:operators", AgencySessionName: "session", DurationSeconds: new(int32(900)),
	}})
	assert.NilError(t, err)
	lists(t, base, got.Credentials.AccessKeyId, got.Credentials.SecretAccessKey, got.Credentials.SecurityToken)
}

func TestVendorSDKGetsKeysOfAnAgency(t *testing.T) {
	_, base := sdkMock(t)
	guest, err := global.NewCredentialsBuilder().WithAk("GUESTACCESSKEY").WithSk("guest-secret-key").WithDomainId(guestDomain).SafeBuild()
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
