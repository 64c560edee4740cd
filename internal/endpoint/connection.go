// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package endpoint

// Status is a connection's status. One that is not among Statuses passes through as the server gave it.
type Status string

// The statuses. Absent is that of an endpoint that the gateway does not list.
const (
	Absent                  Status = ""
	StatusPendingAcceptance Status = "pendingAcceptance"
	StatusCreating          Status = "creating"
	StatusAccepted          Status = "accepted"
	StatusRejected          Status = "rejected"
	StatusFailed            Status = "failed"
	StatusDeleting          Status = "deleting"
)

// Statuses are all that the API documents.
func Statuses() []Status {
	return []Status{StatusPendingAcceptance, StatusCreating, StatusAccepted, StatusRejected, StatusFailed, StatusDeleting}
}

// Connection is what a VPC endpoint has with a gateway's endpoint service.
type Connection struct {
	ID        string // the VPC endpoint's ID; never empty
	MarkerID  int64  // the platform's number for its packets
	DomainID  string // the account that the endpoint belongs to
	Status    Status // one of Statuses, or a newer one
	CreatedAt string // UTC, YYYY-MM-DDTHH:MM:SSZ, as the server wrote it
	UpdatedAt string // likewise
}
